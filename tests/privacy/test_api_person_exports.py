"""The export of a contact's data: requested over HTTP, written by the schedule, returned to the requester."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from chalicelib import clock, settings
from chalicelib.aws import clients
from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Service
from chalicelib.core.access import Permission, Role
from chalicelib.core.retention import Policy
from chalicelib.jobs import domain as jobs_domain
from chalicelib.jobs import store as jobs
from chalicelib.leads.store import people
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import EntryKind
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import ORGANISATION_ID, Organisation
from chalicelib.privacy.usecases import write_exports as use_case
from chalicelib.privacy.usecases.write_exports import write_exports
from chalicelib.users.domain.users import User
from tests.factories.leads import DAY, LEAD, create_campaign, create_lead, create_organisation
from tests.factories.work import rewrite_user
from tests.harness.api import ApiHarness, Caller
from tests.harness.fake_provider import answering, providing
from tests.harness.faults import READS, fault, throttled

PATH = "/v1/contacts/export"
ASKED = {"phone": LEAD["phone"]}


@pytest.fixture
def manager(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> Iterator[Caller]:
    """A manager of the project of two leads of one person, the second with a deadline after ten days."""
    monkeypatch.setenv("IMPORTS_BUCKET", "imports-test")
    settings.current.cache_clear()
    clients.clear_cache()
    boto3.client("s3").create_bucket(Bucket="imports-test")
    now = clock.now()
    create_organisation(Policy(30), now=now)
    create_campaign("cmp_2", policy=Policy(10))
    create_lead("lead_1", now)
    create_lead("lead_2", now, "cmp_2", first_name="<script>alert(1)</script>")
    yield api.user(Role.MANAGER, "prj_1", user_id="usr_m")
    clients.clear_cache()


def request_export(caller: Caller, body: Any = None) -> str:
    """Request an export and return its job."""
    reply = caller.post(PATH, body or ASKED)
    assert reply.status == 202, reply.text
    return str(reply.json["job_id"])


def write_export(caller: Caller, body: Any = None) -> str:
    """Request an export and let the schedule write it."""
    job_id = request_export(caller, body)
    assert write_exports(lambda: True, clock.now()) == 1
    return job_id


def stored_files(job_id: str) -> dict[str, str]:
    """Return the files of an export in the bucket."""
    bucket = boto3.resource("s3").Bucket("imports-test")
    return {
        item.key.rpartition(".")[2]: item.get()["Body"].read().decode()
        for item in bucket.objects.filter(Prefix=f"exports/{job_id}/")
    }


def test_PRI_33_all_data_is_written_as_json_and_as_a_page(manager: Caller) -> None:
    manager.post("/v1/blocks", {**ASKED, "project_id": "prj_1", "reason": "legal"})
    job_id = write_export(manager)
    files = stored_files(job_id)
    content = json.loads(files["json"])
    first = next(lead for lead in content["leads"] if lead["lead_id"] == "lead_1")
    assert {value["key"]: value["value"] for value in first["data"]}["email"] == LEAD["email"]
    assert first["source"] == {"name": "site", "channel": "web"}
    assert first["purposes"] == ["Loan: contact by Loans (Web)"]
    assert first["retention"]["days"] == 30
    assert first["recipients"] == content["recipients"] == []
    assert first["history"][0]["what"] == "received"
    assert [block["reason"] for block in content["blocks"]] == ["legal"]
    assert content["asked_for"] == ["…47"]
    assert LEAD["email"] in files["html"]


def test_PRI_33_contacts_that_were_read_from_extras_are_part_of_the_data(manager: Caller) -> None:
    create_lead("lead_3", clock.now(), home_phone="(202) 555-0199")
    files = stored_files(write_export(manager))
    leads = {lead["lead_id"]: lead for lead in json.loads(files["json"])["leads"]}
    assert leads["lead_3"]["contacts_read"] == [{"field": "home_phone", "contact": "+12025550199"}]
    assert leads["lead_1"]["contacts_read"] == []
    assert "<td>+12025550199</td>" in files["html"]


def test_PRI_33_asked_services_are_named_by_host_only(
    manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICES_LOOPBACK", "allowed")
    monkeypatch.setattr("chalicelib.campaigns.usecases.ask_services.BUDGET_S", 60.0)
    settings.current.cache_clear()
    with providing(answering({"line_type": "mobile"})) as provider:
        asks = {"url": f"{provider.url}?key=zolqui", "method": "GET"}
        silent = {"url": "https://localhost:1/", "contact": "plain"}
        _with_services({"line_type": asks, "external_duplicate": silent, "geolocation": {}})
        create_lead("lead_3", clock.now())
        create_lead("lead_4", clock.now(), test=True)
        _with_services({"line_type": {"url": "https://another.example.org/"}})

    files = stored_files(write_export(manager))
    leads = {lead["lead_id"]: lead for lead in json.loads(files["json"])["leads"]}
    assert leads["lead_3"]["recipients"] == ["127.0.0.1", "localhost"]
    assert leads["lead_4"]["recipients"] == ["127.0.0.1"]
    assert leads["lead_1"]["recipients"] == []
    assert json.loads(files["json"])["recipients"] == ["127.0.0.1", "localhost"]
    assert "<td>Passed on to</td><td>127.0.0.1, localhost</td>" in files["html"]
    assert files["html"].count("<td>Passed on to</td><td>nobody</td>") == 2
    assert "mobile" in files["html"]
    assert not [text for text in files.values() if "zolqui" in text or "another.example" in text]


def test_PRI_33_the_page_shows_decision_retention_and_reason(
    manager: Caller,
) -> None:
    _with_services({"line_type": {}})
    create_lead("lead_3", clock.now())
    page = stored_files(write_export(manager))["html"]
    assert "<h3>Results of checks</h3>" in page
    assert "numbering_plan" in page
    assert "<h3>Inputs of the decision</h3>" in page
    assert "<td>services</td>" in page
    assert page.count("<td>Kept for</td><td>30 day(s) from receipt</td>") == 2
    assert page.count("<td>Kept for</td><td>10 day(s) from receipt</td>") == 1
    assert "<td>Kept by</td><td>the policy of its campaign</td>" in page


def _with_services(options: dict[str, dict[str, str]]) -> None:
    """Enable these services for the first campaign."""
    campaign = configuration.get(Campaign, "cmp_1", clock.now())
    assert campaign is not None
    services = {name: Service(enabled=True, options=each) for name, each in options.items()}
    after = replace(campaign, services=services, version=campaign.version + 1)
    batch.write(configuration.update(after), f"token{after.version}")
    configuration.clear_cache()


def test_PRI_33_the_page_runs_and_loads_nothing(manager: Caller) -> None:
    page = stored_files(write_export(manager))["html"]
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert not re.findall(r"(?:src|href)=", page)
    assert "default-src 'none'" in page


def test_PRI_33_links_are_for_the_requester_and_serve_files(api: ApiHarness, manager: Caller) -> None:
    job_id = request_export(manager)
    waiting = manager.get(f"/v1/jobs/{job_id}").json
    assert (waiting["kind"], waiting["state"], "files" in waiting) == ("person_export", "running", False)
    write_exports(lambda: True, clock.now())
    job = manager.get(f"/v1/jobs/{job_id}").json
    address = urlsplit(job["files"]["json_url"])
    assert job["state"] == "done"
    assert address.path.endswith(f"exports/{job_id}/export.json")
    assert "attachment" in address.query
    assert LEAD["phone"] not in json.dumps(job)
    admin, other = api.user(Role.ADMIN), api.user(Role.MANAGER, "prj_1")
    assert "files" not in admin.get(f"/v1/jobs/{job_id}").json
    assert other.get(f"/v1/jobs/{job_id}").status == 404


def test_PRI_33_each_lead_s_access_is_logged_before_the_export(
    manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = request_export(manager)
    with monkeypatch.context() as broken:
        broken.setattr(use_case, "record_access", _fails)
        assert write_exports(lambda: True, clock.now()) == 0
    assert stored_files(job_id) == {}
    write_exports(lambda: True, clock.now() + 901)
    for lead_id in ("lead_1", "lead_2"):
        entries = [
            entry
            for entry in ledger.list_subject(f"lead/{lead_id}", clock.now())
            if entry.kind is EntryKind.ACCESS
        ]
        assert [(entry.through, entry.actor_id) for entry in entries] == [("export", "usr_m")]


def test_PRI_33_a_repeated_run_writes_the_same_and_logs_once(
    manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = request_export(manager)
    with monkeypatch.context() as broken:
        broken.setattr(jobs, "put", _fails)
        assert write_exports(lambda: True, clock.now()) == 0
    assert "files" not in manager.get(f"/v1/jobs/{job_id}").json
    assert write_exports(lambda: True, clock.now() + 800) == 0
    assert write_exports(lambda: True, clock.now() + 901) == 1
    entries = [
        entry for entry in ledger.list_subject("lead/lead_1", clock.now()) if entry.kind is EntryKind.ACCESS
    ]
    assert len(entries) == 1
    assert len(stored_files(job_id)) == 2


def test_PRI_33_after_a_day_the_files_are_removed(manager: Caller) -> None:
    job_id = write_export(manager)
    later = clock.now() + DAY
    assert write_exports(lambda: True, later - 60) == 0
    assert len(stored_files(job_id)) == 2
    assert write_exports(lambda: True, later) == 1
    assert stored_files(job_id) == {}
    assert jobs.list_waiting(later, jobs_domain.EXPORTS) == []


def test_PRI_7_when_one_person_is_erased_the_export_is_removed(api: ApiHarness, manager: Caller) -> None:
    job_id = write_export(manager)
    first = manager.post("/v1/leads/lead_2/forget", {"keep_out": False})
    reply = manager.post("/v1/leads/lead_2/forget", {"keep_out": False, "confirm": first.json["confirm"]})
    assert reply.status == 200
    assert "files" not in manager.get(f"/v1/jobs/{job_id}").json
    assert write_exports(lambda: True, clock.now()) == 1
    assert stored_files(job_id) == {}


def test_PRI_33_staff_is_not_named_if_the_organisation_says_so(api: ApiHarness, manager: Caller) -> None:
    assert manager.get("/v1/leads/lead_1").status == 200
    named = json.loads(stored_files(write_export(manager))["json"])
    assert "A test manager" in json.dumps(named)
    configuration.clear_cache()
    admin = api.user(Role.ADMIN)
    admin.patch("/v1/organisation", {"version": 0, "name_staff_in_exports": False})
    configuration.clear_cache()
    assert configuration.get(Organisation, ORGANISATION_ID, clock.now()) is not None
    job_id = request_export(manager)
    write_exports(lambda: True, clock.now())
    text = stored_files(job_id)["json"]
    assert "A test manager" not in text
    assert "usr_m" not in text
    assert {item["by"] for lead in json.loads(text)["leads"] for item in lead["read"]} == {"staff"}


def test_PRI_33_comments_are_part_of_the_export(manager: Caller) -> None:
    people.PersonRow("lead_1", "comment#1", body='{"text": "Calls back"}', version=1).save()
    content = json.loads(stored_files(write_export(manager))["json"])
    first = next(lead for lead in content["leads"] if lead["lead_id"] == "lead_1")
    assert first["comments"] == [{"text": "Calls back"}]


def test_PRI_33_a_user_who_lost_the_permission_gets_nothing(manager: Caller) -> None:
    job_id = request_export(manager)
    user = configuration.get(User, "usr_m", clock.now())
    assert user is not None
    withdrawn = replace(user, withdrawn=(Permission.PRIVACY_EXPORT,), version=2)
    batch.write(configuration.update(withdrawn), "token")
    configuration.clear_cache()
    assert write_exports(lambda: True, clock.now()) == 1
    job = manager.get(f"/v1/jobs/{job_id}").json
    assert (job["state"], job["error"]) == ("failed", "right_ended")
    assert stored_files(job_id) == {}


RIGHTS_THAT_END: list[dict[str, Any]] = [
    {"withdrawn": (Permission.PRIVACY_EXPORT,)},
    {"project_ids": ()},
    {"project_ids": ("prj_2",)},
    {"role": Role.AGENT},
]


@pytest.mark.parametrize("ending", RIGHTS_THAT_END)
@pytest.mark.parametrize("asked", [ASKED, {"email": "nobody@example.org"}])
def test_SEC_A5_links_and_files_end_with_the_right(
    manager: Caller, ending: dict[str, Any], asked: dict[str, str]
) -> None:
    job_id = write_export(manager, asked)
    assert "files" in manager.get(f"/v1/jobs/{job_id}").json
    rewrite_user("usr_m", **ending)
    configuration.clear_cache()

    job = manager.get(f"/v1/jobs/{job_id}").json
    assert (job["state"], job["error"], job.get("files")) == ("failed", "right_ended", None)

    assert write_exports(lambda: True, clock.now()) == 1
    assert stored_files(job_id) == {}
    rewrite_user("usr_m", withdrawn=(), role=Role.MANAGER, project_ids=("prj_1",))
    configuration.clear_cache()
    job = manager.get(f"/v1/jobs/{job_id}").json
    assert (job["state"], job["error"], job.get("files")) == ("failed", "right_ended", None)


def test_SEC_A5_an_admins_export_ends_with_the_role(api: ApiHarness, manager: Caller) -> None:
    admin = api.user(Role.ADMIN, user_id="usr_admin")
    job_id = write_export(admin)
    rewrite_user("usr_admin", role=Role.MANAGER, project_ids=("prj_1", "prj_2"))
    configuration.clear_cache()

    assert "files" not in admin.get(f"/v1/jobs/{job_id}").json
    assert write_exports(lambda: True, clock.now()) == 1
    assert stored_files(job_id) == {}


def test_SEC_A5_an_export_of_an_earlier_version_is_asked_by_its_leads(manager: Caller) -> None:
    job_id = write_export(manager)
    job = jobs.get(job_id, clock.now())
    assert job is not None
    older = replace(job, work=replace(job.work, tally={"leads": job.work.tally["leads"]}))
    batch.write_one(jobs.put(replace(older, version=job.version + 1)))
    assert "files" in manager.get(f"/v1/jobs/{job_id}").json
    rewrite_user("usr_m", project_ids=("prj_2",))
    configuration.clear_cache()

    assert "files" not in manager.get(f"/v1/jobs/{job_id}").json


def test_PRI_5_an_unknown_contact_gets_an_export_of_the_same_shape(manager: Caller) -> None:
    job_id = write_export(manager, {"email": "nobody@example.org"})
    content = json.loads(stored_files(job_id)["json"])
    assert (content["leads"], content["blocks"]) == ([], [])
    assert "There is no data about you" in stored_files(job_id)["html"]


def test_ACC_3_only_permitted_users_export_in_their_projects(api: ApiHarness, manager: Caller) -> None:
    assert api.user(Role.AGENT, "prj_1").post(PATH, ASKED).status == 403
    without = api.user(Role.MANAGER, "prj_1", withdrawn=(Permission.PRIVACY_EXPORT,))
    assert without.post(PATH, ASKED).status == 403
    assert manager.post(PATH, {"phone": "nonsense"}).status == 422
    foreign = json.loads(stored_files(write_export(api.user(Role.MANAGER, "prj_2")))["json"])
    assert (foreign["leads"], foreign["blocks"]) == ([], [])


def test_PRI_33_the_job_stores_no_contact(manager: Caller) -> None:
    job_id = write_export(manager)
    job = jobs.get(job_id, clock.now())
    assert job is not None
    text = repr(job)
    assert "2025550147" not in text
    assert "ada@" not in text
    assert not any(ref in text for ref in people.get("lead_1", clock.now()).refs)  # type: ignore[union-attr]


def _fails(*_: object) -> None:
    raise RuntimeError


def test_PRI_33_a_failed_try_of_an_export_is_counted(
    manager: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    request_export(manager)
    with fault(throttled, on=READS, table="contacts"):
        assert write_exports(lambda: True, clock.now()) == 0
    assert '"ExportsFailed":[1.0]' in capsys.readouterr().out
