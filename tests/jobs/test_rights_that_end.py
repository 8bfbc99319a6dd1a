"""A job goes on only while the user who started it may (ACC-11)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.core.access import Permission, Role
from chalicelib.core.retention import Policy
from chalicelib.core.times import utc_day
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import Job, JobState, JobWork
from chalicelib.jobs.usecases.continue_jobs import continue_jobs
from chalicelib.organisation import store as configuration
from chalicelib.privacy.domain import forgetting
from chalicelib.privacy.usecases.carry_out_forgets import carry_out_forgets
from chalicelib.privacy.usecases.forget_contact import forget_contact
from chalicelib.privacy.usecases.start_forget_order import job_id_of
from chalicelib.reports.usecases import correct_prices as prices
from chalicelib.reports.usecases.correct_prices import correct_prices
from chalicelib.reports.usecases.forecast import forecast
from chalicelib.reports.usecases.what_if import what_if
from chalicelib.routes import JOB_RESULTS, JOB_RIGHTS, JOB_STEPS, RESULT_RIGHTS
from chalicelib.users.usecases.current_actor import current_actor
from chalicelib.work.usecases.forecast_retirements import forecast_retirements
from chalicelib.work.usecases.move_leads import start, start_move, unassign_job
from tests.factories.leads import (
    AGENT,
    LEAD,
    MANAGER,
    NOW,
    confirmation_of,
    create_lead,
    create_manager,
    create_organisation,
    facts_of,
    read_access,
)
from tests.factories.work import change_project_settings, create_assigned_lead, rewrite_user, run_jobs
from tests.harness.api import ApiHarness
from tests.harness.faults import READS, fault, throttled

pytestmark = pytest.mark.usefixtures("aws")
TODAY = utc_day(NOW)
Start = Callable[[], None]


@pytest.fixture(autouse=True)
def _set_up(aws: None) -> None:
    create_organisation(Policy(10))
    create_manager()
    change_project_settings(inactivity="P3D")


def job_of(job_id: str = "job_1") -> Job:
    job = jobs.get(job_id, NOW)
    assert job is not None
    return job


def save(work: JobWork) -> None:
    for write in jobs.insert(Job("job_1", MANAGER.kind, MANAGER.id, NOW, work)):
        write.row.save()


STARTS: dict[str, tuple[Permission, Start]] = {
    "forecast": (Permission.REPORTS_READ, lambda: save(forecast(MANAGER, 30, NOW))),
    "what_if": (Permission.REPORTS_READ, lambda: save(what_if(MANAGER, "cmp_1", 5, NOW))),
    "retirement_forecast": (
        Permission.LEADS_ASSIGN,
        lambda: save(forecast_retirements(MANAGER, "prj_1", 30, NOW)),
    ),
    "reassign": (
        Permission.LEADS_ASSIGN,
        lambda: void(start_move(MANAGER, AGENT.id, None, ["prj_1"], "job_1", NOW)),
    ),
    "price_correction": (
        Permission.CAMPAIGNS_MANAGE,
        lambda: void(correct_prices(MANAGER, "cmp_1", TODAY, TODAY, Decimal(1), "job_1", NOW)),
    ),
}
ENDINGS: dict[str, Callable[[Permission], dict[str, Any]]] = {
    "disabled": lambda _: {"disabled": True},
    "withdrawn": lambda permission: {"withdrawn": (permission,)},
    "moved to another project": lambda _: {"project_ids": ("prj_2",)},
    "in no project": lambda _: {"project_ids": ()},
    "an agent now": lambda _: {"role": Role.AGENT},
    "an auditor of no project": lambda _: {"role": Role.AGENT, "project_ids": ()},
}


def void(_: object) -> None:
    return


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kind", STARTS)
def test_SEC_A4_a_job_ends_with_the_right_of_its_starter(kind: str, ending: str) -> None:
    create_assigned_lead()
    permission, begin = STARTS[kind]
    begin()
    rewrite_user(MANAGER.id, **ENDINGS[ending](permission))

    run_jobs(NOW)

    job = job_of()
    assert (job.state, job.error) == (JobState.FAILED, "right_ended")
    assert (facts_of("lead_1").price, facts_of("lead_1").agent_id) == (Decimal("15.00"), AGENT.id)
    assert jobs.list_waiting(NOW) == []


@pytest.mark.parametrize("kind", STARTS)
def test_ACC_11_a_job_goes_on_while_its_starter_may(kind: str) -> None:
    create_assigned_lead()
    STARTS[kind][1]()
    others = set(Permission) - {STARTS[kind][0], Permission.USERS_MANAGE, Permission.ORGANISATION_MANAGE}
    rewrite_user(MANAGER.id, withdrawn=tuple(others))

    run_jobs(NOW)
    run_jobs(NOW + 30)

    assert job_of().state is JobState.DONE


def test_SEC_A4_a_right_that_ends_meanwhile_ends_the_job_at_the_next_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prices, "_PAGE", 1)
    for number in (1, 2, 3):
        create_lead(f"lead_{number}", phone=f"202-555-010{number}")
    STARTS["price_correction"][1]()
    turns = iter((True, True, False))
    continue_jobs(lambda: NOW, lambda: next(turns))
    rewrite_user(MANAGER.id, disabled=True)

    run_jobs(NOW)

    corrected = [facts_of(f"lead_{number}").price == 1 for number in (1, 2, 3)]
    assert corrected.count(True) == 1
    assert (job_of().state, job_of().error) == (JobState.FAILED, "right_ended")


def test_ACC_11_a_job_waits_while_the_rights_cannot_be_read() -> None:
    create_lead()
    STARTS["price_correction"][1]()

    with fault(throttled, on=READS, table="setup"):
        run_jobs(NOW)

    assert (job_of().state, facts_of("lead_1").price) == (JobState.RUNNING, Decimal("15.00"))
    run_jobs(NOW + 60)
    assert (job_of().state, facts_of("lead_1").price) == (JobState.DONE, Decimal(1))


def test_ACC_8_leads_of_a_disabled_user_move_although_the_admin_left_too() -> None:
    create_assigned_lead()
    rewrite_user(AGENT.id, disabled=True)
    start(unassign_job(MANAGER, AGENT.id, ["prj_1"], "job_1", NOW), NOW)
    rewrite_user(MANAGER.id, disabled=True)

    run_jobs(NOW)
    run_jobs(NOW + 30)

    assert (job_of().state, facts_of("lead_1").agent_id) == (JobState.DONE, None)


def test_ACC_11_every_kind_of_job_asks_its_starter_or_completes_a_change() -> None:
    completing = {"relist", *RESULT_RIGHTS, "rekey"}
    assert set(JOB_RIGHTS) == ({*JOB_STEPS, *JOB_RESULTS, "person_export"} - completing)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kind", STARTS)
def test_SEC_A5_a_result_ends_with_the_right(api: ApiHarness, kind: str, ending: str) -> None:
    create_assigned_lead()
    permission, begin = STARTS[kind]
    begin()
    run_jobs(NOW)
    run_jobs(NOW + 30)
    assert job_of().state is JobState.DONE
    manager = api.bearer(api.signer.token(MANAGER.id))
    assert manager.get("/v1/jobs/job_1").json["state"] == "done"
    rewrite_user(MANAGER.id, **ENDINGS[ending](permission))
    configuration.clear_cache()

    reply = manager.get("/v1/jobs/job_1")

    if ending == "disabled":
        assert reply.status == 401
        return
    assert (reply.json["state"], reply.json["error"]) == ("failed", "right_ended")
    assert "result" not in reply.json


@pytest.mark.parametrize("most", [1, 50], ids=["order", "few"])
@pytest.mark.parametrize("ending", ["permission", "project"])
def test_SEC_A5_the_result_of_a_forget_ends_with_the_right(
    api: ApiHarness, monkeypatch: pytest.MonkeyPatch, most: int, ending: str
) -> None:
    monkeypatch.setattr(forgetting, "INLINE", most)
    now = clock.now()
    for number in range(3):
        create_lead(f"lead_{number}", now)
    access = read_access(MANAGER, "forget")
    given = confirmation_of(lambda one: forget_contact(access, "phone", LEAD["phone"], False, one, now))
    forget_contact(access, "phone", LEAD["phone"], False, given, now)
    carry_out_forgets(lambda: now, lambda: True)
    carry_out_forgets(lambda: now + 120, lambda: True)
    manager, path = api.bearer(api.signer.token(MANAGER.id)), f"/v1/jobs/{job_id_of(given.digest)}"
    assert manager.get(path).json["result"]
    ended: dict[str, dict[str, Any]] = {
        "permission": {"withdrawn": (Permission.PRIVACY_FORGET,)},
        "project": {"project_ids": ("prj_2",)},
    }
    rewrite_user(MANAGER.id, **ended[ending])
    configuration.clear_cache()

    reply = manager.get(path).json

    assert (reply["state"], reply["error"]) == ("failed", "right_ended")
    assert "result" not in reply


def test_SEC_A5_what_an_admin_asked_of_all_projects_ends_with_the_role(api: ApiHarness) -> None:
    admin = api.user(Role.ADMIN, user_id="usr_admin")
    work = forecast(current_actor("user", "usr_admin", NOW), 30, NOW)
    for write in jobs.insert(Job("job_1", "user", "usr_admin", clock.now(), work)):
        write.row.save()
    assert admin.get("/v1/jobs/job_1").json["state"] == "running"
    rewrite_user("usr_admin", role=Role.MANAGER, project_ids=("prj_1",))
    configuration.clear_cache()

    assert admin.get("/v1/jobs/job_1").json["error"] == "right_ended"
