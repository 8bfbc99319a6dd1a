"""The groups of a campaign's settings over HTTP: errors, warnings, versions (CAM-4 … CAM-22)."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import DEFAULT_CONSENT_TEXT
from chalicelib.core.access import Role
from chalicelib.leads.store import leads
from chalicelib.ledger import store as ledger
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Field, LeadType
from chalicelib.organisation.usecases.register_keys import register_keys
from tests.factories.configuration import (
    CAMPAIGN,
    FIELDS,
    SOLAR,
    WEST,
    confirmed_post,
    create_configuration,
    post_created,
)
from tests.harness.api import ApiHarness, Caller, Reply, add_item
from tests.harness.field_paths import field_paths

CAMPAIGNS = "/v1/campaigns"
LEAD = {"first_name": "Ada", "phone": "202-555-0147"}
ALL: dict[str, Any] = {
    "criteria": {"all": [{"field": "roof", "op": "equals", "value": "tiles"}]},
    "duplicates": {
        "enabled": True,
        "days": 7,
        "scope": "campaign",
        "check_rejected": True,
        "append": True,
        "resend": False,
    },
    "limits": {"hourly": 5, "daily": 0, "monthly": None},
    "phones": {"unverified": "hold"},
    "quality": {"hold_all": True, "reject_to": "quality", "on_service_failure": "continue"},
    "grading": {"points": {"criteria": 5}, "letters": [{"letter": "A", "points": 5, "action": "accept"}]},
    "delimiter": ";",
    "tell_source_reasons": True,
}
WITHHELD = {"campaign.password_hash", "campaign.consent.notify"}
TOLD = {  # what the ledger shows of a change (PRI-31)
    "": "channel criteria currency delimiter lead_type_id name price project_id require_authentication source status "
    "tell_source_reasons",
    "assignment.": "category group user_id",
    "calculated.": "expression key personal",
    "consent.": "enabled reject text version",
    "duplicates.": "append check_rejected days enabled resend scope",
    "grading.": "letters points",
    "limits.": "daily hourly monthly",
    "phones.": "unverified",
    "quality.": "hold_all on_service_failure reject_to",
    "retention.": "days rejected_days",
    "services.": "enabled options price",
}


@pytest.fixture
def manager(api: ApiHarness) -> Caller:
    register_keys(clock.now())
    create_configuration()
    return api.user(Role.MANAGER, WEST, user_id="usr_west")


@pytest.fixture
def campaign(manager: Caller) -> Any:
    return post_created(manager, CAMPAIGNS, CAMPAIGN)


def save(manager: Caller, campaign: Any, version: int = 1, **settings: Any) -> Reply:
    return manager.patch(f"{CAMPAIGNS}/{campaign['id']}", {"version": version, **settings})


def version_of(campaign: Any) -> int:
    current = configuration.get(Campaign, campaign["id"], clock.now())
    assert current is not None
    return current.version


def test_CAM_22_every_settings_group_is_stored_as_given(manager: Caller, campaign: Any) -> None:
    saved = save(manager, campaign, **ALL)
    assert saved.status == 200
    read = manager.get(f"{CAMPAIGNS}/{campaign['id']}").json
    assert {name: read[name] for name in ALL} == ALL


def test_PRI_31_every_setting_is_classified_for_the_ledger() -> None:
    told = {f"campaign.{group}{name}" for group, names in TOLD.items() for name in names.split()}
    assert set(field_paths(Campaign, "campaign")) == WITHHELD | told


def test_CAM_4_duplicates_need_a_duplicate_field(manager: Caller) -> None:
    add_item(LeadType(id="lt_plain", version=1, name="Plain", fields=(Field("phone", "Phone", "phone"),)))
    plain = post_created(manager, CAMPAIGNS, CAMPAIGN | {"lead_type_id": "lt_plain"})
    refused = save(manager, plain, duplicates={"enabled": True})
    also = manager.post(CAMPAIGNS, CAMPAIGN | {"lead_type_id": "lt_plain", "duplicates": {"enabled": True}})
    assert [(item.status, item.code) for item in (refused, also)] == [(409, "no_duplicate_field")] * 2
    assert version_of(plain) == 1


@pytest.mark.parametrize(
    ("settings", "field", "code"),
    [
        ({"consent": {"enabled": True, "text": " "}}, "consent.text", "consent_without_text"),
        ({"services": {"geolocation": {"enabled": True}}}, "services.geolocation", "service_unavailable"),
    ],
)
def test_CAM_21_errors_refuse_the_save(
    manager: Caller, campaign: Any, settings: dict[str, Any], field: str, code: str
) -> None:
    reply = save(manager, campaign, **settings)
    assert reply.status == 422
    assert (field, code) in [(item["field"], item["code"]) for item in reply.json["error"]["fields"]]
    assert version_of(campaign) == 1


def test_INT_3_a_campaign_with_errors_can_be_stopped(manager: Caller, campaign: Any) -> None:
    asking = post_created(
        manager, CAMPAIGNS, CAMPAIGN | {"criteria": {"all": [{"field": "roof", "op": "exists"}]}}
    )
    left = tuple(replace(field, retired=field.key == "roof") for field in FIELDS)
    without_roof = LeadType(id=SOLAR, version=2, name="Solar enquiry", fields=left)
    batch.write(configuration.update(without_roof), batch.token_of("test", "without roof"))
    assert save(manager, asking, name="Another name").status == 422
    assert save(manager, asking, status="melted").status == 422
    stopped = save(manager, asking, status="suspended")
    assert (stopped.status, stopped.json["status"]) == (200, "suspended")
    assert "criteria_unsound" in {finding["code"] for finding in stopped.json["findings"]}
    assert save(manager, stopped.json, version=2, status="active").status == 422


def test_CAM_21_unknown_fields_in_criteria_refuse_the_save(manager: Caller, campaign: Any) -> None:
    reply = save(manager, campaign, criteria={"all": [{"field": "attic", "op": "exists"}]})
    assert reply.status == 422
    assert version_of(campaign) == 1


def test_CAM_21_warnings_are_saved_and_include_a_fix(manager: Caller, campaign: Any) -> None:
    reply = save(
        manager,
        campaign,
        price=None,
        consent={"enabled": True, "reject": False},
        quality={"reject_to": "delivery"},
    )
    assert reply.status == 200
    content = {finding["code"]: finding for finding in reply.json["findings"]}
    assert {"price_unset", "consent_without_address", "rejections_forwarded"} <= set(content)
    assert all(item["severity"] == "warning" and item["fix"] and item["message"] for item in content.values())
    request = manager.get(f"{CAMPAIGNS}/{campaign['id']}/findings").json["items"]
    assert request == reply.json["findings"]


@pytest.mark.parametrize(
    "settings",
    [
        {"limits": {"hourly": -1}},
        {"limits": {"hourly": 1.5}},
        {"duplicates": {"enabled": True, "days": 0}},
        {"duplicates": {"scope": "world"}},
        {"quality": {"reject_to": "nowhere"}},
        {"grading": {"letters": []}},
        {"grading": {"letters": [{"letter": "A", "points": 1, "action": "accept"}] * 2}},
        {"grading": {"points": {"luck": 1}, "letters": [{"letter": "A", "points": 1, "action": "accept"}]}},
        {"services": {"palmistry": {"enabled": True}}},
    ],
)
def test_CAM_21_invalid_settings_are_refused(
    manager: Caller, campaign: Any, settings: dict[str, Any]
) -> None:
    assert save(manager, campaign, **settings).status == 422
    assert version_of(campaign) == 1


def test_CAM_11_a_default_consent_text_is_added_and_counted(manager: Caller, campaign: Any) -> None:
    first = save(manager, campaign, consent={"enabled": True})
    second = save(manager, campaign, 2, consent={"enabled": True, "text": "I agree."})
    third = save(manager, campaign, 3, consent={"enabled": False, "text": "I agree."})
    content = [item.json["consent"] for item in (first, second, third)]
    assert [item["text_version"] for item in content] == [1, 2, 2]
    assert content[0]["text"] == DEFAULT_CONSENT_TEXT


def test_CAM_22_a_change_is_a_ledger_entry_with_a_diff(manager: Caller, campaign: Any) -> None:
    save(manager, campaign, limits={"daily": 5}, status="closed")
    entry = ledger.list_subject(f"campaign/{campaign['id']}", clock.now())[-1]
    fields = {field.name: field for field in entry.fields}
    assert (entry.action, entry.actor_id, set(fields)) == ("changed", "usr_west", {"limits", "status"})
    assert (fields["status"].before, fields["status"].after) == ("active", "closed")
    assert "5" in str(fields["limits"].after)


def test_CAM_22_a_lead_names_the_version_that_decided(
    api: ApiHarness, manager: Caller, campaign: Any
) -> None:
    leads_path = f"{CAMPAIGNS}/{campaign['id']}/leads"
    first = api.stranger().post(leads_path, LEAD).json["lead_id"]
    save(manager, campaign, name="Other")
    second = api.stranger().post(leads_path, LEAD | {"phone": "202-555-0148"}).json["lead_id"]
    result = [leads.get(item, clock.now()) for item in (first, second)]
    assert [item and item.config_version for item in result] == [1, 2]
    assert configuration.get_version(Campaign, campaign["id"], 1, clock.now()) is not None
    assert manager.get(f"/v1/leads/{second}").json["config_version"] == 2


def test_CAM_22_the_second_of_two_savers_gets_a_conflict(manager: Caller, campaign: Any) -> None:
    assert save(manager, campaign, limits={"daily": 5}).status == 200
    late = save(manager, campaign, limits={"daily": 9})
    assert (late.status, late.code) == (409, "version_conflict")


def test_CAM_19_failed_checks_are_shown_on_the_lead_and_if_set_to_the_source(
    api: ApiHarness, manager: Caller, campaign: Any
) -> None:
    save(manager, campaign, criteria=ALL["criteria"], tell_source_reasons=True)
    leads_path = f"{CAMPAIGNS}/{campaign['id']}/leads"
    keyed = {"Idempotency-Key": "k1"}
    shown_values = api.stranger().post(leads_path, LEAD, headers=keyed)
    assert shown_values.json["reason"] == "outside_criteria"
    assert shown_values.json["checks"] == ["criteria/CAM-3/roof.equals"]
    save(manager, campaign, 2, tell_source_reasons=False)
    repeated = api.stranger().post(leads_path, LEAD, headers=keyed)
    assert (repeated.text, repeated.headers["Idempotent-Replay"]) == (shown_values.text, "true")
    silent = api.stranger().post(leads_path, LEAD)
    shown = manager.get(f"/v1/leads/{silent.json['lead_id']}").json
    assert "checks" not in silent.json
    assert shown["failed"] == ["criteria/CAM-3/roof.equals"]


def test_CAM_12_consent_is_on_the_lead_and_its_hash_with_the_person(
    api: ApiHarness, manager: Caller, campaign: Any
) -> None:
    save(manager, campaign, consent={"enabled": True, "text": "I agree."})
    leads_path = f"{CAMPAIGNS}/{campaign['id']}/leads"
    without = api.stranger().post(leads_path, LEAD).json
    values = api.stranger().post(leads_path, LEAD | {"tcpa_consent": "yes"}).json
    shown = manager.get(f"/v1/leads/{values['lead_id']}").json
    assert (without["status"], without["reason"]) == ("rejected", "no_consent")
    assert (shown["consent"]["given"], shown["consent"]["text_version"]) == (True, 2)
    assert shown["consent"]["at"] == shown["received_at"]
    assert len(shown["person"]["evidence"]["consent_text_sha256"]) == 64


def test_CAM_12_after_the_erasure_consent_stays_without_evidence(
    api: ApiHarness, manager: Caller, campaign: Any
) -> None:
    save(manager, campaign, consent={"enabled": True})
    leads_path = f"{CAMPAIGNS}/{campaign['id']}/leads"
    lead_id = api.stranger().post(leads_path, LEAD | {"tcpa_consent": True}).json["lead_id"]
    path = f"/v1/leads/{lead_id}"
    before = manager.get(path).json["consent"]
    assert confirmed_post(manager, "POST", f"{path}/forget", {"keep_out": False}).status in (200, 202)
    after = manager.get(path)
    assert after.json["state"] == "erased"
    assert after.json["consent"] == before
    assert "consent_text_sha256" not in after.text
