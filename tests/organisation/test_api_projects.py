"""Projects and lead types over HTTP."""

from typing import Any

import pytest

from chalicelib import clock
from chalicelib.core.access import Permission, Role
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import OutcomeRule, Project
from tests.factories.configuration import (
    EAST,
    WEST,
    confirmed_post,
    create_configuration,
    ledger_actions,
    post_created,
)
from tests.harness.api import ApiHarness, Caller

PROJECTS = "/v1/projects"
TYPES = "/v1/lead-types"
FIELDS: list[dict[str, Any]] = [
    {"key": "phone", "label": "Phone", "kind": "phone", "required": True, "duplicate": True},
    {"key": "loan", "label": "Loan", "kind": "number"},
]


@pytest.fixture
def admin(api: ApiHarness) -> Caller:
    """An admin of an organisation with two projects."""
    create_configuration()
    return api.user(Role.ADMIN)


def test_a_project_starts_with_default_lists(admin: Caller) -> None:
    project = post_created(admin, PROJECTS, {"name": "North", "zone": "America/Denver"})
    assert project["region"] == "US"
    assert project["closing_stages"] == ["closed"]
    assert [rule["outcome"] for rule in project["outcomes"]][:2] == ["won", "lost"]
    assert project["inactivity"] == "P14D"
    assert ledger_actions(f"project/{project['id']}") == [("created", [])]


@pytest.mark.parametrize(
    ("setting", "field"),
    [
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"region": "XX"}, "region"),
        ({"inactivity": "two weeks"}, "inactivity"),
        ({"warning": "P20D"}, "warning"),
        ({"inactivity": "P1D", "warning": "P1D"}, "warning"),
        ({"stages": []}, "stages"),
        ({"stages": ["new", "new"]}, "stages"),
        ({"closing_stages": ["sold"]}, "closing_stages"),
        ({"outcomes": [{"outcome": "won"}, {"outcome": "won"}]}, "outcomes"),
        ({"outcomes": [{"outcome": "won", "retention_days": 0}]}, "outcomes.0.retention_days"),
        ({"name": None}, "name"),
        ({"zone": None}, "zone"),
    ],
)
def test_invalid_settings_are_refused_by_name(admin: Caller, setting: dict[str, Any], field: str) -> None:
    reply = admin.post(PROJECTS, {"name": "North", **setting})
    assert reply.status == 422
    assert field in [entry["field"] for entry in reply.json["error"]["fields"]]


def test_WRK_6_retirement_is_switched_off_and_on_and_keeps_its_warning(admin: Caller) -> None:
    path = f"{PROJECTS}/{WEST}"
    changes: list[dict[str, Any]] = [
        {"inactivity": "P4D", "warning": "P1D"},
        {"inactivity": None},
        {"inactivity": "P2D"},
    ]
    for version, change in enumerate(changes, 1):
        reply = confirmed_post(admin, "PATCH", path, {"version": version, **change})
        assert (reply.status, reply.json["warning"]) == (200, "P1D")
    reply = admin.patch(path, {"version": 4, "inactivity": "P1D"})
    assert [(field["field"], field["code"]) for field in reply.json["error"]["fields"]] == [
        ("warning", "too_large")
    ]


def test_RET_7_outcome_rules_are_confirmed_and_stored(admin: Caller) -> None:
    body = {"version": 1, "outcomes": [{"outcome": "won", "retention_days": 60}, {"outcome": "lost"}]}
    first = admin.patch(f"{PROJECTS}/{WEST}", body)
    assert first.json["effect"]["outcomes"] == {"won": 60}
    assert confirmed_post(admin, "PATCH", f"{PROJECTS}/{WEST}", body).status == 200
    stored_value = configuration.get(Project, WEST, clock.now())
    assert stored_value is not None
    assert stored_value.outcomes == (OutcomeRule("won", 60), OutcomeRule("lost"))


def test_RET_12_a_default_is_confirmed_and_a_repeat_succeeds(admin: Caller) -> None:
    body = {"version": 1, "default_retention": {"days": 30, "rejected_days": 7}}
    token = admin.patch(f"{PROJECTS}/{WEST}", body).json["confirm"]
    answers = [admin.patch(f"{PROJECTS}/{WEST}", body | {"confirm": token}) for _ in range(2)]
    assert [(answer.status, answer.json["version"]) for answer in answers] == [(200, 2), (200, 2)]


def test_RET_12_a_project_with_a_default_is_created_once(admin: Caller) -> None:
    body = {"name": "North", "default_retention": {"days": 30}}
    token = admin.post(PROJECTS, body).json["confirm"]
    answers = [admin.post(PROJECTS, body | {"confirm": token}) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json


def test_RET_12_other_settings_need_no_confirmation(admin: Caller) -> None:
    reply = admin.patch(
        f"{PROJECTS}/{WEST}", {"version": 1, "name": "Solar", "outcomes": [{"outcome": "won"}]}
    )
    assert (reply.status, reply.json["name"]) == (200, "Solar")


def test_RET_13_without_retention_manage_defaults_and_rules_stay(api: ApiHarness, admin: Caller) -> None:
    bare = api.user(Role.MANAGER, WEST, withdrawn=(Permission.RETENTION_MANAGE,))
    rules = [{"outcome": "won", "retention_days": 60}]
    for setting in ({"default_retention": {"days": 30}}, {"outcomes": rules}):
        assert bare.patch(f"{PROJECTS}/{WEST}", {"version": 1, **setting}).status == 403


def test_ACC_4_members_see_only_their_projects(api: ApiHarness, admin: Caller) -> None:
    agent = api.user(Role.AGENT, WEST)
    manager = api.user(Role.MANAGER, WEST)
    assert [project["id"] for project in agent.get(PROJECTS).json["items"]] == [WEST]
    assert agent.get(f"{PROJECTS}/{EAST}").status == 404
    assert manager.patch(f"{PROJECTS}/{EAST}", {"version": 1, "name": "Mine"}).status == 404
    assert agent.patch(f"{PROJECTS}/{WEST}", {"version": 1, "name": "Mine"}).status == 403
    assert manager.post(PROJECTS, {"name": "Mine"}).status == 403
    assert len(admin.get(PROJECTS).json["items"]) == 2


def test_INT_1_a_lead_type_gets_usual_values(admin: Caller) -> None:
    lead_type = post_created(admin, TYPES, {"name": "Loan", "fields": FIELDS})
    phone, loan = lead_type["fields"]
    assert (phone["personal"], phone["duplicate"], phone["required"]) == (True, True, True)
    assert (loan["personal"], loan["duplicate"], loan["retired"]) == (False, False, False)
    assert admin.get(f"{TYPES}/{lead_type['id']}").json == lead_type
    assert [entry["name"] for entry in admin.get(TYPES).json["items"]] == ["Loan", "Solar enquiry"]


def test_INT_1_the_kind_of_a_field_never_changes(admin: Caller) -> None:
    lead_type = post_created(admin, TYPES, {"name": "Loan", "fields": FIELDS})
    fields = [FIELDS[0], {**FIELDS[1], "kind": "text"}]
    reply = admin.patch(f"{TYPES}/{lead_type['id']}", {"version": 1, "fields": fields})
    assert (reply.status, reply.code) == (409, "immutable")
    assert "loan" in reply.json["error"]["message"]


def test_INT_1_fields_are_added_and_retired_but_not_removed(admin: Caller) -> None:
    path = f"{TYPES}/{post_created(admin, TYPES, {'name': 'Loan', 'fields': FIELDS})['id']}"
    removed = admin.patch(path, {"version": 1, "fields": FIELDS[:1]})
    grown = [FIELDS[0], {**FIELDS[1], "retired": True}, {"key": "email", "kind": "email"}]
    taken = admin.patch(path, {"version": 1, "fields": grown})
    assert (removed.status, removed.json["error"]["fields"][0]["field"]) == (422, "fields.loan")
    assert taken.status == 200
    assert [field["retired"] for field in taken.json["fields"]] == [False, True, False]
    assert taken.json["fields"][2]["label"] == "email"


@pytest.mark.parametrize(
    ("field", "named"),
    [
        ({"key": "Phone", "kind": "text"}, "fields.0.key"),
        ({"key": "external_id", "kind": "text"}, "fields.0.key"),
        ({"key": "roof", "kind": "choice"}, "fields.0.choices"),
        ({"key": "roof", "kind": "text", "choices": ["a"]}, "fields.0.choices"),
        ({"key": "roof", "kind": "colour"}, "fields.0.kind"),
        ({"key": "roof"}, "fields.0.kind"),
    ],
)
def test_INT_1_an_invalid_field_is_refused_by_name(admin: Caller, field: dict[str, Any], named: str) -> None:
    reply = admin.post(TYPES, {"name": "Loan", "fields": [field]})
    assert reply.status == 422
    assert named in [entry["field"] for entry in reply.json["error"]["fields"]]
