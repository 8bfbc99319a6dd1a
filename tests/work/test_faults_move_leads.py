"""A move of leads under faults, and when its agent may work the leads again (ACC-8, WRK-15)."""

import json
from collections.abc import Callable
from contextlib import suppress
from itertools import count, pairwise
from typing import Any

import pytest

from chalicelib.core.access import Actor, Permission, Role
from chalicelib.core.errors import Unavailable
from chalicelib.core.retention import Policy
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import JobState
from chalicelib.jobs.usecases.continue_jobs import continue_jobs
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.users.domain.users import User
from chalicelib.users.usecases.change_user import change_user
from chalicelib.users.usecases.disable_user import disable_user
from chalicelib.users.usecases.enable_user import enable_user
from chalicelib.work.usecases import walk_worklists
from chalicelib.work.usecases.assign_lead import assign_lead
from chalicelib.work.usecases.reassign_all import reassign_all
from tests.factories.leads import (
    AGENT,
    MANAGER,
    NOW,
    create_campaign,
    create_lead,
    create_manager,
    create_organisation,
    facts_of,
)
from tests.factories.moves import SETTLED, create_pooled_agent, moved_count, state_of
from tests.factories.work import actions, create_activity, create_agent, create_assigned_lead, run_jobs
from tests.harness.api import add_item
from tests.harness.faults import (
    WRITES,
    Attempt,
    Crash,
    Fault,
    denied,
    dying,
    dying_after,
    fault,
    lost,
    meanwhile,
    metered,
    step,
    throttled,
    unreachable,
)

pytestmark = pytest.mark.usefixtures("aws")

TRANSACTION = {"TransactWriteItems"}

ADMIN = Actor(kind="user", id="usr_admin", role=Role.ADMIN, permissions=frozenset(Permission))


# whatever fails at the start, the leads do not stay with an agent who cannot work them


@pytest.fixture(autouse=True)
def _manager(aws: None) -> None:
    create_manager()


def from_attempt(number: int) -> Callable[[Attempt], bool]:
    """Hit the `number`-th attempt and all that follow."""
    return lambda attempt: attempt.number >= number


def disable_again(user_id: str) -> object:
    return disable_user(ADMIN, user_id, NOW)


def move_away_again(user_id: str) -> object:
    user = configuration.get(User, user_id, NOW)
    assert user is not None
    return change_user(ADMIN, user_id, user.version, {"project_ids": ("prj_2",)}, NOW)


@pytest.mark.parametrize("act", [disable_again, move_away_again])
@pytest.mark.parametrize("disturbance", [throttled, unreachable, dying, dying_after])
@pytest.mark.parametrize("number", [1, 2])
def test_WRK_15_ACC_8_after_any_failed_write_a_repeat_moves_every_lead(
    pool: Any, act: Callable[[str], object], disturbance: Fault, number: int
) -> None:
    create_organisation(Policy())
    add_item(Project(id="prj_2", version=1, name="Other"))
    user = create_pooled_agent("prj_1", "prj_2")
    create_assigned_lead("lead_1", user.id)
    with suppress(Crash, Unavailable), fault(disturbance, on=WRITES, when=from_attempt(number)):
        act(user.id)
    act(user.id)
    for now in (NOW, SETTLED, SETTLED + 30):
        run_jobs(now)
    assert (facts_of("lead_1").agent_id, actions()) == (None, ["assigned", "unassigned"])


def test_WRK_15_a_user_change_and_its_job_are_one_write() -> None:
    create_organisation(Policy())
    add_item(Project(id="prj_2", version=1, name="Other"))
    with metered() as meter:
        change_user(ADMIN, AGENT.id, 1, {"project_ids": ("prj_2",)}, NOW)
    assert sum(meter.operations[write] for write in WRITES) == 1
    assert jobs.list_waiting(NOW) == [f"job_removed_{AGENT.id}_2"]


# a job that meets faults


def writes_lead(lead_id: str) -> Callable[[Attempt], bool]:
    """Hit the writes of a lead."""
    return lambda attempt: lead_id in json.dumps(attempt.body)


def create_leads_and_start_move(count: int = 3) -> None:
    """Create an agent with leads, and start to move them to another."""
    create_organisation(Policy())
    create_agent("usr_2")
    for number in range(count):
        create_assigned_lead(f"lead_{number}")
    reassign_all(MANAGER, AGENT.id, "usr_2", "job_1", NOW)


def agents(count: int = 3) -> list[str | None]:
    return [facts_of(f"lead_{number}").agent_id for number in range(count)]


@pytest.mark.parametrize("disturbance", [throttled, denied])
def test_WRK_15_a_lead_that_cannot_be_written_stops_no_other(disturbance: Fault) -> None:
    create_leads_and_start_move()
    with fault(disturbance, on=TRANSACTION, when=writes_lead("lead_0")) as fired:
        run_jobs(NOW)
    assert fired
    assert agents() == [AGENT.id, "usr_2", "usr_2"]
    for now in (SETTLED, SETTLED + 30):
        run_jobs(now)
    assert (agents(), state_of("job_1"), moved_count("job_1")) == (["usr_2"] * 3, JobState.DONE, 3)


def test_ACC_8_a_job_that_leaves_leads_behind_says_it_gave_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    create_leads_and_start_move()
    with fault(denied, on=TRANSACTION, when=writes_lead("lead_0")):
        for turn in range(10):
            assert state_of("job_1") is JobState.RUNNING
            run_jobs(NOW + 60 * turn)
    job = jobs.get("job_1", NOW)
    assert job is not None
    assert (job.state, job.error, moved_count("job_1")) == (JobState.FAILED, "gave_up", 2)
    assert capsys.readouterr().out.count('"JobsFailed"') > 0


def test_WRK_15_a_failed_try_is_repeated_by_the_next_run() -> None:
    create_leads_and_start_move()
    with fault(throttled, on={"BatchGetItem"}) as fired:
        run_jobs(NOW)
    assert fired
    run_jobs(NOW + 60)
    assert agents() == ["usr_2"] * 3


def test_WRK_15_a_lost_checkpoint_answer_delays_the_job_by_one_run() -> None:
    create_leads_and_start_move()
    with fault(lost, on={"PutItem"}, when=step(2)) as fired:
        run_jobs(NOW)
    assert fired
    for now in (NOW + 60, NOW + 120):
        run_jobs(now)
    assert (agents(), state_of("job_1")) == (["usr_2"] * 3, JobState.DONE)


def test_WRK_15_a_returned_job_is_not_taken_from_its_new_owner() -> None:
    create_leads_and_start_move()
    other = meanwhile(lambda: run_jobs(NOW + 901))
    with fault(other, on={"BatchGetItem"}, when=step(1)), fault(denied, on={"BatchGetItem"}, when=step(1)):
        run_jobs(NOW)
    for now in (NOW + 960, NOW + 1020):
        run_jobs(now)
    assert (agents(), state_of("job_1"), moved_count("job_1")) == (["usr_2"] * 3, JobState.DONE, 3)


def test_ACC_8_failed_tries_are_spaced_out_and_the_end_is_reported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    create_leads_and_start_move()
    tries: list[int] = []
    with fault(denied, on={"BatchGetItem"}) as fired:
        for minute in range(120):
            run_jobs(NOW + 60 * minute)
            if len(fired) > len(tries):
                tries.append(minute)
    assert tries == [0, 1, 2, 5, 12, 27, 42, 57, 72, 87]
    job = jobs.get("job_1", NOW)
    assert job is not None
    assert (job.state, job.error, jobs.list_waiting(NOW)) == (JobState.FAILED, "gave_up", [])
    assert '"JobsFailed"' in capsys.readouterr().out


def test_WRK_15_the_time_is_checked_after_each_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk_worklists, "PAGE", 2)
    create_leads_and_start_move(5)
    result: list[int] = []
    with metered() as meter:

        def go_on() -> bool:
            result.append(meter.operations["TransactWriteItems"])
            return True

        continue_jobs(lambda: NOW, go_on)
    assert result[-1] == 5
    assert max(after - before for before, after in pairwise(result)) == 2


def test_WRK_15_a_moved_lead_has_the_time_of_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk_worklists, "PAGE", 2)
    create_leads_and_start_move(4)
    minutes = count(NOW, 60)
    continue_jobs(lambda: next(minutes), lambda: True)
    values = [facts_of(f"lead_{number}").assigned_at or 0 for number in range(4)]
    assert NOW < values[0] == values[1] < values[2] == values[3]


def test_ACC_8_disabling_again_restarts_a_job_that_gave_up(pool: Any) -> None:
    create_organisation(Policy())
    user = create_pooled_agent()
    create_assigned_lead("lead_1", user.id)
    disable_user(ADMIN, user.id, NOW)
    with fault(denied, on={"BatchGetItem"}):
        for turn in range(12):
            run_jobs(NOW + 901 * turn)
    later = NOW + 901 * 12
    job_id = f"job_disabled_{user.id}_2"
    assert (state_of(job_id, later), jobs.list_waiting(later)) == (JobState.FAILED, [])
    for _ in range(2):
        disable_user(ADMIN, user.id, later)
    assert jobs.list_waiting(later) == [job_id]
    for now in (later, later + 30):
        run_jobs(now)
    assert (facts_of("lead_1", later).agent_id, state_of(job_id, later)) == (None, JobState.DONE)
    disable_user(ADMIN, user.id, later + 60)
    assert jobs.list_waiting(later + 60) == []


# an agent who may work the leads again keeps them


def test_ACC_8_a_re_enabled_user_keeps_their_leads(pool: Any) -> None:
    create_organisation(Policy())
    user = create_pooled_agent()
    create_assigned_lead("lead_1", user.id)
    disable_user(ADMIN, user.id, NOW)
    run_jobs(NOW)
    assert facts_of("lead_1").agent_id is None
    enable_user(ADMIN, user.id, NOW + 20)
    assign_lead(MANAGER, "lead_1", user.id, NOW + 25)
    for now in (SETTLED, SETTLED + 30):
        run_jobs(now)
    assert facts_of("lead_1").agent_id == user.id
    assert state_of(f"job_disabled_{user.id}_2") is JobState.DONE


def test_WRK_15_a_user_returned_to_one_project_keeps_its_leads() -> None:
    create_organisation(Policy())
    add_item(Project(id="prj_2", version=1, name="Other"))
    create_agent("usr_2", "prj_1", "prj_2")
    create_assigned_lead("lead_1", "usr_2")
    change_user(ADMIN, "usr_2", 1, {"project_ids": ("prj_2",)}, NOW)
    change_user(ADMIN, "usr_2", 2, {"project_ids": ("prj_1", "prj_2")}, NOW + 1)
    for now in (NOW + 5, SETTLED + 5):
        run_jobs(now)
    assert (facts_of("lead_1").agent_id, state_of("job_removed_usr_2_2")) == ("usr_2", JobState.DONE)


def test_WRK_15_new_leads_stay_and_old_leads_move_even_if_worked() -> None:
    create_leads_and_start_move(2)
    create_campaign("cmp_2", policy=Policy(), agent=AGENT.id)
    create_activity(now=NOW + 20, lead_id="lead_0")
    create_lead("lead_remembered", NOW + 10, "cmp_2")
    create_lead("lead_arrived", NOW + 11, "cmp_2")
    create_assigned_lead("lead_given", now=NOW + 20)
    assign_lead(MANAGER, "lead_1", "usr_2", NOW + 20)
    assign_lead(MANAGER, "lead_1", AGENT.id, NOW + 21)
    for now in (NOW + 25, NOW + 55):
        run_jobs(now)
    assert state_of("job_1") is JobState.DONE
    assert [facts_of(item).agent_id for item in ("lead_0", "lead_remembered")] == ["usr_2"] * 2
    assert [facts_of(item).agent_id for item in ("lead_1", "lead_arrived", "lead_given")] == [AGENT.id] * 3
