"""A project's closing stages change: its leads stand in the list their stage means now (WRK-1, WRK-6)."""

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
from chalicelib.work.domain.activities import Comment
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
    create_organisation,
    facts_of,
)
from tests.factories.work import (
    FORTNIGHT,
    HOUR,
    actions,
    changes,
    create_activity,
    create_agent,
    create_assigned_lead,
    create_project,
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


def close_in(*stages: str, now: int = NOW, **more: Any) -> Project:
    """Have a manager set in which stages the work is done."""
    version = project().version
    return change_project(MANAGER, "prj_1", version, {"closing_stages": stages, **more}, None, now)


def project() -> Project:
    found = configuration.get(Project, "prj_1", NOW)
    assert found is not None
    return found


def job(job_id: str = JOB) -> Job:
    found = jobs.get(job_id, NOW)
    assert found is not None
    return found


def work_off(now: int = NOW) -> None:
    """Let the job go through its lists, and again when they have settled."""
    for at in (now, now + 30, now + 60):
        run_jobs(at)


def lists() -> tuple[list[str], list[str]]:
    return own_leads(now=NOW + HOUR), own_leads("closed", now=NOW + HOUR)


def staged(lead_id: str, stage: str) -> Facts:
    create_assigned_lead(lead_id)
    return set_stage(AGENT, lead_id, stage, NOW)


def test_WRK_1_a_stage_that_no_longer_closes_opens_its_leads() -> None:
    create_organisation(Policy())
    staged("lead_1", "closed")
    staged("lead_2", "contacted")
    close_in()
    work_off()
    assert lists() == (["lead_1", "lead_2"], [])
    assert facts_of("lead_1").last_activity_at == NOW
    assert run_retirement(NOW + FORTNIGHT).retired == 2


def test_WRK_1_a_stage_that_now_closes_closes_its_leads() -> None:
    create_organisation(Policy())
    create_project(inactivity=None)
    staged("lead_1", "proposal")
    set_follow_up(AGENT, "lead_1", "2030-01-01", NOW)
    close_in(*BOTH)
    work_off()
    assert lists() == ([], ["lead_1"])
    assert facts_of("lead_1").follow_up_on is None


def test_PRI_27_the_move_is_logged_once_and_is_no_activity() -> None:
    create_organisation(Policy())
    staged("lead_1", "closed")
    close_in(now=NOW + HOUR)
    work_off(NOW + HOUR)
    assert actions() == ["assigned", "stage", "stage"]
    entry = changes()[-1]
    assert (entry.actor_kind, entry.actor_id, entry.at) == ("job", JOB, NOW + HOUR)
    assert [(one.name, one.before, one.after) for one in entry.fields] == [("closing", "true", "false")]
    assert history()[-1] == ("stage", {"from": "closed", "to": "closed"})
    assert facts_of("lead_1").last_activity_at == NOW
    done = job()
    assert (done.state, done.work.tally, done.by_id) == (JobState.DONE, {"leads": {"moved": 1}}, MANAGER.id)


def test_WRK_1_every_list_and_page_of_every_agent_is_visited() -> None:
    create_organisation(Policy())
    create_agent("usr_2")
    for number in range(60):
        create_assigned_lead(
            f"lead_{number:02d}", AGENT.id if number % 2 else "usr_2", phone=f"202-555-01{number:02d}"
        )
        set_stage(MANAGER, f"lead_{number:02d}", "closed", NOW)
    close_in()
    work_off()
    assert {facts_of(f"lead_{number:02d}").closing for number in range(60)} == {False}
    assert job().work.tally == {"leads": {"moved": 60}}


def test_WRK_1_no_job_starts_if_no_list_changes() -> None:
    create_organisation(Policy())
    create_project(closing_stages=BOTH)
    close_in(*reversed(BOTH))
    change_project(MANAGER, "prj_1", project().version, {"name": "Cars"}, None, NOW)
    assert jobs.list_waiting(NOW) == []


def test_WRK_1_a_lead_with_an_outcome_stays_closed() -> None:
    create_organisation(Policy())
    staged("lead_1", "closed")
    set_outcome(AGENT, "lead_1", "lost", None, NOW)
    close_in()
    work_off()
    assert lists() == ([], ["lead_1"])
    set_outcome(AGENT, "lead_1", None, None, NOW + HOUR)
    assert lists() == (["lead_1"], [])


def test_RET_19_a_lead_kept_only_by_a_legal_hold_is_skipped() -> None:
    create_organisation(Policy(2))
    staged("lead_1", "closed")
    place_legal_hold(MANAGER, "lead_1", "litigation", NOW + 60 * DAY, NOW)
    close_in()
    work_off(NOW + 3 * DAY)
    assert (job().state, facts_of("lead_1", NOW + 3 * DAY).closing) == (JobState.DONE, True)


@pytest.mark.parametrize("at", range(1, 5))
@pytest.mark.parametrize("trouble", [dying, dying_after, lost])
def test_WRK_1_a_crashed_job_ends_the_same_with_one_entry_each(trouble: Any, at: int) -> None:
    create_organisation(Policy())
    for number in range(2):
        staged(f"lead_{number}", "closed")
    close_in()
    try:
        with fault(trouble, on=WRITES, when=step(at)):
            work_off()
    except Crash:
        pass
    for again in (901, 1802, 2703):
        work_off(NOW + again)
    assert job().state is JobState.DONE
    for number in range(2):
        assert facts_of(f"lead_{number}").closing is False
        assert actions(f"lead_{number}") == ["assigned", "stage", "stage"]


def test_WRK_1_setting_and_job_are_one_write() -> None:
    create_organisation(Policy())
    staged("lead_1", "closed")

    def starts_a_job(attempt: Attempt) -> bool:
        return "job_relist" in str(attempt.body)

    with fault(denied, on={"TransactWriteItems", "PutItem"}, when=starts_a_job), pytest.raises(Unavailable):
        close_in()
    assert (project().closing_stages, jobs.list_waiting(NOW)) == (("closed",), [])
    close_in()
    assert jobs.list_waiting(NOW) == [JOB]


def test_RET_12_with_an_outcome_rule_the_job_starts_after_confirmation() -> None:
    create_organisation(Policy())
    staged("lead_1", "closed")
    values = {"closing_stages": (), "outcomes": (OutcomeRule("won", 60),)}
    confirmed(lambda token: change_project(MANAGER, "prj_1", 1, values, token, NOW))
    work_off()
    assert lists() == (["lead_1"], [])


def test_WRK_1_one_lead_that_cannot_be_written_stops_no_other() -> None:
    create_organisation(Policy())
    staged("lead_1", "closed")
    staged("lead_2", "closed")
    close_in()

    def first(attempt: Attempt) -> bool:
        return "lead_1" in str(attempt.body)

    with fault(denied, on={"TransactWriteItems"}, when=first):
        run_jobs(NOW)
    assert [facts_of(one).closing for one in ("lead_1", "lead_2")] == [True, False]
    work_off(NOW + 30)
    assert facts_of("lead_1").closing is False


def test_WRK_8_a_concurrent_action_wins_and_nothing_is_lost() -> None:
    create_organisation(Policy())
    staged("lead_1", "closed")
    close_in()
    with fault(meanwhile(lambda: create_activity(now=NOW + 5)), on={"TransactWriteItems"}, when=step(1)):
        work_off()
    assert actions() == ["assigned", "stage", "comment"]
    assert (facts_of("lead_1").closing, facts_of("lead_1").last_activity_at) == (False, NOW + 5)


# whoever reads the project's settings sets the lead's list right, whether or not the job came by


def test_WRK_3_the_same_stage_again_corrects_the_list_without_a_clock() -> None:
    create_organisation(Policy())
    staged("lead_1", "closed")
    create_project(closing_stages=())
    for _ in range(2):
        facts = set_stage(AGENT, "lead_1", "closed", NOW + HOUR)
    assert (facts.closing, facts.last_activity_at, actions()) == (False, NOW, ["assigned", "stage", "stage"])
    assert lists() == (["lead_1"], [])


@pytest.mark.parametrize("closing", [(), BOTH])
@pytest.mark.parametrize("deed", ["comment", "outcome", "reassigned", "taken back and assigned"])
def test_WRK_1_any_action_leaves_the_lead_in_its_stage_s_list(deed: str, closing: tuple[str, ...]) -> None:
    create_organisation(Policy())
    other = create_agent("usr_2")
    staged("lead_1", "proposal" if closing else "closed")
    create_project(closing_stages=closing)
    if deed == "comment":
        record_activity(AGENT, "lead_1", Recording(Comment("Called.")), "req_1", NOW + 1)
    elif deed == "outcome":
        set_outcome(AGENT, "lead_1", "lost", None, NOW + 1)
        set_outcome(AGENT, "lead_1", None, None, NOW + 2)
    else:
        if deed != "reassigned":
            assign_lead(MANAGER, "lead_1", None, NOW + 1)
        assign_lead(MANAGER, "lead_1", other.id, NOW + 2)
    owner = AGENT.id if deed in ("comment", "outcome") else other.id
    assert facts_of("lead_1").worklist == f"{'closed' if closing else 'open'}#prj_1#{owner}"


def test_WRK_4_an_activity_that_opens_the_lead_can_set_a_follow_up() -> None:
    create_organisation(Policy())
    staged("lead_1", "closed")
    create_project(closing_stages=())
    facts = create_activity(now=NOW + 1, follow_up_on="2030-01-01")
    assert (facts.closed, facts.follow_up_on) == (False, "2030-01-01")


def test_WRK_15_a_job_that_moves_leads_corrects_their_lists() -> None:
    create_organisation(Policy())
    create_agent("usr_2")
    staged("lead_1", "closed")
    create_project(closing_stages=())
    reassign_all(MANAGER, AGENT.id, "usr_2", "job_1", NOW)
    run_jobs(NOW)
    assert facts_of("lead_1").worklist == "open#prj_1#usr_2"


def test_ACC_3_an_unassigned_lead_is_corrected_when_assigned() -> None:
    create_organisation(Policy())
    create_lead()
    set_stage(MANAGER, "lead_1", "proposal", NOW)
    close_in(*BOTH)
    work_off()
    assert assign_lead(MANAGER, "lead_1", AGENT.id, NOW + HOUR).worklist == f"closed#prj_1#{AGENT.id}"
