"""A legal hold that is ended while the process dies or others write (RET-19, data.md Time; fault rows 42, 43)."""

import pytest

from chalicelib.domain.confirmation import Confirmation
from chalicelib.domain.leads import Facts
from chalicelib.domain.retention import Policy
from chalicelib.usecases.hold_lead import hold_lead, release_hold
from tests.faults.faults import WRITES, Crash, conflicting, dying, fault, lost, step
from tests.given import DAY, MANAGER, NOW, a_lead, an_organisation, confirmation_of, facts_of, stamps_of

pytestmark = pytest.mark.usefixtures("aws")
DUE, HELD = NOW + 10 * DAY, NOW + 30 * DAY


def given_a_held_lead() -> None:
    an_organisation(Policy(10))
    a_lead()
    hold_lead("lead_1", "dispute", HELD, MANAGER, NOW)
    assert set(stamps_of("lead_1").values()) == {HELD}


def release(token: Confirmation | None, now: int = NOW) -> Facts:
    return release_hold("lead_1", token, MANAGER, now)


@pytest.mark.parametrize("trouble", [conflicting, lost])
def test_RET_19_a_release_that_meets_other_writes_gives_every_part_its_due_again(trouble: object) -> None:
    given_a_held_lead()
    token = confirmation_of(release)

    with fault(trouble, on=WRITES, when=step(2)) as fired:  # type: ignore[arg-type]
        release(token)

    assert fired
    assert facts_of("lead_1").erase_at == DUE
    assert set(stamps_of("lead_1").values()) == {DUE}


def test_RET_19_a_release_that_died_is_completed_by_the_same_call() -> None:
    given_a_held_lead()
    token = confirmation_of(release)
    with fault(dying, on=WRITES, when=step(2)), pytest.raises(Crash):
        release(token)
    assert facts_of("lead_1").erase_at == DUE
    assert set(stamps_of("lead_1").values()) == {HELD}

    release(token)

    assert set(stamps_of("lead_1").values()) == {DUE}


def test_RET_19_a_release_past_the_due_that_died_is_finished_by_the_same_call() -> None:
    given_a_held_lead()
    later = DUE + 1
    token = confirmation_of(lambda given: release(given, later))
    with fault(dying, on=WRITES, when=step(2)), pytest.raises(Crash):
        release(token, later)

    release(token, later)

    assert facts_of("lead_1").erased_at == later
    assert stamps_of("lead_1") == {}
