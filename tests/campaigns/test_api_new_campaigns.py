"""What a new campaign is by default, and which names it may have (INT-5, SEC-C5, SEC-C9)."""

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
