"""Imports over the API and as Lambda calls them (PRI-18 … PRI-25)."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlparse

import pytest

from chalicelib import clock
from chalicelib.core.access import Permission, Role
from chalicelib.imports.domain.import_job import ImportKind, Upload
from chalicelib.imports.handlers.import_contacts import import_contacts
from chalicelib.imports.handlers.import_leads import import_leads
from chalicelib.imports.usecases.register_upload import register_upload
from chalicelib.imports.usecases.run_import import ImportRun, continue_imports, run_import
from tests.factories.imports import bucket, create_bucket, keys, s3_client
from tests.factories.leads import create_lead, create_organisation
from tests.harness.api import ApiHarness, Caller

ONE = "+12025550101"
NEW = {"kind": "block", "scope": "prj_1", "filename": "a.csv", "size": 100}
SHIFT = ImportRun(clock.now, lambda: True)


@pytest.fixture
def manager(api: ApiHarness) -> Caller:
    create_organisation(now=clock.now())
    create_bucket()
    return api.user(Role.MANAGER, "prj_1")


def upload(started: dict[str, Any], content: str, sequencer: str = "01") -> None:
    """Upload the file with the form, and run the function for it."""
    key = started["upload"]["fields"]["key"]
    etag = s3_client().put_object(Bucket=bucket(), Key=key, Body=content.encode())["ETag"].strip('"')
    job = register_upload(Upload(bucket(), key, etag, sequencer, len(content)), clock.now())
    assert job is not None
    run_import(job.id, SHIFT)


def test_PRI_18_a_user_gets_a_form_for_one_key_type_and_size(manager: Caller) -> None:
    reply = manager.post("/v1/imports", NEW)

    assert reply.status == 201
    form, job_id = reply.json["upload"], reply.json["job_id"]
    assert form["fields"]["key"] == f"imports/block/prj_1/{job_id}.csv"
    assert form["fields"]["Content-Type"] == "text/csv"
    assert bucket() in form["url"]
    waiting = manager.get(f"/v1/imports/{job_id}").json
    assert (waiting["state"], waiting["kind"], waiting["scope"]) == ("waiting", "block", "prj_1")


def test_PRI_18_the_form_binds_size_key_and_type(manager: Caller) -> None:
    form = manager.post("/v1/imports", NEW).json["upload"]

    policy = json.loads(base64.b64decode(form["fields"]["policy"]))
    assert ["content-length-range", 1, 100] in policy["conditions"]
    assert {"key": form["fields"]["key"]} in policy["conditions"]
    assert {"Content-Type": "text/csv"} in policy["conditions"]


def test_PRI_22_an_import_of_a_user_shows_counts_and_result(manager: Caller) -> None:
    started = manager.post("/v1/imports", NEW).json
    upload(started, f"Phone\n{ONE}\nx\n")

    job = manager.get(f"/v1/imports/{started['job_id']}").json

    assert job["state"] == "done"
    assert job["rows"] == {
        "read": 2,
        "of": 3,
        "by_verdict": {"blocked": 1, "invalid": 1},
        "invalid_by_reason": {"not_a_number": 1},
    }
    assert job["bytes"] == {"done": 21, "of": 21}
    assert job["format"] == {"delimiter": "comma", "header": True, "contact_columns": [1]}
    assert job["by"]["kind"] == "user"
    assert urlparse(job["result_url"]).path.endswith(f"results/{started['job_id']}.csv")
    assert ONE not in manager.get("/v1/imports").text
    assert [item["job_id"] for item in manager.get("/v1/imports").json["items"]] == [started["job_id"]]


def test_PRI_19_a_second_file_with_one_form_is_another_import(manager: Caller) -> None:
    started = manager.post("/v1/imports", NEW).json
    upload(started, f"{ONE}\n")
    upload(started, f"{ONE}\n", "02")

    jobs = manager.get("/v1/imports").json["items"]
    assert len(jobs) == 2
    assert {(job["state"], job["by"]["kind"]) for job in jobs} == {("done", "user")}


@pytest.mark.parametrize(
    ("kind", "scope", "withdrawn"),
    [
        ("block", "prj_1", Permission.PRIVACY_BLOCK),
        ("unblock", "prj_1", Permission.PRIVACY_BLOCK),
        ("forget", "prj_1", Permission.PRIVACY_FORGET),
        ("leads", "cmp_1", Permission.LEADS_ASSIGN),
        ("block", "prj_1", Permission.IMPORTS_MANAGE),
    ],
)
def test_ACC_3_each_kind_needs_its_permission(
    api: ApiHarness, manager: Caller, kind: str, scope: str, withdrawn: Permission
) -> None:
    more = {"keep_out": False} if kind == "forget" else {}
    body = NEW | {"kind": kind, "scope": scope} | more

    assert manager.post("/v1/imports", body).status == 201
    assert api.user(Role.MANAGER, "prj_1", withdrawn=(withdrawn,)).post("/v1/imports", body).status == 403
    assert api.user(Role.AGENT, "prj_1").post("/v1/imports", body).status == 403


def test_ACC_4_an_import_of_another_project_does_not_exist(api: ApiHarness, manager: Caller) -> None:
    foreign = api.user(Role.MANAGER, "prj_2")
    job_id = manager.post("/v1/imports", NEW).json["job_id"]

    assert foreign.post("/v1/imports", NEW).status == 404
    assert foreign.post("/v1/imports", NEW | {"kind": "leads", "scope": "cmp_1"}).status == 404
    assert foreign.get(f"/v1/imports/{job_id}").status == 404
    assert foreign.post(f"/v1/imports/{job_id}/cancel").status == 404
    assert foreign.post(f"/v1/imports/{job_id}/confirm", {}).status == 404
    assert foreign.get("/v1/imports").json["items"] == []
    assert manager.post("/v1/imports", NEW | {"scope": "*"}).status == 403
    assert api.user(Role.ADMIN).post("/v1/imports", NEW | {"scope": "*"}).status == 201


@pytest.mark.parametrize(
    "bad",
    [
        {"size": 1024**3 + 1},
        {"size": 0},
        {"kind": "other"},
        {"keep_out": True},
        {"kind": "forget"},
        {"scope": "../x"},
        {"filename": ""},
    ],
)
def test_PRI_24_an_invalid_import_is_refused(manager: Caller, bad: dict[str, Any]) -> None:
    assert manager.post("/v1/imports", NEW | bad).status == 422


def test_PRI_11_a_counted_forget_is_confirmed_with_its_token(api: ApiHarness, manager: Caller) -> None:
    create_lead(now=clock.now())
    started = manager.post("/v1/imports", NEW | {"kind": "forget", "keep_out": True}).json
    path = f"/v1/imports/{started['job_id']}"
    upload(started, "202-555-0147\n")

    waiting = manager.get(path).json
    assert waiting["state"] == "awaiting_confirmation"
    assert (waiting["effect"]["leads"], waiting["effect"]["keep_out"]) == (1, True)
    first_reply = manager.post(f"{path}/confirm", {})
    assert (first_reply.status, first_reply.code) == (409, "confirmation_required")
    other = api.user(Role.MANAGER, "prj_1")
    assert other.post(f"{path}/confirm", {"confirm": waiting["confirm"]}).status == 409

    confirmed = manager.post(f"{path}/confirm", {"confirm": waiting["confirm"]})
    assert (confirmed.status, confirmed.json["state"]) == (202, "running")
    continue_imports(ImportKind.BLOCK, SHIFT)

    after = manager.get(path).json
    assert (after["state"], after["rows"]["by_verdict"]) == ("done", {"forgotten": 1})
    assert manager.post("/v1/blocks/search", {"phone": "202-555-0147"}).json["items"][0]["number"] is None
    repeated = manager.post(f"{path}/confirm", {"confirm": waiting["confirm"]})
    assert (repeated.status, repeated.json["state"]) == (202, "done")
    assert manager.post(f"{path}/confirm", {}).code == "nothing_to_confirm"
    assert other.post(f"{path}/confirm", {"confirm": waiting["confirm"]}).code == "nothing_to_confirm"


def test_PRI_22_a_waiting_import_is_cancelled_and_its_file_not_read(manager: Caller) -> None:
    started = manager.post("/v1/imports", NEW).json

    assert manager.post(f"/v1/imports/{started['job_id']}/cancel").json["state"] == "cancelled"
    assert manager.post(f"/v1/imports/{started['job_id']}/cancel").status == 409
    key = started["upload"]["fields"]["key"]
    etag = s3_client().put_object(Bucket=bucket(), Key=key, Body=b"x")["ETag"].strip('"')
    assert register_upload(Upload(bucket(), key, etag, "01", 1), clock.now()) is None
    assert keys() == []


def test_PRI_22_imports_are_listed_newest_first_in_pages(api: ApiHarness, manager: Caller) -> None:
    created = [manager.post("/v1/imports", NEW).json["job_id"] for _ in range(3)]
    admin = api.user(Role.ADMIN)

    first = admin.get("/v1/imports?limit=2").json
    second = admin.get(f"/v1/imports?limit=2&cursor={first['next']}").json

    assert sorted(item["job_id"] for item in first["items"] + second["items"]) == sorted(created)
    assert second["next"] is None


def event_of(key: str, content: str) -> dict[str, Any]:
    """Return the event that S3 sends for a file."""
    etag = s3_client().put_object(Bucket=bucket(), Key=key, Body=content.encode())["ETag"].strip('"')
    detail = {
        "bucket": {"name": bucket()},
        "object": {"key": key, "etag": etag, "size": len(content), "sequencer": "0A"},
    }
    return {"source": "aws.s3", "detail-type": "Object Created", "detail": detail} | ENVELOPE


ENVELOPE = {
    "version": "0",
    "account": "123456789012",
    "region": "us-east-1",
    "time": "2026-01-01T00:00:00Z",
    "id": "1",
    "resources": [],
}
TICK = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}} | ENVELOPE


@pytest.mark.parametrize(
    ("function", "key", "content"),
    [
        (import_contacts, "imports/block/prj_1/my list.csv", f"{ONE}\n"),
        (import_leads, "imports/leads/cmp_1/x.csv", "phone\n202-555-0142\n"),
    ],
)
def test_PRI_18_a_file_put_in_the_bucket_is_imported(
    manager: Caller, function: Callable[..., None], key: str, content: str
) -> None:
    function(event_of(key, content), Context())

    job = manager.get("/v1/imports").json["items"][0]
    assert (job["state"], job["by"]) == ("done", {"kind": "system", "id": "bucket", "name": None})
    assert "my list" not in json.dumps(job)
    function(TICK, Context())


class Context:
    """The context that Lambda passes besides the event."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left."""
        return 900_000
