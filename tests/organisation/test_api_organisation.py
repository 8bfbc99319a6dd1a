"""The organisation's settings over HTTP."""

from typing import Any

import pytest

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Role
from tests.factories.configuration import SOLAR, WEST, create_configuration, ledger_actions
from tests.harness.api import ApiHarness, Caller, add_item

PATH = "/v1/organisation"


@pytest.fixture
def admin(api: ApiHarness) -> Caller:
    """An admin of an organisation without settings."""
    return api.user(Role.ADMIN)


def test_settings_have_defaults_until_they_are_changed(admin: Caller) -> None:
    before = admin.get(PATH).json
    after = admin.patch(PATH, {"version": 0, "name": "Acme", "max_lag": "PT0S"}).json
    repeated = admin.patch(PATH, {"version": 1, "categories": ["Home"], "groups": ["Brand"]}).json
    assert (before["version"], before["max_lag"]) == (0, "PT6H")
    assert (after["version"], after["name"], after["max_lag"]) == (1, "Acme", "PT0S")
    assert (repeated["version"], repeated["name"], repeated["categories"]) == (2, "Acme", ["Home"])
    assert admin.get(PATH).json == repeated
    assert ledger_actions("organisation/organisation") == [
        ("changed", ["name", "max_lag"]),
        ("changed", ["categories", "groups"]),
    ]


def test_every_user_reads_and_only_admins_change(api: ApiHarness, admin: Caller) -> None:
    agent = api.user(Role.AGENT)
    assert agent.get(PATH).status == 200
    assert agent.patch(PATH, {"version": 0, "name": "Mine"}).status == 403
    assert api.stranger().get(PATH).status == 401
    assert api.source("cmp_1").get(PATH).status == 403


def test_INT_3_own_statuses_are_added_to_the_fixed_ones(admin: Caller) -> None:
    taken = admin.patch(PATH, {"version": 0, "statuses": ["paused"]}).json
    refused = admin.patch(PATH, {"version": 1, "statuses": ["paused", "active"]})
    assert taken["campaign_statuses"][0] == "active"
    assert taken["campaign_statuses"][-1] == "paused"
    assert (refused.status, refused.json["error"]["fields"][0]["field"]) == (422, "statuses")


def test_INT_3_a_status_in_use_cannot_be_removed(admin: Caller) -> None:
    create_configuration()
    admin.patch(PATH, {"version": 0, "statuses": ["paused"]})
    base: dict[str, Any] = {"name": "C", "project_id": WEST, "lead_type_id": SOLAR, "source": "s"}
    add_item(Campaign(id="cmp_1", version=1, status="paused", **base))
    assert admin.patch(PATH, {"version": 1, "statuses": []}).code == "status_in_use"


def test_a_concurrent_first_change_is_a_version_conflict(admin: Caller) -> None:
    codes = [admin.patch(PATH, {"version": 0, "name": name}).status for name in ("A", "B")]
    assert codes == [200, 409]


@pytest.mark.parametrize(
    "setting",
    [
        {"max_lag": "PT72H"},
        {"max_lag": "soon"},
        {"zone": "x"},
        {"region": "us"},
        {"changes_kept_days": 0},
        {"name": ""},
        {"statuses": ["Paused"]},
        {"categories": ["a", "a"]},
        {"colour": "red"},
    ],
)
def test_values_out_of_range_are_refused_by_name(admin: Caller, setting: dict[str, Any]) -> None:
    reply = admin.patch(PATH, {"version": 0, **setting})
    assert reply.status == 422
    assert reply.json["error"]["fields"][0]["field"].split(".")[0] == next(iter(setting))


def test_a_patch_without_changes_writes_nothing(admin: Caller) -> None:
    admin.patch(PATH, {"version": 0, "name": "Acme"})
    assert admin.patch(PATH, {"version": 1, "name": "Acme"}).json["version"] == 1
    assert len(ledger_actions("organisation/organisation")) == 1
