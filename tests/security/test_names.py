"""Names beside ids over the API: each place has them, and none that the caller may not know (ACC-12, USE-U6)."""

import csv
import io
import json
from dataclasses import replace
from itertools import product
from typing import Any

import boto3
import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import JobState
from chalicelib.leads.domain import lead_work
from chalicelib.leads.store import leads
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from tests.factories.work import rewrite_user
from tests.harness.api import add_credential
from tests.harness.faults import fault, throttled
from tests.security.dataset import LEAD, Dataset

CAMPAIGN, PROJECT = {"id": "cmp_1", "name": "Web 1"}, {"id": "prj_1", "name": "Project 1"}
AGENT, MANAGER = (
    {"id": "usr_agent", "name": "A test agent"},
    {"id": "usr_manager", "name": "A test manager"},
)


def ledger_rows() -> list[Any]:
    rows = boto3.client("dynamodb").scan(TableName="leadwarden-test-ledger")["Items"]
    return sorted(rows, key=lambda row: (row["subject"]["S"], row["at_id"]["S"]))


def rows_of_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


def first_lead(reply: Any) -> dict[str, Any]:
    assert reply.status == 200, reply.text
    content = reply.json
    found = content.get("items", content.get("leads")) or [content]
    lead: dict[str, Any] = next(one for one in found if one["state"] == "live")
    return lead


@pytest.mark.parametrize(
    ("caller", "path"),
    [
        *product(
            ("manager", "agent", "admin"),
            ("/v1/leads?campaign=cmp_1", "/v1/leads/{lead_id}", "/v1/worklist/search"),
        ),
        ("agent", "/v1/worklist"),
    ],
)
def test_USE_U6_a_lead_names_campaign_project_and_agent_in_every_list(
    dataset: Dataset, caller: str, path: str
) -> None:
    asks = dataset.callers[caller]
    reply = (
        asks.post(path, {"phone": LEAD["phone"]})
        if path.endswith("/search")
        else asks.get(path.format(**dataset.ids))
    )
    lead = first_lead(reply)

    assert [lead[f"{name}_id"] for name in ("campaign", "project", "agent")] == [
        "cmp_1",
        "prj_1",
        "usr_agent",
    ]
    assert (lead["campaign"], lead["project"], lead["agent"]) == (CAMPAIGN, PROJECT, AGENT)


def test_USE_U6_the_desk_names_leads_types_blocks_and_readers(dataset: Dataset) -> None:
    manager = dataset.callers["manager"]
    manager.post("/v1/blocks", {"phone": LEAD["phone"], "project_id": "prj_1"})
    found = manager.post("/v1/contacts/search", {"phone": LEAD["phone"]}).json

    (block,) = found["blocks"]
    assert found["data_available"][0]["lead_type"] == {"id": "lt_1", "name": "Loan"}
    assert (found["leads"][0]["campaign"], found["leads"][0]["project"]) == (CAMPAIGN, PROJECT)
    assert (block["project"], block["blocked_by"]) == (PROJECT, {"kind": "user", **MANAGER})
    listed = manager.get("/v1/blocks").json["items"]
    assert block in listed
    assert manager.get(f"/v1/blocks/{block['id']}").json["history"][0]["actor"]["name"] == "A test manager"


def test_USE_U6_a_history_names_who_did_it_and_to_whom(dataset: Dataset) -> None:
    admin, path = dataset.callers["admin"], f"/v1/leads/{dataset.ids['lead_id']}"
    admin.put(f"{path}/agent", {"user_id": "usr_manager"})
    rewrite_user("usr_agent", disabled=True)

    for answer in (admin.get(path), admin.get(f"{path}/history")):
        history = answer.json.get("history") or answer.json["items"]
        assert history[-1]["by"] == {"kind": "user", "id": "usr_admin", "name": "A test admin"}
        assert (history[-1]["user"], history[-1]["previous_user"]) == (MANAGER, AGENT)
        assert history[1]["by"] == {"kind": "system", "id": "leadwarden", "name": None}


def test_ACC_12_who_may_not_read_settings_gets_no_name_of_a_source(dataset: Dataset) -> None:
    path = f"/v1/leads/{dataset.ids['lead_id']}"
    sources = {
        caller: dataset.callers[caller].get(path).json["history"][0]["by"]
        for caller in ("admin", "manager", "agent", "a privacy officer")
    }

    assert {caller: by["name"] for caller, by in sources.items()} == {
        "admin": "A test source",
        "manager": "A test source",
        "agent": None,
        "a privacy officer": None,
    }
    assert len({by["id"] for by in sources.values()}) == 1


def test_USE_U6_retired_leads_name_their_former_agent(dataset: Dataset) -> None:
    now = clock.now()
    facts = leads.get(dataset.ids["lead_id"], now)
    assert facts is not None
    batch.write([leads.update(facts, lead_work.retired(facts, now), now)], "t")

    (lead,) = dataset.callers["manager"].get("/v1/projects/prj_1/retired").json["items"]

    assert (lead["retired_from"], lead["retired_from_agent"], lead["campaign"]) == (
        "usr_agent",
        AGENT,
        CAMPAIGN,
    )
    assert "agent" not in lead


def test_USE_U6_exports_of_leads_have_names(dataset: Dataset) -> None:
    manager, path = dataset.callers["manager"], "/v1/leads/export?campaign=cmp_1"
    rows = rows_of_csv(manager.get(path).text)
    lines = [json.loads(line) for line in manager.get(f"{path}&format=jsonl").text.splitlines()]

    assert [rows[0][f"{name}.name"] for name in ("campaign", "project", "agent")] == [
        "Web 1",
        "Project 1",
        "A test agent",
    ]
    assert list(rows[0])[-4:] == ["checked", "campaign.name", "project.name", "agent.name"]
    assert (lines[0]["campaign"], lines[0]["project"], lines[0]["agent"]) == (CAMPAIGN, PROJECT, AGENT)


def test_USE_U6_the_record_names_actors_subjects_and_values(dataset: Dataset) -> None:
    admin, lead_id = dataset.callers["admin"], dataset.ids["lead_id"]
    admin.put(f"/v1/leads/{lead_id}/agent", {"user_id": "usr_manager"})
    admin.patch("/v1/campaigns/cmp_1", {"version": 1, "name": "Portal"})
    configuration.clear_cache()
    stored = ledger_rows()

    of_lead = dataset.callers["manager"].get(f"/v1/changes?subject=lead/{lead_id}").json["items"][-1]
    of_campaign = dataset.callers["manager"].get("/v1/changes?subject=campaign/cmp_1").json["items"][-1]
    (change,) = [field for field in of_lead["fields"] if field["name"] == "agent_id"]
    accesses = dataset.callers["manager"].get("/v1/accesses").json["items"]

    assert of_lead["actor"] == {"kind": "user", "id": "usr_admin", "name": "A test admin"}
    assert "item" not in of_lead
    assert change["names"] == [{"kind": "user", **AGENT}, {"kind": "user", **MANAGER}]
    assert of_campaign["item"] == {"kind": "campaign", "id": "cmp_1", "name": "Portal"}
    assert all("name" in entry["actor"] for entry in accesses)
    assert ledger_rows() == stored, "names are added on reading"
    assert "A test" not in json.dumps(stored)
    (row,) = rows_of_csv(admin.get("/v1/changes?subject=campaign/cmp_1&format=csv").text)
    assert (row["actor_name"], row["item_name"]) == ("A test admin", "Portal")


def test_USE_U6_imports_and_jobs_name_who_started_them(dataset: Dataset) -> None:
    manager = dataset.callers["manager"]
    body = {"scope": "prj_1", "filename": "a.csv", "size": 10}
    of_blocks = manager.post("/v1/imports", {**body, "kind": "block"}).json["job_id"]
    of_leads = manager.post("/v1/imports", {**body, "kind": "leads", "scope": "cmp_1"}).json["job_id"]
    listed = {job["job_id"]: job for job in manager.get("/v1/imports").json["items"]}

    assert listed[of_blocks]["by"] == {"kind": "user", **MANAGER}
    assert listed[of_blocks]["project"] == PROJECT
    assert "campaign" not in listed[of_blocks]
    assert listed[of_leads]["campaign"] == CAMPAIGN
    assert "project" not in listed[of_leads]
    assert manager.get(f"/v1/imports/{of_leads}").json == listed[of_leads]

    job = dataset.callers["admin"].get("/v1/jobs/job_01jabcdefghijklmnopqrstuvw").json
    assert job["started_by"] == {"kind": "user", **MANAGER}


def test_USE_U6_the_result_of_a_job_has_names(dataset: Dataset) -> None:
    job_id, now = "job_01jabcdefghijklmnopqrstuvw", clock.now()
    job = jobs.get(job_id, now)
    assert job is not None
    tally = {"cmp_1": {"2026-12-01": 2}, "cmp_2": {"2026-12-01": 1}}
    done = replace(job, state=JobState.DONE, work=replace(job.work, tally=tally), ended_at=now, version=2)
    batch.write_one(jobs.put(done))

    result = dataset.callers["manager"].get(f"/v1/jobs/{job_id}").json["result"]

    assert result["campaigns"] == [CAMPAIGN, {"id": "cmp_2", "name": None}]
    assert len(result["days"]) == 2


def test_ACC_12_attempts_name_no_source_of_foreign_campaigns(dataset: Dataset) -> None:
    own, foreign = dataset.callers["source"], dataset.callers["another source"]
    own.post("/v1/campaigns/cmp_1/leads", {"phone": "1"})
    foreign.post("/v1/campaigns/cmp_1/leads", LEAD)
    dataset.callers["manager"].post("/v1/campaigns/cmp_1/leads", {"phone": "1"})
    dataset.callers["nobody"].post("/v1/campaigns/cmp_1/leads", {"phone": "1"})

    found = dataset.callers["manager"].get("/v1/campaigns/cmp_1/attempts").json
    for listed in (found["items"], found["refused_today"]):
        assert [each for each in listed if each["source"] == "anyone" and "sender" in each] == []
        names = {
            (each["sender"]["kind"], each["reason"]): each["sender"]["name"]
            for each in listed
            if "sender" in each
        }
        assert names == {
            ("credential", "invalid"): "A test source",
            ("credential", "forbidden"): None,
            ("user", "invalid"): "A test manager",
        }


def test_USE_U6_an_effect_names_its_projects(dataset: Dataset) -> None:
    for path in (f"/v1/leads/{dataset.ids['lead_id']}/forget", "/v1/contacts/forget"):
        body = {"keep_out": False} | ({"phone": LEAD["phone"]} if "contacts" in path else {})
        asked = dataset.callers["manager"].post(path, body)
        assert (asked.status, asked.json["effect"]["projects"]) == (409, ["prj_1"])
        assert asked.json["effect"]["project_names"] == [PROJECT]
        confirmed = dataset.callers["admin"].post(path, body)
        assert confirmed.json["effect"]["project_names"] == [PROJECT]


def test_USE_U6_settings_users_and_requests_name_what_they_refer_to(dataset: Dataset) -> None:
    admin, manager = dataset.callers["admin"], dataset.callers["manager"]
    campaign = manager.get("/v1/campaigns/cmp_1").json
    request = manager.post("/v1/requests", {"kind": "access", "lead_ids": [dataset.ids["lead_id"]]}).json

    assert (campaign["project"], campaign["default_user"]) == (PROJECT, AGENT)
    assert campaign["lead_type"] == {"id": "lt_1", "name": "Loan"}
    assert "user" not in campaign["assignment"], "a client sends the group back as it is"
    assert request["projects"] == [PROJECT]
    assert manager.get("/v1/me").json["project_names"] == [PROJECT]
    assert len(admin.get("/v1/me").json["project_names"]) == 2
    users = {user["id"]: user for user in admin.get("/v1/users").json["items"]}
    assert users["usr_manager"]["projects"] == [PROJECT]
    credential = admin.get(f"/v1/credentials/{dataset.ids['credential_id']}").json
    assert credential["campaigns"] == [CAMPAIGN]
    report = manager.get("/v1/campaigns/cmp_1/report?from=2026-01-01&to=2026-12-31").json
    assert report["campaign"] == CAMPAIGN


def test_ACC_12_no_answer_holds_a_foreign_name(dataset: Dataset) -> None:
    """A user who was moved to another project, and a credential that is used in both, give nothing away."""
    shared, _ = add_credential("cmp_1", "cmp_2")
    admin, manager = dataset.callers["admin"], dataset.callers["manager"]
    admin.patch(f"/v1/credentials/{shared.id}", {"version": 1, "name": "Both"})
    answers = [
        manager.get(path).text
        for path in ("/v1/me", "/v1/campaigns", "/v1/changes", "/v1/accesses", "/v1/imports", "/v1/blocks")
    ]

    assert all("Project 2" not in text and "Web 2" not in text for text in answers)
    assert manager.get("/v1/projects/prj_2").status == 404


def test_USE_U6_the_answer_to_a_source_is_unchanged(dataset: Dataset) -> None:
    answer = dataset.callers["source"].post("/v1/campaigns/cmp_1/leads", {**LEAD, "email": "b@example.com"})

    assert answer.status == 201
    assert set(answer.json) <= {"lead_id", "status", "price", "currency", "due_at"}


def test_USE_U6_a_change_is_answered_although_names_cannot_be_read(dataset: Dataset) -> None:
    manager = dataset.callers["manager"]
    path = f"/v1/leads/{dataset.ids['lead_id']}/agent"
    assert manager.put(path, {"user_id": "usr_manager"}).status == 200
    for key in [key for key in configuration._cache if key[0] in (Campaign, Project)]:
        del configuration._cache[key]

    with fault(throttled, on=("BatchGetItem",), table="setup") as fired:
        answer = manager.put(path, {"user_id": "usr_agent"})

    assert (answer.status, answer.json["agent_id"]) == (200, "usr_agent")
    assert answer.json["campaign"] == {"id": "cmp_1", "name": None}
    assert fired
