"""The move of all leads of an agent, interrupted at any step (WRK-15, ACC-8; fault row 46)."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from chalicelib.core.retention import Policy
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import JobState
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import activities, leads
from chalicelib.ledger import store as ledger
from chalicelib.work.usecases import move_leads, walk_worklists
from chalicelib.work.usecases.set_outcome import set_outcome
from chalicelib.work.usecases.set_stage import set_stage
from tests.factories.leads import AGENT, MANAGER, NOW, create_manager, create_organisation, facts_of
from tests.factories.retirement import (
    comment,
    create_another_agent,
    create_assigned_leads,
    expected_end,
    lagging_indexes,
    recorded_indexes,
    restored_tables,
    without_second_read,
    without_versions,
)
from tests.factories.work import run_jobs
from tests.harness.faults import (
    WRITES,
    Attempt,
    Crash,
    Fault,
    dying,
    dying_after,
    fault,
    lost,
    meanwhile,
    step,
)

__all__ = ["without_versions"]


TRANSACTION = {"TransactWriteItems"}


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    """A project whose leads retire after fourteen days, and two agents."""
    create_organisation(Policy(100))
    create_manager()
    create_another_agent("usr_other")


# ACC-8 and WRK-15: all leads of one agent move

MOVED = ("lead_1", "lead_2", "lead_3", "lead_4", "lead_5")

TARGETS = pytest.mark.parametrize("to_id", [None, "usr_other"])


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a move continue after every two leads."""
    monkeypatch.setattr(walk_worklists, "PAGE", 2)


def create_leads_and_start_move(to_id: str | None) -> None:
    """Create an agent with three open and two closed leads, and start to move them."""
    create_assigned_leads(*MOVED)
    set_stage(AGENT, "lead_4", "closed", NOW)
    set_outcome(AGENT, "lead_5", "won", None, NOW)
    move_leads.start_move(MANAGER, "usr_agent", to_id, ["prj_1"], "job_1", NOW)


def run_until_done(now: int = NOW) -> None:
    """Run the schedule until no job waits. The lease of a dead run ends meanwhile."""
    for turn in range(1, 40):
        if not jobs.list_waiting(now):
            break
        run_jobs(now + turn * 60)
    assert not jobs.list_waiting(now)


def each_has_moved_once(to_id: str | None) -> bool:
    """Return whether every lead has moved, with one logged change and one entry in its history."""
    result = "unassigned" if to_id is None else "reassigned"
    for lead_id in MOVED:
        actions = [entry.action for entry in ledger.list_subject(f"lead/{lead_id}", NOW)]
        kinds = [activity.kind for activity in activities.list_all(lead_id, NOW)]
        if facts_of(lead_id).agent_id != to_id or actions.count(result) != 1 or kinds.count(result) != 1:
            return False
    return True


@pytest.mark.usefixtures("small_pages")
@TARGETS
@pytest.mark.parametrize("crash", [dying, dying_after])
def test_WRK_15_ACC_8_a_killed_and_continued_move_moves_every_lead_once(
    crash: Fault, to_id: str | None
) -> None:
    create_leads_and_start_move(to_id)
    _, writes = expected_end(run_until_done)
    assert writes > len(MOVED)

    for number in range(1, writes + 1):
        with restored_tables():
            with fault(crash, on=WRITES, when=step(number)), pytest.raises(Crash):
                run_until_done()
            run_until_done(NOW + 3600)
            assert each_has_moved_once(to_id)
            job = jobs.get("job_1", NOW)
            assert job is not None
            assert job.state is JobState.DONE


@pytest.mark.usefixtures("small_pages")
@TARGETS
def test_WRK_15_ACC_8_a_move_with_lost_answers_moves_every_lead_once(to_id: str | None) -> None:
    create_leads_and_start_move(to_id)
    _, writes = expected_end(run_until_done)

    for number in range(1, writes + 1):
        with restored_tables():
            with fault(lost, on=WRITES, when=step(number)):
                run_jobs(NOW)
            run_until_done(NOW + 3600)
            assert each_has_moved_once(to_id)


@TARGETS
def test_row_46_a_continued_move_skips_moved_leads_in_the_index(to_id: str | None) -> None:
    create_leads_and_start_move(to_id)
    with restored_tables(), recorded_indexes() as answers:
        run_jobs(NOW)
    with fault(dying_after, on=WRITES, when=step(4)), pytest.raises(Crash):
        run_jobs(NOW)

    with lagging_indexes(answers) as fired:
        run_until_done(NOW + 3600)

    assert fired
    assert each_has_moved_once(to_id)


@pytest.mark.usefixtures("without_versions")
@TARGETS
def test_row_46_a_move_that_trusts_the_index_would_move_leads_twice(
    to_id: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_leads_and_start_move(to_id)
    without_second_read({lead_id: facts_of(lead_id) for lead_id in MOVED}, monkeypatch)
    with restored_tables(), recorded_indexes() as answers:
        run_jobs(NOW)
    with fault(dying_after, on=WRITES, when=step(4)), pytest.raises(Crash):
        run_jobs(NOW)

    with lagging_indexes(answers):
        run_jobs(NOW + 3600)

    assert facts_of("lead_1").agent_id == to_id
    assert not each_has_moved_once(to_id)


def start_move_with_late_lead() -> dict[str, Any]:
    """Start to move an agent's leads, one of them assigned so late that no index has it. Return the index answers."""
    with recorded_indexes() as answers:
        for kind in move_leads.KINDS:
            leads.list_worklist(f"{kind}#prj_1#usr_agent", 0, NOW, 25)
    create_assigned_leads("lead_1")
    move_leads.start_move(MANAGER, "usr_agent", None, ["prj_1"], "job_1", NOW)
    return answers


def test_row_46_a_move_reads_the_lists_again_for_late_index_entries() -> None:
    with lagging_indexes(start_move_with_late_lead()) as fired:
        run_jobs(NOW)
    assert len(fired) == len(move_leads.KINDS)
    assert facts_of("lead_1").agent_id == "usr_agent"

    run_until_done()

    assert facts_of("lead_1").worklist == "unassigned#prj_1"


def test_row_46_a_move_that_reads_once_would_leave_a_lead_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = walk_worklists._start
    monkeypatch.setattr(walk_worklists, "_start", lambda now: begun(now) | {"round": 1})
    with lagging_indexes(start_move_with_late_lead()):
        run_jobs(NOW)

    run_until_done()

    assert facts_of("lead_1").agent_id == "usr_agent"


def takes_lead_1(attempt: Attempt) -> bool:
    """Return whether a write is about to take a lead from its agent."""
    return "unassigned" in json.dumps(attempt.body) and "lead_1" in json.dumps(attempt.body)


def work_before_each_round() -> Facts:
    """Let an agent work a lead in each of two rounds just before the move takes it. Return the lead at the end."""
    create_assigned_leads("lead_1")
    move_leads.start_move(MANAGER, "usr_agent", None, ["prj_1"], "job_1", NOW)
    for now in (NOW, NOW + 60):
        worked = partial(comment, "lead_1", now)
        with fault(meanwhile(worked), on=TRANSACTION, when=step_of(takes_lead_1, 1)) as fired:
            run_jobs(now)
        assert len(fired) == 1
    run_until_done(NOW + 120)
    return facts_of("lead_1")


def test_WRK_15_a_lead_worked_during_each_round_still_moves() -> None:
    facts = work_before_each_round()

    assert (facts.agent_id, facts.last_activity_at) == (None, NOW + 60)


def test_WRK_15_a_move_without_a_second_round_would_leave_a_lead_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moving = move_leads._move
    monkeypatch.setattr(move_leads, "_move", lambda *args: (moving(*args)[0], 0))

    assert work_before_each_round().agent_id == "usr_agent"


def step_of(is_meant: Callable[[Attempt], bool], number: int) -> Callable[[Attempt], bool]:
    """Hit the `number`-th matching attempt."""
    met = iter(range(1, 1 << 62))
    return lambda attempt: is_meant(attempt) and next(met) == number
