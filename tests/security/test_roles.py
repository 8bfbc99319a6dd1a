"""The roles `privacy` and `auditor` (ACC-3a, USE-U20)."""

import re
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Service
from chalicelib.core.access import Role
from chalicelib.leads.store import leads
from chalicelib.organisation.domain.configuration import Project
from tests.factories.work import rewrite_user
from tests.harness.api import Caller, add_item
from tests.security.dataset import LEAD, Dataset, routes

PERSON = ("Ada", "2025550147", "202-555-0147", "ada@example.com", "0190")


@pytest.fixture
def auditor(dataset: Dataset) -> Caller:
    """An auditor of prj_1."""
    return dataset.callers["an auditor"]


@pytest.fixture
def officer(dataset: Dataset) -> Caller:
    """A privacy officer of prj_1."""
    return dataset.callers["a privacy officer"]


def _named(text: str) -> list[str]:
    """Return the values of the person in a text. An opaque id may hold the letters of a name by chance."""
    return [word for word in PERSON if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)]


def test_ACC_3a_an_auditor_never_sees_a_person(dataset: Dataset, auditor: Caller) -> None:
    dataset.callers["manager"].get(f"/v1/leads/{dataset.ids['lead_id']}")
    read = []
    for route in routes():
        if route.method != "GET" or route.path.startswith(("/docs", "/v1/openapi")):
            continue
        reply = dataset.ask(auditor, route)
        read.append(reply.status)
        assert _named(reply.text) == [], f"{route.method} {route.path}"
    for path in (f"/v1/changes?subject=lead/{dataset.ids['lead_id']}", "/v1/changes", "/v1/accesses"):
        for more in ("", "csv", "jsonl"):
            suffix = f"{'&' if '?' in path else '?'}format={more}" if more else ""
            reply = auditor.get(path + suffix)
            assert (reply.status, _named(reply.text)) == (200, [])
    assert read.count(200) >= 10


def test_ACC_3a_an_auditor_changes_nothing(dataset: Dataset, auditor: Caller) -> None:
    open_to_all = {"/v1/session", "/v1/session/password", "/v1/session/refresh", "/v1/session/forgot"}
    open_to_all |= {"/v1/session/reset", "/v1/session/totp"}
    for route in routes():
        if route.method == "GET" or route.path in open_to_all or route.path.endswith("/what-if"):
            continue
        assert dataset.ask(auditor, route).status == 403, f"{route.method} {route.path}"


def test_ACC_3a_an_auditor_reads_settings_reports_and_record_of_own_projects(
    dataset: Dataset, auditor: Caller
) -> None:
    own = [
        *("/v1/campaigns", "/v1/campaigns/cmp_1", "/v1/campaigns/cmp_1/findings"),
        *("/v1/campaigns/cmp_1/instructions", "/v1/forecast", "/v1/changes?subject=campaign/cmp_1"),
        *(f"/v1/leads/{dataset.ids['lead_id']}/access", "/v1/projects/prj_1", "/v1/lead-types/lt_1"),
    ]
    foreign = ("/v1/campaigns/cmp_2", "/v1/campaigns/cmp_2/findings", "/v1/changes?subject=campaign/cmp_2")

    assert {path: auditor.get(path).status for path in own} == dict.fromkeys(own, 200)
    assert {path: auditor.get(path).status for path in foreign} == dict.fromkeys(foreign, 404)
    assert [item["id"] for item in auditor.get("/v1/campaigns").json["items"]] == ["cmp_1"]


@pytest.mark.parametrize("path", ["/v1/campaigns/cmp_s", "/v1/campaigns"])
def test_ACC_3a_an_auditor_sees_no_key_in_the_address_of_a_service(
    dataset: Dataset, auditor: Caller, path: str
) -> None:
    options = {"url": "https://provider.example.org/v1?key=zolqui", "method": "GET"}
    services = {"line_type": Service(enabled=True, options=options)}
    add_item(
        Campaign(
            id="cmp_s", version=1, name="S", project_id="prj_1", lead_type_id="lt_1", source="s",
            services=services,
        )
    )  # fmt: skip

    assert "zolqui" in dataset.callers["manager"].get(path).text
    shown = auditor.get(path)
    assert ("zolqui" in shown.text, "provider.example.org" in shown.text) == (False, True)


def test_ACC_3a_a_privacy_officer_reads_all_leads_of_own_projects(dataset: Dataset, officer: Caller) -> None:
    lead_id = dataset.ids["lead_id"]
    foreign = dataset.callers["another source"].post("/v1/campaigns/cmp_2/leads", LEAD).json["lead_id"]

    assert officer.get(f"/v1/leads/{lead_id}").json["person"]["email"] == "ada@example.com"
    assert officer.get("/v1/leads?campaign=cmp_1&person=true").status == 200
    assert officer.get(f"/v1/leads/{foreign}").status == 404


def test_ACC_3a_a_privacy_officer_works_the_desk(dataset: Dataset, officer: Caller) -> None:
    found = officer.post("/v1/contacts/search", {"phone": LEAD["phone"]})
    assert found.status == 200
    assert {"user_id": "usr_privacy", "role": "privacy"} in roles_of(found.json)
    assert officer.post("/v1/contacts/export", {"phone": LEAD["phone"]}).status == 202
    assert officer.post("/v1/blocks", {"phone": "202-555-0191", "project_id": "prj_1"}).status == 201
    body = {"phone": LEAD["phone"], "keep_out": True}
    token = officer.post("/v1/contacts/forget", body).json["confirm"]
    assert officer.post("/v1/contacts/forget", body | {"confirm": token}).status == 200
    facts = leads.get(dataset.ids["lead_id"], clock.now())
    assert facts is not None
    assert facts.erased_at is not None


def roles_of(found: Any) -> list[dict[str, str]]:
    could = found["persons_with_access"]["could"] if "persons_with_access" in found else found["could"]
    return [{name: user[name] for name in ("user_id", "role")} for user in could]


@pytest.mark.parametrize("role", [Role.PRIVACY, Role.AUDITOR])
def test_ACC_3a_all_projects_stay_with_the_admin(dataset: Dataset, role: Role) -> None:
    caller = dataset.api.user(role, "prj_1", user_id="usr_other")
    add_item(Project(id="prj_3", version=1, name="Third"))

    block = {"phone": "202-555-0192", "project_id": None}
    assert caller.post("/v1/blocks", block).status == 403
    assert caller.get("/v1/changes?subject=user/usr_agent").status == 404
    assert caller.get(f"/v1/seals/{dataset.ids['day']}/entries").status == 403
    assert caller.get("/v1/me").json["projects"] == ["prj_1"]


@pytest.mark.parametrize("role", [Role.PRIVACY, Role.AUDITOR])
def test_ACC_3a_no_lead_is_assigned_to_them(dataset: Dataset, role: Role) -> None:
    dataset.api.user(role, "prj_1", user_id="usr_other")
    path = f"/v1/leads/{dataset.ids['lead_id']}/agent"

    assert dataset.callers["manager"].put(path, {"user_id": "usr_other"}).status == 422
    offered = dataset.callers["manager"].get("/v1/projects/prj_1/agents").json
    assert "usr_other" not in str(offered)


def test_ACC_3a_an_admin_invites_both(dataset: Dataset) -> None:
    for role, held in ((Role.PRIVACY, 7), (Role.AUDITOR, 3)):
        body = {"email": f"{role}@example.org", "name": "New", "role": role, "project_ids": ["prj_1"]}
        made = dataset.callers["admin"].post("/v1/users", body)
        assert (made.status, len(made.json["permissions"])) == (201, held)


def test_USE_U11_persons_with_access_have_their_names(dataset: Dataset) -> None:
    manager, path = dataset.callers["manager"], f"/v1/leads/{dataset.ids['lead_id']}"
    manager.get(path)
    reader = dataset.api.user(Role.MANAGER, "prj_1", user_id="usr_gone")
    reader.get(path)
    assert dataset.callers["admin"].post("/v1/users/usr_gone/disable").status in (200, 503)

    shown = manager.get(f"{path}/access").json

    assert {"id": "usr_manager", "name": "A test manager"} in [user["user"] for user in shown["could"]]
    assert {user["user_id"]: user["user"]["name"] for user in shown["did"]} == {
        "usr_manager": "A test manager",
        "usr_gone": "A test manager",
    }


def test_USE_U6_a_lead_names_its_agent_also_a_disabled_one(dataset: Dataset) -> None:
    manager, lead_id = dataset.callers["manager"], dataset.ids["lead_id"]
    rewrite_user("usr_agent", disabled=True)

    (listed,) = [lead for lead in manager.get("/v1/leads?campaign=cmp_1").json["items"] if lead["agent_id"]]
    one = manager.get(f"/v1/leads/{lead_id}").json

    for lead in (listed, one):
        assert (lead["agent_id"], lead["agent"]) == ("usr_agent", {"id": "usr_agent", "name": "A test agent"})
