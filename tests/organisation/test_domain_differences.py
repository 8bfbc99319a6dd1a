"""The ledger entry of a configuration change: names of personal and secret values, never the values."""

import json
from dataclasses import replace

import pytest

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Consent, Service
from chalicelib.core.access import Role
from chalicelib.ledger.domain.entries import FieldChange
from chalicelib.organisation.domain.configuration import ConfigItem
from chalicelib.organisation.domain.differences import config_changes
from chalicelib.users.domain.credentials import Credential
from chalicelib.users.domain.users import User
from tests.harness.field_paths import field_paths
from tests.harness.modules import load_all

load_all()
CAMPAIGN = Campaign(id="cmp_1", name="Web", project_id="prj_1", lead_type_id="lt_1", source="site")
USER = User(id="usr_1", email="one@example.org", name="One", role=Role.AGENT)
WITHHELD = {
    "credential.secrets",
    "user.email",
    "user.name",
}
TOLD = {
    "organisation": "accesses_kept_days categories changes_kept_days grading.letters grading.points groups max_lag "
    "name name_staff_in_exports region requests_clock second_factor statuses zone",
    "project": "call_tags closing_stages default_retention.days default_retention.rejected_days inactivity name "
    "outcomes.outcome outcomes.retention_days region stages warning working_hours zone",
    "lead_type": "fields.choices fields.duplicate fields.key fields.kind fields.label fields.multiple fields.personal "
    "fields.required fields.retired name",
    "user": "disabled project_ids role signed_out_at withdrawn zone",
    "credential": "campaign_ids kind name",
    "contact_forms": "current.fingerprint current.form job_id kept.fingerprint kept.form since target.fingerprint "
    "target.form writing",
    "request": "answer clock due_on kind lead_ids project_ids received_on state",
}


def test_PRI_31_every_configuration_field_is_classified_for_the_ledger() -> None:
    """Those of a campaign are in the tests of campaigns."""
    items = [item for item in ConfigItem.__subclasses__() if item is not Campaign]
    result = {place for item in items for place in field_paths(item, item.CONFIG_KIND)}
    assert result == WITHHELD | {
        f"{kind}.{place}" for kind, shown_values in TOLD.items() for place in shown_values.split()
    }


def test_PRI_31_the_consent_mail_address_is_logged_without_its_value() -> None:
    after = replace(CAMPAIGN, consent=Consent(enabled=True, notify="zolqui@example.org"))
    changes = config_changes(CAMPAIGN, after)
    assert [change.name for change in changes] == ["consent", "consent.notify"]
    assert '"enabled": true' in str(changes[0].after)
    assert changes[1] == FieldChange("consent.notify")
    assert "zolqui" not in repr(changes) + repr(config_changes(after, CAMPAIGN))


def test_PRI_27_a_change_of_a_withheld_value_alone_is_logged() -> None:
    first, other = (replace(CAMPAIGN, consent=Consent(notify=f"{name}@example.org")) for name in ("a", "b"))
    assert config_changes(first, other) == (FieldChange("consent.notify"),)
    user = config_changes(USER, replace(USER, email="two@example.org", name="Two", zone="Europe/Rome"))
    assert user == (FieldChange("email"), FieldChange("name"), FieldChange("zone", "UTC", "Europe/Rome"))
    credential = Credential(id="crd_1", name="Site", campaign_ids=())
    assert config_changes(credential, replace(credential, secrets=("ab",))) == (FieldChange("secrets"),)


@pytest.mark.parametrize("rest", ["/zolqui?key=zolqui", ":8443/x?zolqui"])
def test_PRI_31_a_service_url_is_logged_by_host_and_as_changed(rest: str) -> None:
    def campaign_with_service(url: str) -> Campaign:
        service = Service(enabled=True, options={"url": url, "secret": "lookup"})
        return replace(CAMPAIGN, services={"line_type": service})

    after = campaign_with_service(f"https://lookup.example.org{rest}")
    changes = config_changes(CAMPAIGN, after)
    assert [change.name for change in changes] == ["services", "services.line_type.options.url"]
    assert '"url": "lookup.example.org"' in str(changes[0].after)
    assert '"secret": "lookup"' in str(changes[0].after)
    same_host = config_changes(campaign_with_service("https://lookup.example.org/other"), after)
    assert same_host == (FieldChange("services.line_type.options.url"),)
    assert "zolqui" not in repr(changes) + repr(same_host) + repr(config_changes(after, CAMPAIGN))


def test_PRI_27_an_unchanged_field_is_not_named() -> None:
    assert config_changes(CAMPAIGN, replace(CAMPAIGN, version=2, confirmed_by="x")) == ()


@pytest.mark.parametrize(
    "contact",
    [
        "+12025550199",
        "(202) 555-0199",
        "2025550199",
        "+44 20 7946 0958",
        "ada@example.com",
        "Ada <ada@example.com>",
        'lead.phone != "+12025550199" || lead.email == "ada@example.com"',
    ],
)
def test_PRI_31_a_contact_in_a_criterion_is_masked(contact: str) -> None:
    criteria = {"all": [{"field": "phone", "op": "none_of", "value": [contact]}]}
    (changed,) = config_changes(CAMPAIGN, replace(CAMPAIGN, criteria=criteria))
    assert changed.after is not None
    assert "none_of" in changed.after
    assert not any(part in changed.after for part in ("2025550199", "555-0199", "7946", "ada@"))


@pytest.mark.parametrize(
    "value", ["300000", "Springfield", "2026-11-21", "10115", "a@b", "12-34", "@example.com"]
)
def test_PRI_31_other_values_of_criteria_are_recorded(value: str) -> None:
    criteria = {"all": [{"field": "city", "op": "equals", "value": value}]}
    (changed,) = config_changes(CAMPAIGN, replace(CAMPAIGN, criteria=criteria))
    assert changed.after is not None
    assert json.dumps(value) in changed.after


def test_PRI_27_a_change_of_a_masked_contact_is_recorded() -> None:
    before, after = (
        replace(CAMPAIGN, criteria={"all": [{"field": "phone", "op": "equals", "value": number}]})
        for number in ("+12025550199", "+12025550299")
    )
    assert config_changes(before, after) == (FieldChange("criteria"),)
