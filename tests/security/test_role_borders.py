"""Who could and did read a person, by name, and what the roles `privacy` and `auditor` may not (USE-U11, USE-U20)."""

from typing import Any

import pytest

from chalicelib import clock
from chalicelib.core.access import Permission, Role
from chalicelib.core.times import iso
from chalicelib.organisation import store as configuration
from tests.factories.work import rewrite_user
from tests.harness.api import Caller, Reply
from tests.security.dataset import LEAD, Dataset

EVERY_ROLE = {
    "usr_admin": ("A test admin", "admin", "admin"),
    "usr_manager": ("A test manager", "manager", "manager of prj_1"),
    "usr_privacy": ("A test privacy", "privacy", "privacy of prj_1"),
}


def access_of(dataset: Dataset, caller: str = "manager") -> Any:
    return dataset.callers[caller].get(f"/v1/leads/{dataset.ids['lead_id']}/access").json


def could(dataset: Dataset) -> dict[str, tuple[str, str, str]]:
    return {
        user["user_id"]: (user["user"]["name"], user["role"], user["because"])
        for user in access_of(dataset)["could"]
    }


def test_USE_U11_each_role_has_its_name_and_its_reason(dataset: Dataset) -> None:
    shown = could(dataset)

    assert {user: shown[user] for user in EVERY_ROLE} == EVERY_ROLE
    agent = shown["usr_agent"]
    assert (agent[0], agent[1], agent[2].split(" of ")[0]) == ("A test agent", "agent", "agent")


def test_USE_U11_who_may_not_read_is_not_named(dataset: Dataset) -> None:
    dataset.api.user(Role.AGENT, "prj_1", user_id="usr_idle")
    dataset.api.user(
        Role.MANAGER,
        "prj_1",
        user_id="usr_narrow",
        withdrawn=(Permission.LEADS_READ, Permission.PRIVACY_SEARCH, Permission.PRIVACY_EXPORT),
    )
    dataset.api.user(Role.MANAGER, "prj_1", user_id="usr_disabled", disabled=True)

    names = could(dataset).keys()

    assert not names & {"usr_idle", "usr_narrow", "usr_disabled", "usr_auditor", "usr_foreign"}


@pytest.mark.parametrize("asking", ["manager", "admin", "an auditor", "a privacy officer"])
def test_USE_U11_everyone_who_may_read_the_record_sees_the_names(dataset: Dataset, asking: str) -> None:
    path = f"/v1/leads/{dataset.ids['lead_id']}"
    dataset.callers["manager"].get(path)

    shown = access_of(dataset, asking)

    assert "A test manager" in [user["user"]["name"] for user in shown["could"]]
    (read,) = [user for user in shown["did"] if user["user_id"] == "usr_manager"]
    assert (read["user"]["name"], read["count"]) == ("A test manager", 1)


@pytest.mark.parametrize("asking", ["agent", "a foreign manager", "source", "nobody"])
def test_USE_U11_nobody_else_sees_them(dataset: Dataset, asking: str) -> None:
    reply = dataset.callers[asking].get(f"/v1/leads/{dataset.ids['lead_id']}/access")

    assert reply.status in (401, 403, 404)
    assert "A test" not in reply.text


def test_USE_U11_the_last_time_and_the_number_count_each_reading(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager, now = dataset.callers["manager"], clock.now()
    for second in (10, 20, 30):
        monkeypatch.setattr(clock, "now", lambda second=second: now + second)
        manager.get(f"/v1/leads/{dataset.ids['lead_id']}")

    (read,) = [user for user in access_of(dataset)["did"] if user["user_id"] == "usr_manager"]

    assert (read["count"], read["last_at"]) == (3, iso(now + 30))


def test_USE_U11_the_desk_s_search_names_them_too(dataset: Dataset) -> None:
    dataset.callers["a privacy officer"].post("/v1/contacts/search", {"phone": LEAD["phone"]})

    found = dataset.callers["manager"].post("/v1/contacts/search", {"phone": LEAD["phone"]}).json
    users = found["persons_with_access"]

    assert {"A test admin", "A test manager", "A test privacy"} <= {
        user["user"]["name"] for user in users["could"]
    }
    assert "A test privacy" in [user["user"]["name"] for user in users["did"]]


def test_USE_U11_a_renamed_user_has_the_name_of_today(dataset: Dataset) -> None:
    dataset.callers["manager"].get(f"/v1/leads/{dataset.ids['lead_id']}")
    rewrite_user("usr_manager", name="Mia Manager")
    configuration.clear_cache()

    shown = access_of(dataset)

    assert {user["user"]["name"] for kind in ("could", "did") for user in shown[kind]} >= {"Mia Manager"}
    assert "A test manager" not in str(shown)


SET_UP: list[tuple[str, str, dict[str, Any]]] = [
    ("PATCH", "/v1/organisation", {"version": 0, "name": "Another"}),
    ("POST", "/v1/projects", {"name": "Cars"}),
    ("PATCH", "/v1/projects/prj_1", {"version": 1, "name": "Cars"}),
    ("POST", "/v1/lead-types", {"name": "Car", "fields": [{"key": "phone", "kind": "phone"}]}),
    ("PATCH", "/v1/lead-types/lt_1", {"version": 1, "name": "Car"}),
    ("PATCH", "/v1/campaigns/cmp_1", {"version": 1, "name": "Portal"}),
    ("POST", "/v1/credentials", {"name": "Site", "campaign_ids": ["cmp_1"]}),
    ("POST", "/v1/users", {"email": "new@example.com", "name": "New", "role": "agent"}),
    ("PATCH", "/v1/users/usr_agent", {"version": 1, "role": "admin"}),
    ("POST", "/v1/users/usr_agent/disable", {}),
    ("POST", "/v1/imports", {"kind": "leads", "scope": "cmp_1", "filename": "a.csv", "size": 100}),
]
WORK: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/v1/campaigns/cmp_1/leads", LEAD),
    ("PATCH", "/v1/leads/{}", {"version": 1, "person": {"first_name": "Grace"}}),
    ("POST", "/v1/leads/{}/activities", {"comment": "Asked for a call."}),
    ("PUT", "/v1/leads/{}/stage", {"stage": "contacted"}),
    ("PUT", "/v1/leads/{}/outcome", {"outcome": "won"}),
    ("PUT", "/v1/leads/{}/agent", {"user_id": "usr_agent"}),
    ("POST", "/v1/leads/{}/reconsider", {}),
    ("POST", "/v1/leads/{}/release", {}),
]


def send(dataset: Dataset, caller: Caller, method: str, path: str, body: dict[str, Any]) -> Reply:
    return caller(method, path.format(dataset.ids["lead_id"]), body)


@pytest.mark.parametrize(("method", "path", "body"), SET_UP, ids=[f"{one[0]} {one[1]}" for one in SET_UP])
@pytest.mark.parametrize("role", ["a privacy officer", "an auditor"])
def test_USE_U20_neither_role_has_set_up_rights(
    dataset: Dataset, role: str, method: str, path: str, body: dict[str, Any]
) -> None:
    assert send(dataset, dataset.callers[role], method, path, body).status == 403


@pytest.mark.parametrize(("method", "path", "body"), WORK, ids=[f"{one[0]} {one[1]}" for one in WORK])
@pytest.mark.parametrize("role", ["a privacy officer", "an auditor"])
def test_USE_U20_neither_role_works_leads(
    dataset: Dataset, role: str, method: str, path: str, body: dict[str, Any]
) -> None:
    assert send(dataset, dataset.callers[role], method, path, body).status == 403


DESK: list[tuple[str, dict[str, Any]]] = [
    ("/v1/contacts/search", {"phone": LEAD["phone"]}),
    ("/v1/contacts/export", {"phone": LEAD["phone"]}),
    ("/v1/contacts/forget", {"phone": LEAD["phone"], "keep_out": True}),
    ("/v1/leads/{}/forget", {"keep_out": True}),
    ("/v1/blocks", {"phone": "202-555-0191", "project_id": "prj_1"}),
    ("/v1/blocks/search", {"phone": "202-555-0191"}),
    ("/v1/requests", {"kind": "access"}),
]


@pytest.mark.parametrize(("path", "body"), DESK, ids=[path for path, _ in DESK])
def test_USE_U20_the_desk_is_the_privacy_officer_s_and_not_the_auditor_s(
    dataset: Dataset, path: str, body: dict[str, Any]
) -> None:
    officer, auditor = (
        send(dataset, dataset.callers[role], "POST", path, body)
        for role in ("a privacy officer", "an auditor")
    )

    assert auditor.status == 403
    assert officer.status in (200, 201, 202) or officer.code == "confirmation_required"


@pytest.mark.parametrize("role", [Role.PRIVACY, Role.AUDITOR])
@pytest.mark.parametrize("before", [Role.MANAGER, Role.AGENT])
def test_USE_U20_a_user_who_becomes_one_loses_the_rest(dataset: Dataset, role: Role, before: Role) -> None:
    caller = dataset.api.user(before, "prj_1", user_id="usr_changed")
    changed = dataset.callers["admin"].patch("/v1/users/usr_changed", {"version": 1, "role": role})
    configuration.clear_cache()

    assert (changed.status, changed.json["role"]) == (200, role)
    me = caller.get("/v1/me").json
    assert "leads.work" not in me["permissions"]
    assert "campaigns.manage" not in me["permissions"]
    assert caller.patch("/v1/campaigns/cmp_1", {"version": 1, "name": "Portal"}).status == 403


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        (Role.PRIVACY, Permission.PRIVACY_SEARCH),
        (Role.PRIVACY, Permission.PRIVACY_BLOCK),
        (Role.AUDITOR, Permission.CONFIGURATION_READ),
        (Role.AUDITOR, Permission.AUDIT_READ),
    ],
)
def test_USE_U20_their_permissions_are_withdrawn_like_others(
    dataset: Dataset, role: Role, permission: Permission
) -> None:
    caller = dataset.api.user(role, "prj_1", user_id="usr_less", withdrawn=(permission,))
    asked = {
        Permission.PRIVACY_SEARCH: ("POST", "/v1/contacts/search", {"phone": LEAD["phone"]}),
        Permission.PRIVACY_BLOCK: ("GET", "/v1/blocks?project=prj_1", None),
        Permission.CONFIGURATION_READ: ("GET", "/v1/campaigns/cmp_1", None),
        Permission.AUDIT_READ: ("GET", "/v1/changes", None),
    }

    assert caller(*asked[permission]).status == 403


@pytest.mark.parametrize("role", ["privacy", "auditor"])
@pytest.mark.parametrize("permission", ["campaigns.manage", "users.manage", "leads.work", "leads.assign"])
def test_USE_U20_no_further_permission_can_be_given_to_them(
    dataset: Dataset, role: str, permission: str
) -> None:
    body = {"email": "new@example.org", "name": "New", "role": role, "project_ids": ["prj_1"]}

    reply = dataset.callers["admin"].post("/v1/users", body | {"withdrawn": [permission]})

    assert reply.status == 422
