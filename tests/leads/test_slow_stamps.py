"""A slow process never gives a person an end of facts that others have changed (SEC-D)."""

from collections.abc import Callable
from contextlib import suppress

import pytest

from chalicelib.aws.dynamodb import batch
from chalicelib.core.errors import ConfirmationRequired, Unavailable
from chalicelib.core.retention import Policy
from chalicelib.leads.domain.lead_retention import RetentionRequest
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.leads.usecases.set_retention import set_retention
from chalicelib.leads.usecases.update_expiries import update_expiries, write_expiries
from chalicelib.privacy.usecases.forget_lead import forget_lead
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from chalicelib.work.usecases.assign_lead import assign_lead
from chalicelib.work.usecases.set_outcome import set_outcome
from tests.factories.leads import (
    AGENT,
    DAY,
    MANAGER,
    NOW,
    confirmation_of,
    confirmed,
    create_comments,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
    stamps_of,
)
from tests.factories.work import create_assigned_lead
from tests.harness.faults import fault, meanwhile, step

COMMENTS = 230  # more than two transactions have room for


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    create_organisation(Policy(10))


def retain(days: int) -> None:
    confirmed(lambda given: set_retention(MANAGER, "lead_1", RetentionRequest(days=days), given, NOW + 1))


def forget() -> None:
    confirmed(lambda given: forget_lead(MANAGER, "lead_1", False, given, NOW + 1))


def hold() -> None:
    place_legal_hold(MANAGER, "lead_1", "litigation", NOW + 40 * DAY, NOW + 1)


def correct() -> None:
    correct_lead(read_access(), "lead_1", facts_of("lead_1").version, {"first_name": "Eve"}, NOW + 1)


def assign() -> None:
    assign_lead(MANAGER, "lead_1", None, NOW + 1)


def win() -> None:
    set_outcome(AGENT, "lead_1", "won", None, NOW + 1)


CHANGES: list[Callable[[], None]] = [
    *(lambda: retain(2), lambda: retain(30), forget, hold, correct, assign, win),
]
NAMES = "shorter longer forget hold correction assignment outcome".split()


@pytest.mark.parametrize("change", CHANGES, ids=NAMES)
@pytest.mark.parametrize("comments", [0, COMMENTS])
def test_SEC_D_a_process_that_read_before_a_change_stamps_nothing(
    change: Callable[[], None], comments: int
) -> None:
    create_assigned_lead()
    create_comments("lead_1", comments)
    slow = facts_of("lead_1")
    writes = update_expiries(slow, NOW)
    change()
    before = stamps_of("lead_1")

    with pytest.raises(batch.Cancelled):
        write_expiries(writes, slow, NOW)

    assert stamps_of("lead_1") == before


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("change", CHANGES[:2], ids=NAMES[:2])
def test_SEC_D_a_process_that_is_overtaken_between_its_transactions_ends_as_the_other(
    change: Callable[[], None], number: int
) -> None:
    create_assigned_lead()
    create_comments("lead_1", COMMENTS)
    slow = facts_of("lead_1")
    writes = update_expiries(slow, NOW)

    with (
        fault(meanwhile(change), on={"TransactWriteItems"}, when=step(number)),
        pytest.raises(batch.Cancelled),
    ):
        write_expiries(writes, slow, NOW)

    assert len(set(stamps_of("lead_1").values())) == 1
    assert set(stamps_of("lead_1").values()) == {facts_of("lead_1").erase_at}


@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("first", [2, 30])
def test_SEC_D_two_changes_of_the_end_at_once_end_with_one_end(first: int, number: int) -> None:
    """The first one is overtaken by the second at each of its writes."""
    create_lead()
    create_comments("lead_1", COMMENTS)
    other = 30 if first == 2 else 2
    request = RetentionRequest(days=first)
    token = confirmation_of(lambda given: set_retention(MANAGER, "lead_1", request, given, NOW))

    overtaken = fault(meanwhile(lambda: retain(other)), on={"TransactWriteItems"}, when=step(number))
    with overtaken, suppress(ConfirmationRequired, batch.Cancelled, Unavailable):
        set_retention(MANAGER, "lead_1", request, token, NOW)

    assert set(stamps_of("lead_1").values()) == {facts_of("lead_1").erase_at}


def test_SEC_D_a_person_that_is_gone_gets_no_end_again() -> None:
    create_lead()
    slow = facts_of("lead_1")
    writes = update_expiries(slow, NOW)
    forget()

    with pytest.raises(batch.Cancelled):
        write_expiries(writes, slow, NOW + 2)

    assert stamps_of("lead_1") == {}


@pytest.mark.parametrize("now", [NOW + 10 * DAY, NOW + 10 * DAY + 1])
def test_SEC_D_from_the_end_on_nothing_is_stamped(now: int) -> None:
    create_lead()
    facts = facts_of("lead_1")
    before = stamps_of("lead_1")

    with pytest.raises(batch.Cancelled):
        write_expiries(update_expiries(facts, now), facts, now)

    assert stamps_of("lead_1") == before
