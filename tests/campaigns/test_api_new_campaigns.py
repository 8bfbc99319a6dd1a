"""What a new campaign is by default, and which names it may have (INT-5, SEC-C5, SEC-C9)."""

from typing import Any

import pytest

from chalicelib import clock
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Role
from chalicelib.organisation.usecases.register_keys import register_keys
from tests.campaigns.test_api_campaigns import CAMPAIGNS, codes, path_of
from tests.factories.configuration import CAMPAIGN, SOLAR, WEST, create_configuration, post_created
from tests.harness.api import ApiHarness, Caller, add_item


@pytest.fixture
def manager(api: ApiHarness) -> Caller:
    """A manager of the western project."""
    create_configuration()
    register_keys(clock.now())
    return api.user(Role.MANAGER, WEST, user_id="usr_west")


def test_SEC_C5_a_new_campaign_takes_leads_from_its_sources_alone(api: ApiHarness, manager: Caller) -> None:
    settings = {name: value for name, value in CAMPAIGN.items() if name != "require_authentication"}
    campaign = post_created(manager, CAMPAIGNS, settings)
    path, lead = f"{path_of(campaign)}/leads", {"first_name": "Ada", "phone": "202-555-0147"}

    assert campaign["require_authentication"] is True
    assert "no_credential" in codes(campaign)
    assert api.stranger().post(path, lead).status == 401
    assert api.source(campaign["id"]).post(path, lead).status == 201
    found = manager.get(f"{path_of(campaign)}/findings").json["items"]
    assert "no_credential" not in [finding["code"] for finding in found]


def test_SEC_C5_a_campaign_without_a_source_yet_can_be_changed(manager: Caller) -> None:
    campaign = post_created(manager, CAMPAIGNS, CAMPAIGN | {"require_authentication": True})

    changed = manager.patch(path_of(campaign), {"version": 1, "name": "Another"})

    assert (changed.status, changed.json["require_authentication"]) == (200, True)
    opened = manager.patch(path_of(campaign), {"version": 2, "require_authentication": False})
    assert "no_authentication" in codes(opened.json)
    again = manager.patch(path_of(campaign), {"version": 3, "require_authentication": True})
    assert (again.status, again.code) == (409, "no_credential")


def test_SEC_C5_a_stored_campaign_stays_as_it_is(api: ApiHarness, manager: Caller) -> None:
    add_item(
        Campaign(id="cmp_old", version=1, name="Old", project_id=WEST, lead_type_id=SOLAR, source="site")
    )
    lead = {"first_name": "Ada", "phone": "202-555-0147"}

    assert api.stranger().post(f"{CAMPAIGNS}/cmp_old/leads", lead).status == 201


LEAD = {"first_name": "Ada", "phone": "202-555-0147"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
UNSAID = {name: value for name, value in CAMPAIGN.items() if name != "require_authentication"}


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN])
@pytest.mark.parametrize("more", [{}, {"limits": {"daily": 5}}, {"consent": {"enabled": True}}])
def test_SEC_C5_whoever_creates_it_and_however_a_new_campaign_is_closed(
    api: ApiHarness, manager: Caller, role: Role, more: dict[str, Any]
) -> None:
    campaign = post_created(api.user(role, WEST), CAMPAIGNS, UNSAID | more)
    path = f"{path_of(campaign)}/leads"

    assert campaign["require_authentication"] is True
    assert "no_authentication" not in codes(campaign)
    assert api.stranger().post(path, b"first_name=Ada&phone=2025550147", headers=FORM).status == 401
    assert api.stranger().post(f"{path}/explain", LEAD).status == 401
    assert api.stranger().post(path, LEAD | {"test": True}).status == 401


def test_SEC_C5_a_user_and_a_source_of_it_may_post_and_another_source_may_not(
    api: ApiHarness, manager: Caller
) -> None:
    path = f"{path_of(post_created(manager, CAMPAIGNS, UNSAID))}/leads"
    other = post_created(manager, CAMPAIGNS, UNSAID)["id"]

    assert manager.post(path, LEAD).status == 201
    assert api.source(other).post(path, LEAD).status == 403
    assert api.bearer("lw_nonsense").post(path, LEAD).status == 401
    assert api.source(path.split("/")[3]).post(path, LEAD).status == 201


@pytest.mark.parametrize("value", [None, "false", 0, "no"])
def test_SEC_C5_only_the_word_false_opens_it(manager: Caller, value: Any) -> None:
    reply = manager.post(CAMPAIGNS, UNSAID | {"require_authentication": value})

    assert reply.status == 422


def test_SEC_C5_an_open_campaign_is_warned_of_and_asked_for_by_name(api: ApiHarness, manager: Caller) -> None:
    campaign = post_created(manager, CAMPAIGNS, UNSAID | {"require_authentication": False})

    assert "no_authentication" in codes(campaign)
    assert api.stranger().post(f"{path_of(campaign)}/leads", LEAD).status == 201


@pytest.mark.parametrize("change", [{"name": "Another"}, {"limits": {"daily": 5}}, {"status": "on_hold"}])
def test_SEC_C5_no_other_change_opens_it(api: ApiHarness, manager: Caller, change: dict[str, Any]) -> None:
    campaign = post_created(manager, CAMPAIGNS, UNSAID)

    changed = manager.patch(path_of(campaign), {"version": 1, **change})

    assert (changed.status, changed.json["require_authentication"]) == (200, True)
    assert api.stranger().post(f"{path_of(campaign)}/leads", LEAD).status == 401


@pytest.mark.parametrize(
    "sign", ["\n", "\r\n", "\t", "\x00", "\x85", "\u2028", "\u2029", "\u202e", "\u2066", "\u200f", "\u200b"]
)
@pytest.mark.parametrize("field", ["name", "source"])
def test_SEC_C9_a_name_is_one_line(manager: Caller, field: str, sign: str) -> None:
    reply = manager.post(CAMPAIGNS, CAMPAIGN | {field: f"Solar{sign}West"})

    assert (reply.status, reply.json["error"]["fields"][0]["code"]) == (422, "one_line")


@pytest.mark.parametrize("name", ["Solar West", "Sólar – Wëst", "太阳能", "شمس", "क\u094d\u200dष", "☀️ Solar"])
def test_SEC_C9_names_of_all_languages_stay_possible(manager: Caller, name: str) -> None:
    assert post_created(manager, CAMPAIGNS, CAMPAIGN | {"name": name})["name"] == name
