"""The stored form of a job stays the same to the byte: one version of the code continues the jobs of another."""

import json
import zlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import boto3
import pytest

from chalicelib import settings
from chalicelib.aws import clients
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Role
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.paging import LastKey
from chalicelib.core.retention import Policy
from chalicelib.core.times import utc_day
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import Job, JobWork
from chalicelib.jobs.store import JobRow
from chalicelib.jobs.usecases.run_steps import advance
from chalicelib.leads.domain import rekeying
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import change
from chalicelib.organisation.domain.configuration import Organisation, OutcomeRule
from chalicelib.organisation.usecases.change_project import change_project
from chalicelib.privacy.domain import forget_work
from chalicelib.privacy.domain.forget_work import OrderAsked
from chalicelib.privacy.usecases import restamp_leads, start_bulk_retention
from chalicelib.privacy.usecases.export_contact import export_contact
from chalicelib.privacy.usecases.watch_forgetting import new_watch
from chalicelib.privacy.usecases.write_exports import write_exports
from chalicelib.reports.usecases import correct_prices as prices
from chalicelib.reports.usecases import forecast as due
from chalicelib.reports.usecases import what_if as comparison
from chalicelib.routes import JOB_RESULTS
from chalicelib.users.domain.users import User
from chalicelib.work.usecases import forecast_retirements as retirements
from chalicelib.work.usecases import walk_worklists
from chalicelib.work.usecases.move_leads import start, start_move, unassign_job
from chalicelib.work.usecases.restore_retired import restore_retired
from chalicelib.work.usecases.set_outcome import set_outcome
from chalicelib.work.usecases.set_stage import set_stage
from tests.factories.contacts import register_form_1
from tests.factories.leads import (
    AGENT,
    DAY,
    LEAD,
    MANAGER,
    NOW,
    confirmed,
    create_organisation,
    read_access,
)
from tests.factories.work import change_project_settings, create_assigned_lead, run_retirement
from tests.harness.api import add_item

TODAY = utc_day(NOW)
STORED = json.loads((Path(__file__).parent / "stored_jobs.json").read_text())


@pytest.fixture(autouse=True)
def bucket(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An agent with two leads of one day; pages of one lead each; a bucket for exports."""
    monkeypatch.setenv("IMPORTS_BUCKET", "imports-test")
    settings.current.cache_clear()
    clients.clear_cache()
    boto3.client("s3").create_bucket(Bucket="imports-test")
    for module in (due, comparison, prices, retirements):
        monkeypatch.setattr(module, "_PAGE", 1)
    monkeypatch.setattr(walk_worklists, "PAGE", 1)
    register_form_1()  # the example of an export has a ref in form 1
    create_organisation(Policy(10))
    change_project_settings(inactivity="P3D")
    create_assigned_lead()
    create_assigned_lead("lead_2", phone="202-555-0148")
    yield
    clients.clear_cache()


def stored(job_id: str = "job_1") -> str:
    """Return the row of a job as text."""
    return zlib.decompress(JobRow.get(f"job#{job_id}", "job", consistent_read=True).body).decode()


def save(job_id: str, work: JobWork) -> str:
    """Store work as a job and return its row."""
    for write in jobs.insert(Job(job_id, MANAGER.kind, MANAGER.id, NOW, work)):
        write.row.save()
    return stored(job_id)


def work_of(job_id: str) -> JobWork:
    """Return the work of a job as it is read from its row."""
    job = jobs.get(job_id, NOW)
    assert job is not None
    return job.work


def advanced(job_id: str, steps: int) -> list[str]:
    """Return the row of a job at first, after some steps, and at its end, read again each time."""
    first = stored(job_id)
    return [first, *(save(job_id, advance(work_of(job_id), count, NOW)) for count in (steps, 1_000))]


def expected(name: str) -> list[str]:
    """Return the rows of a kind of job as of the writing of this test."""
    return [json.dumps(item, separators=(",", ":")) for item in STORED[name]]


def test_every_kind_of_job_has_a_stored_example() -> None:
    assert {job["work"]["kind"] for rows in STORED.values() for job in rows} == {
        *JOB_RESULTS,
        "person_export",
    }


def test_a_forecast() -> None:
    save("job_1", due.forecast(MANAGER, 30, NOW))
    assert advanced("job_1", 9) == expected("forecast")


def test_a_what_if() -> None:
    ledger.append(change(MANAGER, "campaign/cmp_1", "created", NOW - DAY, "e1"), Organisation())
    save("job_1", comparison.what_if(MANAGER, "cmp_1", 5, NOW))
    assert advanced("job_1", 2) == expected("what_if")


def test_a_price_correction() -> None:
    prices.correct_prices(MANAGER, "cmp_1", TODAY, TODAY, Decimal("12.50"), "job_1", NOW)
    assert advanced("job_1", 1) == expected("price_correction")


def test_a_retirement_forecast() -> None:
    save("job_1", retirements.forecast_retirements(MANAGER, "prj_1", 30, NOW))
    assert advanced("job_1", 1) == expected("retirement_forecast")


def test_a_reassignment() -> None:
    start_move(MANAGER, AGENT.id, None, ["prj_1"], "job_1", NOW)
    assert advanced("job_1", 1) == expected("reassign")


def test_a_reassignment_of_a_leaving_user() -> None:
    start(unassign_job(MANAGER, AGENT.id, ["prj_1"], "job_1", NOW), NOW)
    assert advanced("job_1", 1) == expected("leaving")


def test_a_reclassification() -> None:
    set_stage(AGENT, "lead_1", "proposal", NOW)
    change_project(MANAGER, "prj_1", 2, {"closing_stages": ("proposal", "closed")}, None, NOW)
    assert advanced("job_relist_prj_1_3", 1) == expected("relist")


def test_a_restoration_of_retired_leads() -> None:
    run_retirement(NOW + 3 * DAY)
    change_project_settings(inactivity="P9D")
    now = NOW + 3 * DAY + 60
    job_id = confirmed(lambda given: restore_retired(MANAGER, "prj_1", NOW + 3 * DAY, given, now))
    first = stored(job_id)
    rows = [first, *(save(job_id, advance(work_of(job_id), count, now)) for count in (1, 1_000))]
    assert rows == expected("restore_retired")


@pytest.mark.parametrize("kind", ["apply_outcomes", "set_campaigns"])
def test_a_bulk_change_of_retention(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restamp_leads, "_PAGE", 1)
    ledger.append(change(MANAGER, "campaign/cmp_1", "created", NOW, "e1"), Organisation())
    set_outcome(AGENT, "lead_1", "won", None, NOW)
    change_project_settings(outcomes=(OutcomeRule("won", 5),))

    def start_change(given: Confirmation | None) -> str:
        if kind == "apply_outcomes":
            return start_bulk_retention.apply_outcomes(MANAGER, "prj_1", given, NOW)
        return start_bulk_retention.set_campaigns(MANAGER, "prj_1", Policy(7), given, NOW, existing=True)

    assert advanced(confirmed(start_change), 1) == expected(kind)


def test_an_erasure_of_a_contact() -> None:
    batch.write_one(new_watch(MANAGER, "job_1", ["lead_1"], "request", "One lead.", NOW))
    assert [stored()] == expected("forget")


def test_an_order_to_forget_a_contact() -> None:
    asked: OrderAsked = {
        "job_id": "job_1",
        "refs": ["ref_1", "ref_2"],
        "projects": ["prj_1"],
        "at": NOW - DAY,
        "by": [MANAGER.kind, MANAGER.id],
        "asked": "request",
        "digest": "confirmation",
        "effect": "Two leads.",
    }
    save("job_1", forget_work.new_work(asked, 2))
    assert advanced("job_1", 1) == expected("forget_order")


def test_a_migration_of_contacts() -> None:
    work = rekeying.new_work("job_1")
    counts = rekeying.PageCounts(3, 1, frozenset({"12345678/1"}))
    after: LastKey = {"ref": {"S": "ref_1"}, "scope": {"S": "prj_1"}}
    in_blocks = rekeying.after_page(rekeying.in_phase(work, "blocks"), counts, after)
    rows = [save("job_1", one) for one in (work, in_blocks, rekeying.as_complete(in_blocks))]
    assert rows == expected("rekey")
    assert work_of("job_1") == rekeying.as_complete(in_blocks)


def test_an_export_of_a_contact() -> None:
    add_item(
        User(
            id=MANAGER.id,
            version=1,
            email="manager@example.com",
            name="A manager",
            role=Role.MANAGER,
            project_ids=("prj_1",),
        )
    )
    export_contact(read_access(), "phone", LEAD["phone"], "job_1", NOW)
    started = stored()
    write_exports(lambda: True, NOW + 1)
    assert [started, stored()] == expected("person_export")
