"""A project's closing stages change: its leads move to the list of their stage (WRK-1, WRK-6)."""

from typing import Any

import pytest

from chalicelib.core.errors import Unavailable
from chalicelib.core.retention import Policy
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import Job, JobState
from chalicelib.leads.domain.leads import Facts
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import OutcomeRule, Project
from chalicelib.organisation.usecases.change_project import change_project
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from chalicelib.work.domain.activities import Comment, single
from chalicelib.work.usecases.assign_lead import assign_lead
from chalicelib.work.usecases.reassign_all import reassign_all
from chalicelib.work.usecases.record_activity import Recording, record_activity
from chalicelib.work.usecases.set_follow_up import set_follow_up
from chalicelib.work.usecases.set_outcome import set_outcome
from chalicelib.work.usecases.set_stage import set_stage
from tests.factories.leads import (
    AGENT,
    DAY,
    MANAGER,
    NOW,
    confirmed,
    create_lead,
    create_manager,
    create_organisation,
    facts_of,
)
from tests.factories.work import (
    FORTNIGHT,
    HOUR,
    actions,
    change_project_settings,
    changes,
    create_activity,
    create_agent,
    create_assigned_lead,
    history,
    own_leads,
    run_jobs,
    run_retirement,
)
from tests.harness.faults import (
    WRITES,
    Attempt,
    Crash,
    denied,
    dying,
    dying_after,
    fault,
    lost,
    meanwhile,
    step,
)

pytestmark = pytest.mark.usefixtures("aws")
JOB = "job_relist_prj_1_2"
BOTH = ("proposal", "closed")


@pytest.fixture(autouse=True)
def _manager(aws: None) -> None:
    create_manager()


def set_closing_stages(*stages: str, now: int = NOW, **more: Any) -> Project:
    """Set the closing stages, as a manager does."""
    version = project().version
    return change_project(MANAGER, "prj_1", version, {"closing_stages": stages, **more}, None, now)


def project() -> Project:
    current = configuration.get(Project, "prj_1", NOW)
    assert current is not None
    return current


def job(job_id: str = JOB) -> Job:
    job_state = jobs.get(job_id, NOW)
    assert job_state is not None
    return job_state


def run_job(now: int = NOW) -> None:
    """Let the job walk its lists, and again when the indexes are up to date."""
    for at in (now, now + 30, now + 60):
        run_jobs(at)


def lists() -> tuple[list[str], list[str]]:
    return own_leads(now=NOW + HOUR), own_leads("closed", now=NOW + HOUR)


def create_staged_lead(lead_id: str, stage: str) -> Facts:
    create_assigned_lead(lead_id)
    return set_stage(AGENT, lead_id, stage, NOW)


def test_WRK_1_a_stage_that_no_longer_closes_opens_its_leads() -> None:
    create_organisation(Policy())
    create_staged_lead("lead_1", "closed")
    create_staged_lead("lead_2", "contacted")
    set_closing_stages()
    run_job()
    assert lists() == (["lead_1", "lead_2"], [])
    assert facts_of("lead_1").last_activity_at == NOW
    assert run_retirement(NOW + FORTNIGHT).retired == 2


def test_WRK_1_a_stage_that_now_closes_closes_its_leads() -> None:
    create_organisation(Policy())
    change_project_settings(inactivity=None)
    create_staged_lead("lead_1", "proposal")
    set_follow_up(AGENT, "lead_1", "2030-01-01", NOW)
    set_closing_stages(*BOTH)
    run_job()
    assert lists() == ([], ["lead_1"])
    assert facts_of("lead_1").follow_up_on is None


def test_PRI_27_the_move_is_logged_once_and_is_no_activity() -> None:
    create_organisation(Policy())
    create_staged_lead("lead_1", "closed")
    set_closing_stages(now=NOW + HOUR)
    run_job(NOW + HOUR)
    assert actions() == ["assigned", "stage", "stage"]
    entry = changes()[-1]
    assert (entry.actor_kind, entry.actor_id, entry.at) == ("job", JOB, NOW + HOUR)
    assert [(field.name, field.before, field.after) for field in entry.fields] == [
        ("closing", "true", "false")
    ]
    assert history()[-1] == ("stage", {"from": "closed", "to": "closed"})
    assert facts_of("lead_1").last_activity_at == NOW
    result = job()
    assert (result.state, result.work.tally, result.by_id) == (
        JobState.DONE,
        {"leads": {"moved": 1}},
        MANAGER.id,
    )


def test_WRK_1_every_list_and_page_of_every_agent_is_visited() -> None:
    create_organisation(Policy())
    create_agent("usr_2")
    for number in range(60):
        create_assigned_lead(
            f"lead_{number:02d}", AGENT.id if number % 2 else "usr_2", phone=f"202-555-01{number:02d}"
        )
        set_stage(MANAGER, f"lead_{number:02d}", "closed", NOW)
    set_closing_stages()
    run_job()
    assert {facts_of(f"lead_{number:02d}").closing for number in range(60)} == {False}
    assert job().work.tally == {"leads": {"moved": 60}}


def test_WRK_1_no_job_starts_if_no_list_changes() -> None:
    create_organisation(Policy())
    change_project_settings(closing_stages=BOTH)
    set_closing_stages(*reversed(BOTH))
    change_project(MANAGER, "prj_1", project().version, {"name": "Cars"}, None, NOW)
    assert jobs.list_waiting(NOW) == []


def test_WRK_1_a_lead_with_an_outcome_stays_closed() -> None:
    create_organisation(Policy())
    create_staged_lead("lead_1", "closed")
    set_outcome(AGENT, "lead_1", "lost", None, NOW)
    set_closing_stages()
    run_job()
    assert lists() == ([], ["lead_1"])
    set_outcome(AGENT, "lead_1", None, None, NOW + HOUR)
    assert lists() == (["lead_1"], [])


def test_RET_19_a_lead_kept_only_by_a_legal_hold_is_skipped() -> None:
    create_organisation(Policy(2))
    create_staged_lead("lead_1", "closed")
    place_legal_hold(MANAGER, "lead_1", "litigation", NOW + 60 * DAY, NOW)
    set_closing_stages()
    run_job(NOW + 3 * DAY)
    assert (job().state, facts_of("lead_1", NOW + 3 * DAY).closing) == (JobState.DONE, True)


@pytest.mark.parametrize("at", range(1, 5))
@pytest.mark.parametrize("disturbance", [dying, dying_after, lost])
def test_WRK_1_a_crashed_job_ends_the_same_with_one_entry_each(disturbance: Any, at: int) -> None:
    create_organisation(Policy())
    for number in range(2):
        create_staged_lead(f"lead_{number}", "closed")
    set_closing_stages()
    try:
        with fault(disturbance, on=WRITES, when=step(at)):
            run_job()
    except Crash:
        pass
    for again in (901, 1802, 2703):
        run_job(NOW + again)
    assert job().state is JobState.DONE
    for number in range(2):
        assert facts_of(f"lead_{number}").closing is False
        assert actions(f"lead_{number}") == ["assigned", "stage", "stage"]


def test_WRK_1_setting_and_job_are_one_write() -> None:
    create_organisation(Policy())
    create_staged_lead("lead_1", "closed")

    def starts_a_job(attempt: Attempt) -> bool:
        return "job_relist" in str(attempt.body)

    with fault(denied, on={"TransactWriteItems", "PutItem"}, when=starts_a_job), pytest.raises(Unavailable):
        set_closing_stages()
    assert (project().closing_stages, jobs.list_waiting(NOW)) == (("closed",), [])
    set_closing_stages()
    assert jobs.list_waiting(NOW) == [JOB]


def test_RET_12_with_an_outcome_rule_the_job_starts_after_confirmation() -> None:
    create_organisation(Policy())
    create_staged_lead("lead_1", "closed")
    values = {"closing_stages": (), "outcomes": (OutcomeRule("won", 60),)}
    confirmed(lambda token: change_project(MANAGER, "prj_1", 1, values, token, NOW))
    run_job()
    assert lists() == (["lead_1"], [])


def test_WRK_1_one_lead_that_cannot_be_written_stops_no_other() -> None:
    create_organisation(Policy())
    create_staged_lead("lead_1", "closed")
    create_staged_lead("lead_2", "closed")
    set_closing_stages()

    def writes_lead_1(attempt: Attempt) -> bool:
        return "lead_1" in str(attempt.body)

    with fault(denied, on={"TransactWriteItems"}, when=writes_lead_1):
        run_jobs(NOW)
    assert [facts_of(item).closing for item in ("lead_1", "lead_2")] == [True, False]
    run_job(NOW + 30)
    assert facts_of("lead_1").closing is False


def test_WRK_8_a_concurrent_action_wins_and_nothing_is_lost() -> None:
    create_organisation(Policy())
    create_staged_lead("lead_1", "closed")
    set_closing_stages()
    with fault(meanwhile(lambda: create_activity(now=NOW + 5)), on={"TransactWriteItems"}, when=step(1)):
        run_job()
    assert actions() == ["assigned", "stage", "comment"]
    assert (facts_of("lead_1").closing, facts_of("lead_1").last_activity_at) == (False, NOW + 5)


# any action that reads the project's settings corrects the lead's list, with or without the job


def test_WRK_3_the_same_stage_again_corrects_the_list_without_a_clock() -> None:
    create_organisation(Policy())
    create_staged_lead("lead_1", "closed")
    change_project_settings(closing_stages=())
    for _ in range(2):
        facts = set_stage(AGENT, "lead_1", "closed", NOW + HOUR)
    assert (facts.closing, facts.last_activity_at, actions()) == (False, NOW, ["assigned", "stage", "stage"])
    assert lists() == (["lead_1"], [])


@pytest.mark.parametrize("closing", [(), BOTH])
@pytest.mark.parametrize("action", ["comment", "outcome", "reassigned", "taken back and assigned"])
def test_WRK_1_any_action_leaves_the_lead_in_its_stage_s_list(action: str, closing: tuple[str, ...]) -> None:
    create_organisation(Policy())
    other = create_agent("usr_2")
    create_staged_lead("lead_1", "proposal" if closing else "closed")
    change_project_settings(closing_stages=closing)
    if action == "comment":
        record_activity(AGENT, "lead_1", Recording(single(Comment("Called."))), "req_1", NOW + 1)
    elif action == "outcome":
        set_outcome(AGENT, "lead_1", "lost", None, NOW + 1)
        set_outcome(AGENT, "lead_1", None, None, NOW + 2)
    else:
        if action != "reassigned":
            assign_lead(MANAGER, "lead_1", None, NOW + 1)
        assign_lead(MANAGER, "lead_1", other.id, NOW + 2)
    owner = AGENT.id if action in ("comment", "outcome") else other.id
    assert facts_of("lead_1").worklist == f"{'closed' if closing else 'open'}#prj_1#{owner}"


def test_WRK_4_an_activity_that_opens_the_lead_can_set_a_follow_up() -> None:
    create_organisation(Policy())
    create_staged_lead("lead_1", "closed")
    change_project_settings(closing_stages=())
    facts = create_activity(now=NOW + 1, follow_up_on="2030-01-01")
    assert (facts.closed, facts.follow_up_on) == (False, "2030-01-01")


def test_WRK_15_a_job_that_moves_leads_corrects_their_lists() -> None:
    create_organisation(Policy())
    create_agent("usr_2")
    create_staged_lead("lead_1", "closed")
    change_project_settings(closing_stages=())
    reassign_all(MANAGER, AGENT.id, "usr_2", "job_1", NOW)
    run_jobs(NOW)
    assert facts_of("lead_1").worklist == "open#prj_1#usr_2"


def test_ACC_3_an_unassigned_lead_is_corrected_when_assigned() -> None:
    create_organisation(Policy())
    create_lead()
    set_stage(MANAGER, "lead_1", "proposal", NOW)
    set_closing_stages(*BOTH)
    run_job()
    assert assign_lead(MANAGER, "lead_1", AGENT.id, NOW + HOUR).worklist == f"closed#prj_1#{AGENT.id}"
