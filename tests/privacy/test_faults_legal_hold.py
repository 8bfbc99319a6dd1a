"""A legal hold with crashes and other writes (RET-19; data-model.md, Deadlines and expiry; fault rows 42, 43)."""

from contextlib import suppress

import pytest

from chalicelib.campaigns.domain.campaign_settings import Duplicates
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.retention import Policy
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.leads.store import people
from chalicelib.ledger import store as ledger
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold, release_legal_hold
from tests.factories.leads import (
    DAY,
    ENTERS_AT_ONCE,
    MANAGER,
    NOW,
    confirmation_of,
    create_campaign,
    create_comments,
    create_lead,
    create_organisation,
    facts_of,
    stamps_of,
)
from tests.harness.faults import WRITES, Crash, Fault, conflicting, dying, fault, lost, step

pytestmark = pytest.mark.usefixtures("aws")
DUE, HELD, LONGER, SHORTER = NOW + 10 * DAY, NOW + 30 * DAY, NOW + 300 * DAY, NOW + 20 * DAY
COMMENTS = 110
ENDS = {"longer": LONGER, "shorter": SHORTER, "below the due": NOW + DAY}


def create_lead_under_legal_hold(beside: int = 0) -> None:
    create_organisation(Policy(10))
    create_lead()
    create_comments("lead_1", beside)
    hold(HELD)
    assert set(stamps_of("lead_1").values()) == {HELD}


def hold(until: int) -> Facts:
    return place_legal_hold(MANAGER, "lead_1", "dispute", until, NOW)


def release(token: Confirmation | None, now: int = NOW) -> Facts:
    return release_legal_hold(MANAGER, "lead_1", token, now)


def assert_ends_agree() -> None:
    end, stamps = facts_of("lead_1").erase_at, stamps_of("lead_1")
    assert end is not None
    assert all(stamp is not None and stamp >= end for stamp in stamps.values())
    assert {stamp for part, stamp in stamps.items() if not part.startswith("people comment")} == {end}


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("until", ENDS.values(), ids=ENDS.keys())
def test_RET_19_a_crash_while_placing_leaves_no_part_too_short(until: int, number: int) -> None:
    create_lead_under_legal_hold(COMMENTS)

    with fault(dying, on=WRITES, when=step(number)), suppress(Crash):
        hold(until)

    assert_ends_agree()
    facts = hold(until)
    assert (facts.retention.hold_until, facts.erase_at) == (until, max(until, DUE))
    assert set(stamps_of("lead_1").values()) == {facts.erase_at}
    assert len([entry for entry in ledger.list_subject("lead/lead_1", NOW) if entry.action == "hold"]) == 2


def test_RET_19_a_person_with_an_unfinished_shortening_is_not_taken_by_ttl() -> None:
    create_lead_under_legal_hold()
    with fault(dying, on=WRITES, when=step(2)), suppress(Crash):
        hold(SHORTER)

    last = (facts_of("lead_1").erase_at or 0) - 1

    assert people.get("lead_1", last) is not None


def test_RET_14_no_duplicate_is_found_past_the_end_after_a_crash() -> None:
    create_organisation(Policy(10), duplicates=ENTERS_AT_ONCE)
    create_lead()
    create_campaign("cmp_2", policy=Policy(10), duplicates=Duplicates(enabled=True, scope="organisation"))
    with fault(dying, on=WRITES, when=step(2)), suppress(Crash):
        hold(HELD)
    end = facts_of("lead_1").erase_at
    assert end is not None

    before, after = create_lead("lead_2", end - 1, "cmp_2"), create_lead("lead_3", end, "cmp_2")

    assert (before.status, before.duplicate_of) == (Status.DUPLICATE, "lead_1")
    assert after.duplicate_of is None


@pytest.mark.parametrize("disturbance", [conflicting, lost])
def test_RET_19_a_contended_legal_hold_is_placed_once(disturbance: Fault) -> None:
    create_lead_under_legal_hold()

    with fault(disturbance, on=WRITES, when=step(1)) as fired:
        facts = hold(LONGER)

    assert fired
    assert (facts.erase_at, facts.version) == (LONGER, 3)
    assert set(stamps_of("lead_1").values()) == {LONGER}


def test_RET_19_an_existing_legal_hold_changes_nothing() -> None:
    create_lead_under_legal_hold()

    facts = hold(HELD)

    assert (facts, facts.version) == (facts_of("lead_1"), 2)
    assert len(ledger.list_subject("lead/lead_1", NOW)) == 1


@pytest.mark.parametrize("disturbance", [conflicting, lost])
def test_RET_19_a_contended_release_restores_every_deadline(disturbance: Fault) -> None:
    create_lead_under_legal_hold(COMMENTS)
    token = confirmation_of(release)

    with fault(disturbance, on=WRITES, when=step(2)) as fired:
        release(token)

    assert fired
    assert facts_of("lead_1").erase_at == DUE
    assert set(stamps_of("lead_1").values()) == {DUE}


@pytest.mark.parametrize("number", [1, 2])
def test_RET_19_a_crashed_release_is_finished_by_the_same_call(number: int) -> None:
    create_lead_under_legal_hold(COMMENTS)
    token = confirmation_of(release)
    with fault(dying, on=WRITES, when=step(number)), suppress(Crash):
        release(token)
    assert_ends_agree()

    release(token)

    assert facts_of("lead_1").erase_at == DUE
    assert set(stamps_of("lead_1").values()) == {DUE}


def test_RET_19_a_crashed_release_past_the_deadline_is_finished_too() -> None:
    create_lead_under_legal_hold()
    later = DUE + 1
    token = confirmation_of(lambda confirmation: release(confirmation, later))
    with fault(dying, on=WRITES, when=step(2)), pytest.raises(Crash):
        release(token, later)

    release(token, later)

    assert facts_of("lead_1").erased_at == later
    assert stamps_of("lead_1") == {}
