"""All leads of one user move: of a disabled user, of a removed user, or at a manager's request (ACC-8, WRK-15)."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.core.access import Actor, Permission, Role
from chalicelib.core.errors import Conflict, Forbidden, Invalid, NotFound
from chalicelib.core.retention import Policy
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import JobState
from chalicelib.jobs.usecases.continue_jobs import continue_jobs
from chalicelib.organisation.domain.configuration import Project
from chalicelib.users.usecases.change_user import change_user
from chalicelib.users.usecases.disable_user import disable_user
from chalicelib.work.store import notifications
from chalicelib.work.usecases import walk_worklists
from chalicelib.work.usecases.assign_lead import assign_lead
from chalicelib.work.usecases.move_leads import start_move
from chalicelib.work.usecases.reassign_all import reassign_all
from chalicelib.work.usecases.set_outcome import set_outcome
from tests.factories.leads import (
    AGENT,
    DAY,
    MANAGER,
    NOW,
    OUTSIDER,
    create_campaign,
    create_lead,
    create_manager,
    create_organisation,
    facts_of,
)
from tests.factories.moves import SETTLED, create_pooled_agent, moved_count, state_of
from tests.factories.work import (
    actions,
    change_project_settings,
    changes,
    create_agent,
    create_assigned_lead,
    history,
    managed_leads,
    own_leads,
    run_jobs,
    set_disabled,
)
from tests.harness.api import add_item
from tests.harness.faults import WRITES, Crash, dying, dying_after, fault, meanwhile, step

pytestmark = pytest.mark.usefixtures("aws")

ADMIN = Actor(kind="user", id="usr_admin", role=Role.ADMIN, permissions=frozenset(Permission))


@pytest.fixture(autouse=True)
def _manager(aws: None) -> None:
    create_manager()


def test_ACC_8_leads_of_a_disabled_user_move_to_the_managers_once(pool: Any) -> None:
    create_organisation(Policy())
    user = create_pooled_agent()
    create_assigned_lead("lead_1", user.id)
    create_assigned_lead("lead_2", user.id, NOW - 60)
    create_assigned_lead("lead_won", user.id)
    set_outcome(user.actor, "lead_won", "lost", None, NOW)
    create_assigned_lead("lead_other")
    disable_user(ADMIN, user.id, NOW)
    assert own_leads(actor=user.actor) == ["lead_2", "lead_1"]

    assert run_jobs(NOW) == 0
    for lead_id in ("lead_1", "lead_2", "lead_won"):
        facts = facts_of(lead_id)
        assert (facts.agent_id, facts.waiting_since, facts.worklist) == (None, NOW, "unassigned#prj_1")
        assert history(lead_id)[-1] == ("unassigned", {"user_id": None, "previous_user_id": user.id})
        entry = changes(lead_id)[-1]
        assert (entry.action, entry.actor_id) == ("unassigned", ADMIN.id)
        assert ("agent_id", user.id, None) in [
            (field.name, field.before, field.after) for field in entry.fields
        ]
    assert facts_of("lead_other").agent_id == AGENT.id

    assert run_jobs(SETTLED - 1) == 0
    assert run_jobs(SETTLED) == 1
    job_id = f"job_disabled_{user.id}_2"
    assert (state_of(job_id), moved_count(job_id)) == (JobState.DONE, 3)
    assert [actions(item).count("unassigned") for item in ("lead_1", "lead_2", "lead_won")] == [1, 1, 1]
    assert notifications.list_waiting(SETTLED).get(user.id) == ["lead_1", "lead_2", "lead_won"]


def test_ACC_8_disabling_again_starts_no_second_job(pool: Any) -> None:
    create_organisation()
    user = create_pooled_agent()
    for _ in range(2):
        disable_user(ADMIN, user.id, NOW)
    assert jobs.list_waiting(NOW) == [f"job_disabled_{user.id}_2"]


def test_ACC_8_a_process_with_a_cached_user_is_caught_up_with(pool: Any) -> None:
    create_organisation(Policy())
    user = create_pooled_agent()
    create_campaign("cmp_2", policy=Policy(), agent=user.id)
    create_lead("lead_1", campaign_id="cmp_2")
    disable_user(ADMIN, user.id, NOW)
    run_jobs(NOW)
    assert facts_of("lead_1").agent_id is None
    create_lead("lead_late", NOW + 9, campaign_id="cmp_2")
    assert facts_of("lead_late").agent_id == user.id
    assert run_jobs(SETTLED) == 0
    assert facts_of("lead_late").agent_id is None
    assert run_jobs(SETTLED + 30) == 1
    assert moved_count(f"job_disabled_{user.id}_2") == 2


@pytest.mark.parametrize("end", [dying, dying_after])
@pytest.mark.parametrize("when", [2, 3, 5, 6])
def test_WRK_15_a_killed_job_continues_and_every_lead_moves_once(
    end: Any, when: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk_worklists, "PAGE", 2)
    create_organisation(Policy())
    create_agent("usr_2")
    for number in range(5):
        create_assigned_lead(f"lead_{number}")
    reassign_all(MANAGER, AGENT.id, "usr_2", "job_1", NOW)
    with fault(end, on=WRITES, when=step(when)) as fired, pytest.raises(Crash):
        run_jobs(NOW)
    assert fired
    for again in (900, 930, 960, 990):
        run_jobs(NOW + again)
    assert state_of("job_1", NOW + 990) is JobState.DONE
    for number in range(5):
        assert actions(f"lead_{number}") == ["assigned", "reassigned"]
        assert facts_of(f"lead_{number}").agent_id == "usr_2"


def test_WRK_15_a_job_without_time_continues_later() -> None:
    create_organisation(Policy())
    create_agent("usr_2")
    for number in range(3):
        create_assigned_lead(f"lead_{number}")
    reassign_all(MANAGER, AGENT.id, "usr_2", "job_1", NOW)
    request = iter([True, False])
    assert continue_jobs(lambda: NOW, lambda: next(request, False)) == 0
    assert facts_of("lead_0").agent_id == AGENT.id
    run_jobs(NOW + 60)
    assert run_jobs(NOW + 90) == 1
    assert moved_count("job_1") == 3


def test_WRK_15_a_manager_moves_all_leads_of_an_agent_to_another() -> None:
    create_organisation(Policy())
    taker = create_agent("usr_2")
    create_assigned_lead("lead_1")
    create_assigned_lead("lead_2")
    set_outcome(AGENT, "lead_2", "lost", None, NOW)
    create_assigned_lead("lead_3", "usr_2")
    reassign_all(MANAGER, AGENT.id, "usr_2", "job_1", NOW + 60)
    run_jobs(NOW + 60)
    assert run_jobs(NOW + 90) == 1
    assert sorted(own_leads(actor=taker, now=NOW + 90)) == ["lead_1", "lead_3"]
    assert own_leads("closed", taker, NOW + 90) == ["lead_2"]
    assert (own_leads(now=NOW + 90), own_leads("closed", now=NOW + 90)) == ([], [])
    facts = facts_of("lead_1")
    assert (facts.last_activity_at, moved_count("job_1")) == (NOW + 60, 2)
    assert history("lead_1")[-1] == ("reassigned", {"user_id": "usr_2", "previous_user_id": AGENT.id})
    assert changes("lead_1")[-1].actor_id == MANAGER.id


def test_WRK_15_if_the_assignee_is_disabled_the_managers_get_the_leads() -> None:
    create_organisation(Policy())
    create_agent("usr_2")
    create_assigned_lead()
    reassign_all(MANAGER, AGENT.id, "usr_2", "job_1", NOW)
    set_disabled("usr_2")
    run_jobs(NOW)
    assert managed_leads("unassigned") == ["lead_1"]


def test_WRK_15_a_lead_moved_meanwhile_stays() -> None:
    create_organisation(Policy())
    create_agent("usr_2")
    create_agent("usr_3")
    create_assigned_lead("lead_1")
    create_assigned_lead("lead_2")
    reassign_all(MANAGER, AGENT.id, "usr_2", "job_1", NOW)
    assign_lead(MANAGER, "lead_1", "usr_3", NOW)
    run_jobs(NOW)
    run_jobs(SETTLED)
    assert [facts_of(item).agent_id for item in ("lead_1", "lead_2")] == ["usr_3", "usr_2"]
    assert (moved_count("job_1"), actions("lead_1")) == (1, ["assigned", "reassigned"])


def test_WRK_15_a_lead_assigned_after_the_list_was_read_stays() -> None:
    create_organisation(Policy())
    create_agent("usr_2")
    create_agent("usr_3")
    create_assigned_lead()
    reassign_all(MANAGER, AGENT.id, "usr_2", "job_1", NOW)
    other = meanwhile(lambda: assign_lead(MANAGER, "lead_1", "usr_3", NOW))
    with fault(other, on={"BatchGetItem"}, when=step(1)) as fired:
        run_jobs(NOW)
    assert fired
    run_jobs(SETTLED)
    assert (facts_of("lead_1").agent_id, moved_count("job_1")) == ("usr_3", 0)


def test_WRK_15_a_lead_past_its_end_is_skipped() -> None:
    create_organisation(Policy(10))
    create_agent("usr_2")
    create_assigned_lead("lead_1")
    reassign_all(MANAGER, AGENT.id, "usr_2", "job_1", NOW + 9 * DAY)
    run_jobs(NOW + 10 * DAY)
    assert run_jobs(NOW + 10 * DAY + 30) == 1
    assert facts_of("lead_1").agent_id == AGENT.id
    assert moved_count("job_1", NOW + 10 * DAY) == 0


def test_ACC_4_only_leads_of_the_manager_s_projects_move() -> None:
    create_organisation(Policy())
    add_item(Project(id="prj_2", version=1, name="Other"))
    create_agent("usr_both", "prj_1", "prj_2")
    create_agent("usr_2", "prj_1", "prj_2")
    create_agent("usr_far", "prj_2")
    create_assigned_lead("lead_1", "usr_both")
    job = reassign_all(OUTSIDER, "usr_both", "usr_2", "job_1", NOW)
    run_jobs(NOW)
    run_jobs(SETTLED)
    assert (facts_of("lead_1").agent_id, moved_count(job) if jobs.get(job, NOW) else 0) == ("usr_both", 0)
    for actor, user_id in ((MANAGER, "usr_far"), (MANAGER, "usr_none")):
        with pytest.raises(NotFound):
            reassign_all(actor, user_id, "usr_2", "job_2", NOW)


def test_WRK_15_only_permitted_moves_are_started() -> None:
    create_organisation(Policy())
    create_agent("usr_far", "prj_2")
    create_assigned_lead()
    cannot = replace(MANAGER, permissions=frozenset(Permission) - {Permission.LEADS_ASSIGN})
    with pytest.raises(Forbidden):
        reassign_all(cannot, AGENT.id, None, "job_1", NOW)
    for taker in ("usr_far", "usr_none"):
        with pytest.raises(Invalid) as caught:
            reassign_all(MANAGER, AGENT.id, taker, "job_1", NOW)
        assert [field.field for field in caught.value.fields] == ["user_id"]
    with pytest.raises(Conflict) as taken:
        reassign_all(MANAGER, AGENT.id, AGENT.id, "job_1", NOW)
    assert taken.value.code == "same_user"
    assert jobs.list_waiting(NOW) == []


@pytest.mark.parametrize(
    "values",
    [
        {"project_ids": ("prj_2",)},
        {"withdrawn": (Permission.LEADS_WORK,)},
        {"withdrawn": (Permission.LEADS_READ,)},
    ],
)
def test_WRK_15_a_user_removed_from_a_project_leaves_its_leads(values: dict[str, Any]) -> None:
    create_organisation(Policy())
    add_item(Project(id="prj_2", version=1, name="Other"))
    create_agent("usr_2", "prj_1", "prj_2")
    create_assigned_lead("lead_1", "usr_2")
    saved = change_user(ADMIN, "usr_2", 1, values, NOW)
    run_jobs(NOW)
    assert run_jobs(SETTLED) == 1
    assert managed_leads("unassigned") == ["lead_1"]
    assert actions() == ["assigned", "unassigned"]
    assert moved_count(f"job_removed_usr_2_{saved.version}") == 1


def test_WRK_15_another_change_of_a_user_moves_nothing() -> None:
    create_organisation(Policy())
    add_item(Project(id="prj_2", version=1, name="Other"))
    change_user(ADMIN, AGENT.id, 1, {"name": "Another", "project_ids": ("prj_1", "prj_2")}, NOW)
    assert jobs.list_waiting(NOW) == []


def test_WRK_15_the_same_job_started_twice_is_one() -> None:
    create_organisation(Policy())
    for _ in range(2):
        start_move(MANAGER, AGENT.id, None, ["prj_1"], "job_1", NOW)
    assert jobs.list_waiting(NOW) == ["job_1"]
    change_project_settings(inactivity=None)
    assert run_jobs(NOW) == 0
    assert run_jobs(SETTLED) == 1
