"""A change of retention interrupted at a step (RET-14; data-model.md, Deadlines and expiry; fault rows 42, 43, 45)."""

from contextlib import suppress

import pytest

from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import ConfirmationRequired
from chalicelib.core.retention import Policy
from chalicelib.leads.domain.lead_retention import RetentionRequest
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.usecases.read_lead import read_lead
from chalicelib.leads.usecases.set_retention import set_retention
from chalicelib.ledger import store as ledger
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from tests.factories.leads import (
    DAY,
    MANAGER,
    NOW,
    confirmation_of,
    create_comments,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
    stamps_of,
)
from tests.harness.faults import WRITES, Attempt, Crash, dying, dying_after, fault, lost, meanwhile, step

pytestmark = pytest.mark.usefixtures("aws")
LONGER, SHORTER, NONE = (
    RetentionRequest(days=20),
    RetentionRequest(days=2),
    RetentionRequest(reason="dispute"),
)
STEPS = [1, 2, 3]
COMMENTS = 110


def change(setting_request: RetentionRequest, token: Confirmation | None, now: int = NOW) -> Facts:
    return set_retention(MANAGER, "lead_1", setting_request, token, now)


def confirmation(setting_request: RetentionRequest) -> Confirmation:
    return confirmation_of(lambda token: change(setting_request, token))


def parts_end_no_earlier_than_facts() -> bool:
    end = facts_of("lead_1").erase_at
    return all(stamp is None or (end is not None and stamp >= end) for stamp in stamps_of("lead_1").values())


@pytest.mark.parametrize("number", STEPS)
@pytest.mark.parametrize("crash", [dying, dying_after])
@pytest.mark.parametrize("setting_request", [LONGER, SHORTER, NONE])
def test_RET_14_a_crash_leaves_no_part_shorter_than_the_facts(
    setting_request: RetentionRequest, crash: object, number: int
) -> None:
    create_organisation(Policy(10))
    create_lead()
    create_comments("lead_1", COMMENTS)
    token = confirmation(setting_request)
    try:
        with fault(crash, on=WRITES, when=step(number)):  # type: ignore[arg-type]
            change(setting_request, token)
    except Crash:
        pass
    assert parts_end_no_earlier_than_facts()
    end = facts_of("lead_1").erase_at
    if end is not None:
        assert read_lead(read_access(), "lead_1", end - 1).person is not None
        assert read_lead(read_access(), "lead_1", end).person is None

    facts = change(setting_request, token)

    assert setting_request.matches(facts.retention)
    assert set(stamps_of("lead_1").values()) == {facts.erase_at}
    assert (
        len([entry for entry in ledger.list_subject("lead/lead_1", NOW) if entry.action == "retention"]) == 1
    )


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("setting_request", [LONGER, SHORTER])
def test_RET_12_a_lost_answer_at_any_step_changes_it_once(
    setting_request: RetentionRequest, number: int
) -> None:
    create_organisation(Policy(10))
    create_lead()
    create_comments("lead_1", COMMENTS)
    token = confirmation(setting_request)
    with fault(lost, on=WRITES, when=step(number)) as fired:
        facts = change(setting_request, token)
    assert len(fired) == 1
    assert facts.version == 2
    assert set(stamps_of("lead_1").values()) == {facts.erase_at}
    assert len(ledger.list_subject("lead/lead_1", NOW)) == 1


@pytest.mark.parametrize("number", [1, 2, 3])
def test_RET_10_a_slow_shortening_does_not_undo_a_later_extension(number: int) -> None:
    create_organisation(Policy(10))
    create_lead()
    create_comments("lead_1", COMMENTS)
    token = confirmation(SHORTER)
    with fault(dying_after, on=WRITES, when=step(1)), pytest.raises(Crash):
        change(SHORTER, token)
    longer = confirmation(LONGER)

    def resume_before(_: Attempt) -> None:
        with suppress(ConfirmationRequired):  # the extension is complete: there is nothing to resume
            change(SHORTER, token)

    with fault(resume_before, on=WRITES, when=step(number)):
        change(LONGER, longer)
    assert set(stamps_of("lead_1").values()) == {NOW + 20 * DAY}


def test_RET_10_a_shortening_slow_in_its_last_parts_undoes_no_extension() -> None:
    create_organisation(Policy(10))
    create_lead()
    create_comments("lead_1", COMMENTS)
    token = confirmation(SHORTER)

    def extend() -> None:
        change(LONGER, confirmation(LONGER))

    with fault(meanwhile(extend), on=WRITES, when=step(2)) as fired, suppress(ConfirmationRequired):
        change(SHORTER, token)
    assert fired
    assert set(stamps_of("lead_1").values()) == {NOW + 20 * DAY}


def test_RET_14_a_change_that_meets_the_erasure_loses() -> None:
    create_organisation(Policy(10))
    create_lead()
    last = NOW + 10 * DAY - 1
    token = confirmation_of(lambda token: change(LONGER, token, last))

    def erase_before(_: Attempt) -> None:
        finish_erasure("lead_1", "schedule", last + 1)

    with fault(erase_before, on=WRITES, when=step(1)), pytest.raises(Exception, match="being erased"):
        change(LONGER, token, last)
    assert facts_of("lead_1").erased_at == last + 1
    assert stamps_of("lead_1") == {}
