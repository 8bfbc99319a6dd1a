"""The retirement sweep after three missed days (WRK-8; fault row 39). Also without each protection."""

import pytest

from chalicelib.core.retention import Policy, Retention
from chalicelib.leads.store import leads
from chalicelib.work.usecases import retire_leads as schedule
from chalicelib.work.usecases.retire_leads import RetirementSweep
from tests.factories.leads import DAY, NOW, create_organisation, facts_of
from tests.factories.retirement import (
    LATE,
    create_another_agent,
    create_assigned_leads,
    each_is_retired_once,
    many_leads,
    sweep,
)
from tests.harness.faults import WRITES, Crash, dying, fault, metered, step


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    """A project whose leads retire after fourteen days, and two agents."""
    create_organisation(Policy(100))
    create_another_agent("usr_other")


# 39: the sweep is missed for three days

MISSED = LATE + 3 * DAY


def test_row_39_a_backlog_is_worked_off_in_runs_within_their_time() -> None:
    lead_ids = many_leads(70)
    runs: list[RetirementSweep] = []

    while len(runs) < 10 and (not runs or runs[-1].oldest_overdue_s):
        with metered() as meter:
            runs.append(sweep(MISSED + 900 * len(runs), pages=30))
        assert meter.operations["TransactWriteItems"] <= 30

    assert [run.retired for run in runs] == [30, 30, 10]
    overdue = [run.oldest_overdue_s for run in runs]
    assert overdue[0] >= 3 * DAY
    assert overdue[-1] == 0
    assert each_is_retired_once(*lead_ids)


def test_row_39_without_a_time_check_a_run_would_be_killed_silently(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many_leads(40)
    request = schedule._sweep_list
    monkeypatch.setattr(
        schedule,
        "_sweep_list",
        lambda project, name, result, present, go_on: request(project, name, result, present, lambda: True),
    )

    with fault(dying, on=WRITES, when=step(31)), pytest.raises(Crash):
        sweep(MISSED, pages=30)


def test_row_39_a_lead_that_stays_is_skipped_and_stops_no_other() -> None:
    held = Retention(NOW, Policy(100), hold_until=NOW + 90 * DAY)
    stay = many_leads(105, "held", retention=held)
    create_assigned_leads()

    swept = sweep(MISSED)

    assert each_is_retired_once()
    assert (swept.retired, swept.skipped) == (3, 105)
    assert not any(facts_of(lead_id).retired_at for lead_id in stay)


def test_row_39_without_a_position_staying_leads_would_block_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many_leads(105, "held", retention=Retention(NOW, Policy(100), hold_until=NOW + 90 * DAY))
    create_assigned_leads()
    fresh = leads.list_worklist
    monkeypatch.setattr(
        leads,
        "list_worklist",
        lambda name, since, until, limit, after=None: fresh(name, 0, until, limit),
    )

    assert sweep(MISSED, pages=1000).retired == 0


def starves_a_list(runs: int) -> bool:
    """Return whether, after so many runs a quarter of an hour apart, a backlog in one list still starves another."""
    create_another_agent("usr_third")
    for agent_id in ("usr_agent", "usr_other", "usr_third"):
        many_leads(60 if agent_id == "usr_agent" else 1, agent_id, agent_id)
    for run in range(runs):
        sweep(MISSED + run * 900, pages=3)
    return not each_is_retired_once("usr_other_000", "usr_third_000")


def test_row_39_a_backlog_in_one_list_starves_no_other() -> None:
    assert not starves_a_list(12)


def test_row_39_a_fixed_first_list_would_starve_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "_first", lambda now, lists: 0)

    assert starves_a_list(12)
