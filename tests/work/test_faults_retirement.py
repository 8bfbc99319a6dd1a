"""The retirement sweep, interrupted at any step or run twice at once (WRK-8; fault row 38).

Each row has a second test without its protection, which shows that the bad outcome then happens.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from chalicelib.core.retention import Policy
from chalicelib.ledger import store as ledger
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from chalicelib.work.domain.activities import CallTag, LoggedCall, single
from chalicelib.work.usecases.assign_lead import assign_lead
from chalicelib.work.usecases.record_activity import Recording, record_activity
from chalicelib.work.usecases.retire_leads import RetirementSweep
from chalicelib.work.usecases.set_follow_up import set_follow_up
from chalicelib.work.usecases.set_outcome import set_outcome
from chalicelib.work.usecases.set_stage import set_stage
from tests.factories.leads import AGENT, DAY, MANAGER, create_organisation, facts_of
from tests.factories.retirement import (
    LATE,
    LEADS,
    comment,
    create_another_agent,
    create_assigned_leads,
    each_is_retired_once,
    everything,
    expected_end,
    forget_confirmed,
    many_leads,
    retirements,
    sweep,
    without_versions,
)
from tests.harness.faults import (
    WRITES,
    Attempt,
    Crash,
    Fault,
    conflicting,
    denied,
    dying,
    dying_after,
    fault,
    lost,
    meanwhile,
    step,
    throttled,
)

__all__ = ["without_versions"]


STEPS = range(1, len(LEADS) + 1)

TRANSACTION = {"TransactWriteItems"}


Action = Callable[[str, int], object]


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    """A project whose leads retire after fourteen days, and two agents."""
    create_organisation(Policy(100))
    create_another_agent("usr_other")


# a sweep killed after every write, and lost answers


def test_WRK_8_a_lead_is_retired_in_one_write() -> None:
    create_assigned_leads()
    assert expected_end(sweep)[1] == len(STEPS)


@pytest.mark.parametrize("number", STEPS)
@pytest.mark.parametrize("crash", [dying, dying_after])
def test_WRK_8_a_killed_and_restarted_sweep_ends_the_same(crash: Fault, number: int) -> None:
    create_assigned_leads()
    end, _ = expected_end(sweep)

    with fault(crash, on=WRITES, when=step(number)), pytest.raises(Crash):
        sweep()
    retired = number if crash is dying_after else number - 1
    assert sum(map(retirements, LEADS)) == retired
    repeated = sweep()

    assert (repeated.retired, repeated.failed) == (len(LEADS) - retired, 0)
    assert everything() == end
    assert each_is_retired_once()


@pytest.mark.parametrize("number", STEPS)
@pytest.mark.parametrize("crash", [dying, dying_after])
def test_WRK_8_a_later_sweep_finishes_a_killed_one(crash: Fault, number: int) -> None:
    create_assigned_leads()
    with fault(crash, on=WRITES, when=step(number)), pytest.raises(Crash):
        sweep()

    sweep(LATE + 900)

    assert each_is_retired_once()
    assert sweep(LATE + 1800) == RetirementSweep(LATE + 1800)


@pytest.mark.parametrize("number", STEPS)
def test_WRK_8_a_sweep_with_a_lost_answer_retires_and_counts_once(number: int) -> None:
    create_assigned_leads()
    end, _ = expected_end(sweep)

    with fault(lost, on=TRANSACTION, when=step(number)) as fired:
        swept = sweep()

    assert len(fired) == 1
    assert (swept.retired, swept.skipped, swept.failed) == (len(LEADS), 0, 0)
    assert everything() == end


def test_WRK_8_without_recognition_a_retirement_would_not_be_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ledger.LedgerRow, "OWN_WRITE", False)
    create_assigned_leads()

    with fault(lost, on=TRANSACTION, when=step(1)):
        swept = sweep()

    assert (swept.retired, swept.skipped) == (len(LEADS) - 1, 1)


@pytest.mark.parametrize("disturbance", [throttled, denied])
def test_WRK_8_a_failing_lead_stops_no_other_and_is_retried(disturbance: Fault) -> None:
    create_assigned_leads()

    def writes_lead_2(attempt: Attempt) -> bool:
        return "lead_2" in json.dumps(attempt.body)

    with fault(disturbance, on=TRANSACTION, when=writes_lead_2):
        swept = sweep(LATE + 60)

    assert (swept.retired, swept.failed, swept.oldest_overdue_s) == (2, 1, 60)
    sweep(LATE + 900)
    assert each_is_retired_once()


def test_WRK_8_contention_is_left_to_the_next_run() -> None:
    create_assigned_leads()

    with fault(conflicting, on=TRANSACTION, when=step(2)):
        swept = sweep()

    assert (swept.retired, swept.skipped, swept.failed) == (2, 1, 0)
    sweep(LATE + 900)
    assert each_is_retired_once()


ACTIVITIES: dict[str, Action] = {
    "comment": comment,
    "call": lambda lead_id, now: record_activity(
        AGENT, lead_id, Recording(single(LoggedCall("outgoing", "answered"))), "req_1", now
    ),
    "call tag": lambda lead_id, now: record_activity(
        AGENT, lead_id, Recording(single(CallTag("interested"))), "req_1", now
    ),
    "stage": lambda lead_id, now: set_stage(AGENT, lead_id, "contacted", now),
    "reassigned": lambda lead_id, now: assign_lead(MANAGER, lead_id, "usr_other", now),
}

OTHERS: dict[str, Action] = {
    "closing stage": lambda lead_id, now: set_stage(AGENT, lead_id, "closed", now),
    "outcome": lambda lead_id, now: set_outcome(AGENT, lead_id, "won", None, now),
    "unassigned": lambda lead_id, now: assign_lead(MANAGER, lead_id, None, now),
    "held": lambda lead_id, now: place_legal_hold(MANAGER, lead_id, "dispute", now + 10 * DAY, now),
    "forgotten": forget_confirmed,
}

IN_THE_WAY = ACTIVITIES | OTHERS


@pytest.mark.parametrize("action", IN_THE_WAY.values(), ids=IN_THE_WAY.keys())
def test_WRK_8_an_action_a_second_before_the_write_wins(action: Action) -> None:
    create_assigned_leads("lead_1")

    with fault(meanwhile(lambda: action("lead_1", LATE - 1)), on=TRANSACTION, when=step(1)) as fired:
        swept = sweep()

    assert len(fired) == 1
    assert (swept.retired, swept.skipped, swept.failed) == (0, 1, 0)
    assert facts_of("lead_1").retired_at is None
    assert sweep(LATE + 900).retired == 0
    assert retirements("lead_1") == 0


@pytest.mark.usefixtures("without_versions")
@pytest.mark.parametrize("action", ACTIVITIES.values(), ids=ACTIVITIES.keys())
def test_WRK_8_without_the_version_a_just_worked_lead_would_retire(action: Action) -> None:
    create_assigned_leads("lead_1")

    with fault(meanwhile(lambda: action("lead_1", LATE - 1)), on=TRANSACTION, when=step(1)):
        sweep()

    facts = facts_of("lead_1")
    assert (facts.last_activity_at, facts.retired_at) == (LATE - 1, LATE)


def test_WRK_3_a_follow_up_a_second_before_delays_to_the_next_run() -> None:
    create_assigned_leads("lead_1")
    day = "2030-01-01"

    with fault(
        meanwhile(lambda: set_follow_up(AGENT, "lead_1", day, LATE - 1)), on=TRANSACTION, when=step(1)
    ):
        assert sweep().skipped == 1

    assert sweep(LATE + 900).retired == 1
    assert each_is_retired_once("lead_1")
    assert facts_of("lead_1").follow_up_on == day


# 38: the sweep runs twice at once


def test_row_38_many_sweeps_at_once_retire_each_lead_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    create_assigned_leads()
    lead_ids = [*LEADS, *many_leads(5)]
    capsys.readouterr()

    with ThreadPoolExecutor(4) as pool:
        sweeps = list(pool.map(sweep, range(LATE, LATE + 4)))

    assert each_is_retired_once(*lead_ids)
    assert sum(item.retired for item in sweeps) == len(lead_ids)
    assert [item.failed for item in sweeps] == [0] * 4
    assert "failed" not in capsys.readouterr().out


@pytest.mark.parametrize("number", STEPS)
@pytest.mark.parametrize("later", [0, 1])
def test_row_38_a_sweep_inside_another_does_not_change_the_end(number: int, later: int) -> None:
    create_assigned_leads()
    end, _ = expected_end(sweep)

    with fault(meanwhile(lambda: sweep(LATE + later)), on=WRITES, when=step(number)) as fired:
        swept = sweep()

    assert len(fired) == 1
    assert swept.failed == 0
    assert each_is_retired_once()
    if later:  # both recognise whose retirement it was
        assert (swept.retired, swept.skipped) == (number - 1, len(LEADS) - number + 1)
    else:
        assert everything() == end


@pytest.mark.parametrize("inner", STEPS)
@pytest.mark.parametrize("outer", STEPS)
@pytest.mark.parametrize("crash", [dying, dying_after])
def test_row_38_a_crashed_sweep_inside_another_does_not_change_the_end(
    crash: Fault, outer: int, inner: int
) -> None:
    create_assigned_leads()

    def dies() -> None:
        with suppress(Crash), fault(crash, on=WRITES, when=step(inner)):
            sweep(LATE + 1)

    with fault(meanwhile(dies), on=WRITES, when=step(outer)) as fired:
        swept = sweep()

    assert len(fired) == 1
    assert swept.failed == 0
    sweep(LATE + 900)
    assert each_is_retired_once()


@pytest.mark.usefixtures("without_versions")
def test_row_38_without_the_version_a_lead_would_retire_twice() -> None:
    create_assigned_leads()

    with fault(meanwhile(lambda: sweep(LATE + 1)), on=WRITES, when=step(1)):
        sweep()

    assert [retirements(lead_id) for lead_id in LEADS] == [2, 2, 2]
