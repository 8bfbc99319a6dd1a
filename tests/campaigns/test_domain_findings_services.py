"""The findings about services that cannot run, or decide nothing."""

from decimal import Decimal

import pytest

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Calculated, Service
from chalicelib.campaigns.domain.finding import Finding, Severity
from chalicelib.campaigns.domain.service_findings import service_findings
from chalicelib.organisation.domain.configuration import Field, LeadType

ADDRESS = ("street", "city", "state", "postal_code")


def findings_of_service(service: str, keys: tuple[str, ...], **options: str) -> list[Finding]:
    """Return the findings of a campaign with one service, for a lead type with these fields."""
    kinds = {"phone": "phone", "mobile_phone": "phone", "email": "email"}
    fields = tuple(Field(key, key, kinds.get(key, "text")) for key in keys)
    campaign = Campaign(
        id="cmp",
        name="C",
        project_id="prj",
        lead_type_id="lt",
        source="s",
        services={service: Service(True, Decimal(0), options)},
        calculated=(Calculated("whole", "lead.city"),),
    )
    return list(service_findings(campaign, LeadType(id="lt", name="L", fields=fields)))


@pytest.mark.parametrize(
    ("service", "keys", "told"),
    [
        ("address", (), ["street"]),
        ("address", ("name", "city", "state", "postal_code"), ["street"]),
        ("address", ("street", "state", "postal_code"), ["city"]),
        ("address", ("address_line_1", "town", "postal_code"), ["state"]),
        ("address", ("street", "city", "state"), ["postal code"]),
        ("address", ("street",), ["city", "state", "postal code"]),
        ("address", ADDRESS, []),
        ("city_state", ("city",), ["postal code"]),
        ("city_state", ("postal_code",), []),
        ("line_type", ("email",), ["phone"]),
        ("line_type", ("mobile_phone",), []),
        ("external_duplicate", ("name",), ["phone or email"]),
        ("external_duplicate", ("email",), []),
        ("geolocation", (), []),
    ],
)
def test_USE_U13_a_service_without_its_fields_has_a_finding(
    service: str, keys: tuple[str, ...], told: list[str]
) -> None:
    findings = findings_of_service(service, keys)
    assert [(item.code, item.severity) for item in findings] == [
        ("service_without_fields", Severity.WARNING)
    ] * len(told)
    assert all(f"a field for {part}" in item.message for part, item in zip(told, findings, strict=True))
    assert all("disable the service" in item.fix for item in findings)


def test_USE_U13_an_option_names_a_field_of_the_lead_type() -> None:
    assert findings_of_service("address", ("road", "city", "state", "postal_code"), street="road") == []
    assert findings_of_service("address", ADDRESS, city="whole") == []
    (finding,) = findings_of_service("address", ADDRESS, city="place")
    assert (finding.code, finding.severity) == ("service_option", Severity.ERROR)
    assert finding.field == "services.address.options.city"
    assert "street, city, state, postal_code" in finding.message
    (other,) = findings_of_service("line_type", ("phone",), field="telephone")
    assert (other.code, other.field) == ("service_option", "services.line_type.options.field")


@pytest.mark.parametrize(
    ("accept", "options", "told"),
    [
        ("mobile", {}, "nothing is decided"),
        ("fixed,voip", {}, "nothing is decided"),
        ("mobile", {"reject_either": "true"}, "are rejected"),
        ("mobile,either", {}, None),
        ("voip", {}, None),
        ("mobile", {"url": "https://lines.example.org"}, None),
    ],
)
def test_USE_U13_accept_without_either_has_a_finding(
    accept: str, options: dict[str, str], told: str | None
) -> None:
    findings = findings_of_service("line_type", ("phone",), **{"accept": accept, **options})
    assert [item.code for item in findings] == ([] if told is None else ["accept_without_either"])
    assert all(told in item.message and "`either`" in item.fix for item in findings if told)
