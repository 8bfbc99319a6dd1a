"""Forecast and what-if, directly and as jobs (RET-18)."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.core.access import Role
from chalicelib.core.errors import NotFound
from chalicelib.core.retention import Policy
from chalicelib.core.times import utc_day
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import Counts, Job, JobState, JobWork
from chalicelib.jobs.usecases import run_steps
from chalicelib.jobs.usecases.continue_jobs import continue_jobs
from chalicelib.jobs.usecases.read_job import read_job
from chalicelib.jobs.usecases.run_steps import run_or_start
from chalicelib.leads.domain.lead_retention import RetentionRequest
from chalicelib.leads.store import leads_rows
from chalicelib.leads.usecases.set_retention import set_retention
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import change
from chalicelib.organisation.domain.configuration import Organisation
from chalicelib.reports.usecases.forecast import forecast
from chalicelib.reports.usecases.what_if import what_if
from tests.factories.leads import (
    DAY,
    MANAGER,
    NOW,
    OUTSIDER,
    confirmed,
    create_campaign,
    create_lead,
    create_manager,
    create_organisation,
)
from tests.factories.work import run_jobs
from tests.harness.faults import WRITES, Attempt, Crash, Fault, dying, dying_after, fault, metered, step

pytestmark = pytest.mark.usefixtures("aws")
ADMIN = replace(MANAGER, id="usr_admin", role=Role.ADMIN, project_ids=frozenset())


@pytest.fixture(autouse=True)
def _manager(aws: None) -> None:
    create_manager()


def tally_of(work: JobWork[Any, Any, Counts]) -> dict[str, dict[str, int]]:
    result = run_or_start(MANAGER, work, "job_1", NOW)
    assert isinstance(result, JobWork)
    return result.tally


def create_leads() -> None:
    create_organisation(Policy(10))
    create_campaign("cmp_2", policy=Policy(2))
    for number in range(3):
        create_lead(f"lead_{number}", NOW + number)
    create_lead("lead_3", NOW + 3, campaign_id="cmp_2")
    ledger.append(change(MANAGER, "campaign/cmp_1", "created", NOW - DAY, "e1"), Organisation())


def test_RET_18_the_forecast_counts_deadlines_by_day_and_campaign() -> None:
    create_leads()
    later = NOW + 3
    assert tally_of(forecast(MANAGER, 90, later)) == {
        "cmp_1": {utc_day(NOW + 10 * DAY): 3},
        "cmp_2": {utc_day(NOW + 2 * DAY): 1},
    }
    assert tally_of(forecast(MANAGER, 9, later)) == {"cmp_2": {utc_day(NOW + 2 * DAY): 1}}
    assert tally_of(forecast(ADMIN, 90, later)) == tally_of(forecast(MANAGER, 90, later))


def test_RET_18_a_lead_past_its_deadline_is_not_forecast() -> None:
    create_leads()
    assert tally_of(forecast(MANAGER, 90, NOW + 2 * DAY + 3)) == {"cmp_1": {utc_day(NOW + 10 * DAY): 3}}


def test_ACC_4_the_forecast_shows_campaigns_of_own_projects() -> None:
    create_leads()
    assert tally_of(forecast(OUTSIDER, 90, NOW)) == {}


def test_RET_18_what_if_uses_the_day_of_receipt_of_each_live_lead() -> None:
    create_leads()
    create_lead("lead_t", NOW, test=True)
    create_lead("lead_next", NOW + DAY)
    confirmed(lambda token: set_retention(MANAGER, "lead_0", RetentionRequest(days=20), token, NOW))
    now = NOW + 2 * DAY
    today, next_day = utc_day(NOW), utc_day(NOW + DAY)
    assert tally_of(what_if(MANAGER, "cmp_1", 5, now)) == {
        today: {"earlier": 2, "same": 1},
        next_day: {"earlier": 1},
    }
    assert tally_of(what_if(MANAGER, "cmp_1", 1, now))[today] == {"earlier": 2, "due_now": 2, "same": 1}
    assert tally_of(what_if(MANAGER, "cmp_1", None, now))[today] == {"later": 2, "same": 1}
    assert tally_of(what_if(MANAGER, "cmp_1", 10, now))[today] == {"same": 3}
    assert tally_of(what_if(MANAGER, "cmp_1", 30, NOW + 10 * DAY + 1))[today] == {"later": 1, "same": 1}


def test_RET_18_a_forecast_changes_nothing() -> None:
    create_leads()
    before = sorted(str(row.serialize()) for row in leads_rows.FactsRow.scan())
    with metered() as meter:
        tally_of(what_if(MANAGER, "cmp_1", 5, NOW + 3))
        tally_of(forecast(MANAGER, 90, NOW + 3))
    assert not WRITES & meter.operations.keys()
    assert sorted(str(row.serialize()) for row in leads_rows.FactsRow.scan()) == before


def test_ACC_4_a_campaign_of_another_project_has_no_what_if() -> None:
    create_leads()
    for campaign_id, actor in (("cmp_1", OUTSIDER), ("cmp_none", MANAGER)):
        with pytest.raises(NotFound):
            what_if(actor, campaign_id, 5, NOW)


def start_long_job(monkeypatch: pytest.MonkeyPatch) -> JobWork:
    """Start a job of many steps and return its result when run at once."""
    create_leads()
    work = what_if(MANAGER, "cmp_1", 5, NOW + 30 * DAY)
    complete = run_or_start(MANAGER, work, "job_0", NOW)
    assert isinstance(complete, JobWork)
    monkeypatch.setattr(run_steps, "_AT_ONCE", 1)
    job = run_or_start(MANAGER, work, "job_1", NOW)
    assert isinstance(job, Job)
    monkeypatch.setattr("chalicelib.jobs.usecases.run_steps._AT_A_CHECKPOINT", 8)
    return complete


def test_RET_18_a_large_question_runs_as_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    complete = start_long_job(monkeypatch)
    assert read_job(MANAGER, "job_1", NOW).state is JobState.RUNNING
    assert run_jobs(NOW + 60) == 1
    job = read_job(MANAGER, "job_1", NOW + 60)
    assert (job.state, job.ended_at, job.work) == (JobState.DONE, NOW + 60, complete)
    assert (job.work.done, job.work.of) == (32, 32)
    assert jobs.list_waiting(NOW) == []
    assert run_jobs(NOW + 120) == 0


def test_a_job_is_visible_to_its_starter_and_to_admins(monkeypatch: pytest.MonkeyPatch) -> None:
    start_long_job(monkeypatch)
    assert read_job(ADMIN, "job_1", NOW).by_id == MANAGER.id
    for actor in (OUTSIDER, replace(MANAGER, id="usr_other")):
        with pytest.raises(NotFound):
            read_job(actor, "job_1", NOW)
    with pytest.raises(NotFound):
        read_job(ADMIN, "job_none", NOW)


def test_a_job_without_time_is_left_to_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    complete = start_long_job(monkeypatch)
    turns = iter([True, True, False])
    assert continue_jobs(lambda: NOW, lambda: next(turns)) == 0
    job = read_job(MANAGER, "job_1", NOW)
    assert (job.state, job.work.done, job.leased_until) == (JobState.RUNNING, 9, None)
    assert run_jobs(NOW + 60) == 1
    assert read_job(MANAGER, "job_1", NOW).work == complete


@pytest.mark.parametrize("crash", [dying, dying_after])
@pytest.mark.parametrize("number", [1, 2, 3, 5, 6])
def test_a_crashed_job_continues_after_its_lease_and_counts_once(
    monkeypatch: pytest.MonkeyPatch, number: int, crash: Fault
) -> None:
    complete = start_long_job(monkeypatch)
    with fault(crash, on=WRITES, when=step(number)), pytest.raises(Crash):
        run_jobs(NOW)
    run_jobs(NOW + 901)
    job = read_job(MANAGER, "job_1", NOW)
    assert (job.state, job.work) == (JobState.DONE, complete)
    assert jobs.list_waiting(NOW) == []


@pytest.mark.parametrize("number", [1, 2, 3])
def test_two_runs_of_one_job_do_it_once(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    complete = start_long_job(monkeypatch)

    def run_other_before(_: Attempt) -> None:
        run_jobs(NOW)

    with fault(run_other_before, on=WRITES, when=step(number)):
        run_jobs(NOW)
    assert read_job(MANAGER, "job_1", NOW).work == complete


def test_a_job_that_keeps_failing_is_given_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    start_long_job(monkeypatch)

    def failing_step(*_: object) -> JobWork:
        raise ValueError

    monkeypatch.setattr("chalicelib.jobs.usecases.continue_jobs.advance", failing_step)
    for turn in range(11):
        run_jobs(NOW + 1000 * turn)
    job = read_job(MANAGER, "job_1", NOW)
    assert (job.state, job.error) == (JobState.FAILED, "gave_up")
    assert jobs.list_waiting(NOW) == []
    assert "job_1" in capsys.readouterr().out
