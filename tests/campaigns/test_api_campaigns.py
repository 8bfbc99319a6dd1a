"""Campaigns over HTTP: their parts, fixed settings, confirmations."""

from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws import secrets
from chalicelib.aws.dynamodb import counters
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.passwords import password_hash
from chalicelib.core.access import Permission, Role
from chalicelib.core.retention import Policy
from chalicelib.ledger import store as ledger
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Organisation
from chalicelib.organisation.domain.sorted_values import MAX_CHARACTERS
from chalicelib.users.domain.users import User
from tests.factories.configuration import (
    CAMPAIGN,
    EAST,
    SOLAR,
    WEST,
    confirmed_post,
    create_configuration,
    ledger_actions,
    post_created,
)
from tests.harness.api import ApiHarness, Caller, add_credential, add_item

CAMPAIGNS = "/v1/campaigns"


@pytest.fixture
def manager(api: ApiHarness) -> Caller:
    """A manager of the western project."""
    create_configuration()
    return api.user(Role.MANAGER, WEST, user_id="usr_west")


@pytest.fixture
def campaign(manager: Caller) -> Any:
    """A campaign without retention."""
    return post_created(manager, CAMPAIGNS, CAMPAIGN)


def path_of(campaign: Any) -> str:
    return f"{CAMPAIGNS}/{campaign['id']}"


def stored_campaign(campaign_id: str) -> Campaign:
    current = configuration.get(Campaign, campaign_id, clock.now())
    assert current is not None
    return current


def test_INT_2_a_campaign_is_created_and_read_back(manager: Caller, campaign: Any) -> None:
    read = manager.get(path_of(campaign)).json
    assert campaign["version"] == 1
    assert campaign["id"].startswith("cmp_")
    assert {name: read[name] for name in CAMPAIGN} == CAMPAIGN
    assert read["channel"] == "web"
    assert read["status"] == "active"
    assert read["currency"] == "USD"
    assert read["retention"] == {"days": None, "rejected_days": None}
    assert ledger_actions(f"campaign/{campaign['id']}") == [("created", [])]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("project_id", EAST),
        ("lead_type_id", "lt_other"),
        ("source", "other.example.org"),
        ("channel", "calls"),
    ],
)
def test_INT_2_changing_a_fixed_setting_is_refused_by_name(
    manager: Caller, campaign: Any, name: str, value: str
) -> None:
    reply = manager.patch(path_of(campaign), {"version": 1, "name": "Other", name: value})
    assert (reply.status, reply.code) == (409, "immutable")
    assert [field["field"] for field in reply.json["error"]["fields"]] == [name]
    assert stored_campaign(campaign["id"]).version == 1


def test_INT_2_the_name_can_change_and_fixed_settings_be_repeated(manager: Caller, campaign: Any) -> None:
    reply = manager.patch(path_of(campaign), {"version": 1, "name": "Other", "source": CAMPAIGN["source"]})
    assert (reply.status, reply.json["name"], reply.json["version"]) == (200, "Other", 2)
    assert ledger_actions(f"campaign/{campaign['id']}")[1:] == [("changed", ["name"])]


def test_INT_3_a_status_is_fixed_or_from_the_organisation(manager: Caller, campaign: Any) -> None:
    refused = manager.patch(path_of(campaign), {"version": 1, "status": "paused"})
    add_item(Organisation(version=1, statuses=("paused",)))
    taken = manager.patch(path_of(campaign), {"version": 1, "status": "paused"})
    assert (refused.status, refused.json["error"]["fields"][0]["field"]) == (422, "status")
    assert (taken.status, taken.json["status"]) == (200, "paused")


@pytest.mark.parametrize("price", ["-1", "1e3", "", "free", -15, 0.12345, "0.12345"])
def test_INT_4_a_price_is_a_decimal_string_from_zero(manager: Caller, price: Any) -> None:
    furnished = manager.post(CAMPAIGNS, CAMPAIGN | {"price": price})
    assert furnished.status == 422
    assert furnished.json["error"]["fields"][0]["field"] == "price"


def test_INT_4_zero_is_not_the_same_as_unset(manager: Caller) -> None:
    free = post_created(manager, CAMPAIGNS, CAMPAIGN | {"price": "0"})
    unset = post_created(manager, CAMPAIGNS, CAMPAIGN | {"price": None})
    assert (free["price"], unset["price"]) == ("0", None)
    assert "price_unset" not in codes(free)
    assert "price_unset" in codes(unset)


def codes(campaign: Any) -> list[str]:
    return [finding["code"] for finding in campaign["findings"]]


def test_INT_5_requiring_authentication_needs_a_credential(manager: Caller, campaign: Any) -> None:
    refused = manager.patch(path_of(campaign), {"version": 1, "require_authentication": True})
    add_credential(campaign["id"])
    taken = manager.patch(path_of(campaign), {"version": 1, "require_authentication": True})
    assert (refused.status, refused.code) == (409, "no_credential")
    assert (taken.status, taken.json["require_authentication"]) == (200, True)


def test_INT_5_a_password_is_stored_as_a_keyed_hash(manager: Caller, campaign: Any) -> None:
    reply = manager.patch(path_of(campaign), {"version": 1, "password": "open sesame"})
    assert reply.json["password_set"] is True
    assert "sesame" not in reply.text
    stored_value = stored_campaign(campaign["id"]).password_hash
    assert stored_value == password_hash(secrets.identity_key(), campaign["id"], "open sesame")
    entry = ledger.list_subject(f"campaign/{campaign['id']}", clock.now())[-1]
    assert [(field.name, field.before, field.after) for field in entry.fields] == [
        ("password_hash", None, None)
    ]


def test_INT_5_a_password_can_be_removed(manager: Caller) -> None:
    stored_value = post_created(manager, CAMPAIGNS, CAMPAIGN | {"password": "open sesame"})
    gone = manager.patch(path_of(stored_value), {"version": 1, "password": None})
    assert (stored_value["password_set"], gone.json["password_set"]) == (True, False)


def test_RET_12_setting_a_retention_needs_a_confirmation(manager: Caller, campaign: Any) -> None:
    body = {"version": 1, "retention": {"days": 10, "rejected_days": 3}}
    first = manager.patch(path_of(campaign), body)
    assert (first.status, first.code) == (409, "confirmation_required")
    effect = first.json["effect"]
    assert (effect["days"], effect["days_before"], effect["rejected_days"]) == (10, None, 3)
    assert "earlier leads keep their retention" in effect["summary"]
    assert stored_campaign(campaign["id"]).version == 1
    second = manager.patch(path_of(campaign), body | {"confirm": first.json["confirm"]})
    assert (second.status, second.json["retention"]) == (200, {"days": 10, "rejected_days": 3})
    entry = ledger.list_subject(f"campaign/{campaign['id']}", clock.now())[-1]
    assert entry.detail == {"effect": effect["summary"]}


def test_RET_12_a_confirmed_change_repeated_after_a_lost_answer_succeeds(
    manager: Caller, campaign: Any
) -> None:
    body = {"version": 1, "retention": {"days": 10}}
    token = manager.patch(path_of(campaign), body).json["confirm"]
    answers = [manager.patch(path_of(campaign), body | {"confirm": token}) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert {answer.json["version"] for answer in answers} == {2}
    assert len(ledger_actions(f"campaign/{campaign['id']}")) == 2


def test_RET_12_a_token_is_for_its_days_and_its_user(api: ApiHarness, manager: Caller, campaign: Any) -> None:
    other = api.user(Role.MANAGER, WEST)
    token = manager.patch(path_of(campaign), {"version": 1, "retention": {"days": 10}}).json["confirm"]
    longer = manager.patch(path_of(campaign), {"version": 1, "retention": {"days": 99}, "confirm": token})
    foreign = other.patch(path_of(campaign), {"version": 1, "retention": {"days": 10}, "confirm": token})
    assert [longer.code, foreign.code] == ["confirmation_required"] * 2
    assert stored_campaign(campaign["id"]).retention == Policy()


def test_RET_12_a_token_is_void_once_the_campaign_changed(manager: Caller, campaign: Any) -> None:
    body = {"version": 1, "retention": {"days": 10}}
    token = manager.patch(path_of(campaign), body).json["confirm"]
    manager.patch(path_of(campaign), {"version": 1, "name": "Other"})
    assert manager.patch(path_of(campaign), body | {"confirm": token}).code == "version_conflict"
    assert (
        manager.patch(path_of(campaign), body | {"version": 2, "confirm": token}).code
        == "confirmation_required"
    )


def test_RET_12_removing_a_retention_needs_a_confirmation(manager: Caller) -> None:
    stored_value = confirmed_post(manager, "POST", CAMPAIGNS, CAMPAIGN | {"retention": {"days": 40}}).json
    gone = confirmed_post(
        manager, "PATCH", path_of(stored_value), {"version": 1, "retention": {"days": None}}
    )
    assert gone.json["retention"] == {"days": None, "rejected_days": None}


def test_RET_12_repeated_creation_with_a_policy_makes_one_campaign(
    manager: Caller,
) -> None:
    body = CAMPAIGN | {"retention": {"days": 40}}
    token = manager.post(CAMPAIGNS, body).json["confirm"]
    answers = [manager.post(CAMPAIGNS, body | {"confirm": token}) for _ in range(3)]
    assert [answer.status for answer in answers] == [201, 201, 201]
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len(configuration.list_all(Campaign)) == 1


@pytest.mark.parametrize("days", [0, 3651, -1, 1.5, "10", True])
def test_RET_1_days_are_whole_from_1_to_3650(manager: Caller, days: Any) -> None:
    reply = manager.post(CAMPAIGNS, CAMPAIGN | {"retention": {"days": days}})
    assert reply.status == 422
    assert reply.json["error"]["fields"][0]["field"] == "retention.days"


@pytest.mark.parametrize("days", [1, 3650])
def test_RET_1_both_limits_are_accepted(manager: Caller, days: int) -> None:
    reply = confirmed_post(manager, "POST", CAMPAIGNS, CAMPAIGN | {"retention": {"days": days}})
    assert reply.json["retention"]["days"] == days


def test_RET_2_a_new_campaign_gets_the_project_s_default(api: ApiHarness) -> None:
    create_configuration(default_retention=Policy(40, 7))
    manager = api.user(Role.MANAGER, WEST)
    inherited = confirmed_post(manager, "POST", CAMPAIGNS, CAMPAIGN)
    own = confirmed_post(manager, "POST", CAMPAIGNS, CAMPAIGN | {"retention": {"days": None}})
    assert inherited.json["retention"] == {"days": 40, "rejected_days": 7}
    assert own.json["retention"] == {"days": None, "rejected_days": None}


def test_RET_13_without_retention_manage_the_policy_is_read_only(api: ApiHarness) -> None:
    create_configuration()
    bare = api.user(Role.MANAGER, WEST, withdrawn=(Permission.RETENTION_MANAGE,))
    refused = bare.post(CAMPAIGNS, CAMPAIGN | {"retention": {"days": 10}})
    campaign = post_created(bare, CAMPAIGNS, CAMPAIGN)
    changed = bare.patch(path_of(campaign), {"version": 1, "retention": {"days": 10}})
    assert [refused.status, changed.status] == [403, 403]
    assert bare.get(path_of(campaign)).json["retention"] == {"days": None, "rejected_days": None}


def test_RET_17_a_retention_below_the_duplicate_window_warns(manager: Caller) -> None:
    short = confirmed_post(
        manager, "POST", CAMPAIGNS, CAMPAIGN | {"retention": {"days": 29, "rejected_days": 30}}
    ).json
    long = confirmed_post(manager, "PATCH", path_of(short), {"version": 1, "retention": {"days": 30}}).json
    warned = [
        finding for finding in short["findings"] if finding["code"] == "retention_below_duplicate_window"
    ]
    assert [finding["field"] for finding in warned] == ["retention.days"]
    assert warned[0]["severity"] == "warning"
    assert "retention_below_duplicate_window" not in codes(long)
    assert manager.get(f"{path_of(short)}/findings").json["items"] == long["findings"]


def test_ACC_4_an_item_of_another_project_does_not_exist(api: ApiHarness, campaign: Any) -> None:
    outsider = api.user(Role.MANAGER, EAST)
    replies = [
        outsider.get(path_of(campaign)),
        outsider.get(f"{path_of(campaign)}/findings"),
        outsider.get(f"{path_of(campaign)}/instructions"),
        outsider.patch(path_of(campaign), {"version": 1, "name": "Mine"}),
        outsider.post(CAMPAIGNS, CAMPAIGN),
        outsider.get(f"{CAMPAIGNS}?project={WEST}"),
        outsider.get(f"{CAMPAIGNS}/cmp_none"),
    ]
    assert [reply.status for reply in replies] == [404] * len(replies)
    assert len({reply.json["error"]["message"] for reply in replies}) == 1
    assert outsider.get(CAMPAIGNS).json == {"items": [], "next": None}


def test_ACC_5_agents_do_not_see_campaigns(api: ApiHarness, campaign: Any) -> None:
    agent = api.user(Role.AGENT, WEST)
    assert [agent.get(CAMPAIGNS).status, agent.get(path_of(campaign)).status] == [403, 403]


def test_ACC_9_a_campaign_shows_its_sources_and_bad_credentials(manager: Caller, campaign: Any) -> None:
    credential, _ = add_credential(campaign["id"])
    add_credential("cmp_other")
    now = clock.now()
    counters.count_failure(credential.id, now)
    counters.count_failure("unknown", now)
    read = manager.get(path_of(campaign)).json
    assert read["sources"] == [
        {
            "credential_id": credential.id,
            "name": "A test source",
            "last_used_on": None,
            "refused_today": 1,
            "look_ups_today": 0,
        }
    ]
    assert read["unknown_refused_today"] == 1


def test_CAM_23_only_an_existing_category_or_group_can_be_stamped(manager: Caller, campaign: Any) -> None:
    add_item(Organisation(version=1, categories=("Home",), groups=("Brand",)))
    add_item(
        User(id="usr_east", version=1, email="e@example.com", name="E", role=Role.AGENT, project_ids=(EAST,))
    )
    bad = {"user_id": "usr_east", "category": "Car", "group": "None"}
    refused = manager.patch(path_of(campaign), {"version": 1, "assignment": bad})
    good = {"user_id": "usr_west", "category": "Home", "group": "Brand"}
    taken = manager.patch(path_of(campaign), {"version": 1, "assignment": good})
    fields = sorted(field["field"] for field in refused.json["error"]["fields"])
    assert fields == ["assignment.category", "assignment.group", "assignment.user_id"]
    assert (taken.status, taken.json["assignment"]) == (200, good)


def test_a_concurrent_change_is_a_version_conflict(manager: Caller, campaign: Any) -> None:
    replies = [manager.patch(path_of(campaign), {"version": 1, "name": name}) for name in ("A", "B")]
    assert [reply.status for reply in replies] == [200, 409]
    assert replies[1].code == "version_conflict"


def test_unknown_and_missing_keys_are_named(manager: Caller) -> None:
    reply = manager.post(CAMPAIGNS, {"nmae": "x", "project_id": WEST, "lead_type_id": SOLAR})
    fields = {field["field"]: field["code"] for field in reply.json["error"]["fields"]}
    assert fields == {"name": "required", "source": "required", "nmae": "unknown"}


def test_a_list_continues_and_skips_other_projects(api: ApiHarness, manager: Caller) -> None:
    admin = api.user(Role.ADMIN)
    for number in range(3):
        post_created(manager, CAMPAIGNS, CAMPAIGN | {"name": f"West {number}"})
        post_created(admin, CAMPAIGNS, CAMPAIGN | {"name": f"East {number}", "project_id": EAST})
    first = manager.get(f"{CAMPAIGNS}?limit=2").json
    second = manager.get(f"{CAMPAIGNS}?limit=2&cursor={first['next']}").json
    assert [entry["name"] for entry in first["items"] + second["items"]] == ["West 0", "West 1", "West 2"]
    assert second["next"] is None
    assert len(admin.get(CAMPAIGNS).json["items"]) == 6


def test_INT_14_the_instructions_have_all_a_source_needs(manager: Caller) -> None:
    campaign = post_created(manager, CAMPAIGNS, CAMPAIGN | {"password": "open sesame"})
    reply = manager.get(f"{path_of(campaign)}/instructions")
    schema, page = reply.json["schema"], reply.json["page"]
    assert schema["required"] == ["first_name", "phone"]
    assert schema["properties"]["roof"]["enum"] == ["tiles", "metal"]
    assert schema["properties"]["external_id"]["maxLength"] == MAX_CHARACTERS
    assert f"/v1/campaigns/{campaign['id']}/leads" in page
    for word in (
        "curl",
        "Missing Authentication Token",
        "X-Campaign-Password",
        "Idempotency-Key",
        "key_reused",
    ):
        assert word in page
    assert "sesame" not in reply.text
