"""The findings about a campaign's settings."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Calculated, Consent, Duplicates, Quality, Service
from chalicelib.campaigns.domain.findings import FindingContext, Severity, findings_of
from chalicelib.core.retention import Policy
from chalicelib.organisation.domain.configuration import Field, LeadType, Project

PHONE = Field("phone", "Phone", "phone", duplicate="phone")
LEAD_TYPE = LeadType(id="lt", name="Loan", fields=(PHONE,))
CLEAN = Campaign(
    id="cmp",
    name="C",
    project_id="prj",
    lead_type_id="lt",
    source="s",
    price=Decimal(0),
    require_authentication=True,
    retention=Policy(30, 30),
)


def finding_context(
    lead_type: LeadType = LEAD_TYPE,
    credentials: int = 1,
    services: frozenset[str] = frozenset({"line_type"}),
    inactivity: str | None = "P14D",
    working_hours: str | None = None,
) -> FindingContext:
    project = Project(id="prj_1", name="Loans", inactivity=inactivity, working_hours=working_hours)
    return FindingContext(lead_type, credentials, services, project)


def codes(campaign: Campaign, lead_type: LeadType = LEAD_TYPE, credentials: int = 1) -> list[str]:
    return [finding.code for finding in findings_of(campaign, finding_context(lead_type, credentials))]


@pytest.mark.parametrize(
    ("settings", "code", "severity"),
    [
        ({"consent": Consent(enabled=True, text=" ")}, "consent_without_text", Severity.ERROR),
        ({"consent": Consent(enabled=True, reject=False)}, "consent_without_address", Severity.WARNING),
        ({"services": {"geolocation": Service(True, Decimal(0))}}, "service_unavailable", Severity.ERROR),
        ({"services": {"line_type": Service(True)}}, "service_price_unset", Severity.WARNING),
        ({"quality": Quality(reject_to="delivery")}, "rejections_forwarded", Severity.WARNING),
        ({"duplicates": Duplicates(days=31)}, "retention_below_duplicate_window", Severity.WARNING),
    ],
)
def test_CAM_21_each_bad_setting_has_its_finding(
    settings: dict[str, Any], code: str, severity: Severity
) -> None:
    findings = findings_of(replace(CLEAN, **settings), finding_context())

    assert {(item.code, item.severity) for item in findings} == {(code, severity)}
    assert all(item.message and item.fix and item.field for item in findings)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"criteria": {"all": [{"field": "attic", "op": "exists"}]}}, "criteria.all.0.field"),
        ({"criteria": {"all": [{"expression": "lead.phone =="}]}}, "criteria.all.0.expression"),
        ({"calculated": (Calculated("it", "lead.attic"),)}, "calculated.0.expression"),
        ({"calculated": (Calculated("it", "lead.phone", personal=False),)}, "calculated.0.expression"),
    ],
)
def test_CAM_21_only_unanswerable_criteria_are_found(settings: dict[str, Any], field: str) -> None:
    (finding,) = findings_of(replace(CLEAN, **settings), finding_context())
    assert (finding.code, finding.severity, finding.field) == ("criteria_unsound", Severity.ERROR, field)
    sound: dict[str, Any] = {
        "criteria": {"all": [{"field": "phone", "op": "exists"}, {"expression": "lead.phone != '1'"}]},
        "calculated": (Calculated("it", "lead.phone"),),
    }
    assert codes(replace(CLEAN, **sound)) == []


def test_CAM_21_criteria_on_a_retired_field_are_found() -> None:
    asking = replace(CLEAN, criteria={"all": [{"field": "loan", "op": "exists"}]})
    loan = Field("loan", "Loan", "number", personal=False)
    assert codes(asking, replace(LEAD_TYPE, fields=(PHONE, loan))) == []
    assert codes(asking, replace(LEAD_TYPE, fields=(PHONE, replace(loan, retired=True)))) == [
        "criteria_unsound"
    ]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"accept": "carrier_pigeon"}, "services.line_type.options.accept"),
        ({"attic": "x"}, "services.line_type.options.attic"),
        ({"url": "http://example.org"}, "services.line_type.options.url"),
    ],
)
def test_CAM_21_only_impossible_service_options_are_found(options: dict[str, str], field: str) -> None:
    def campaign(value: dict[str, str], enabled: bool = True) -> Campaign:
        return replace(CLEAN, services={"line_type": Service(enabled, Decimal(0), value)})

    (finding,) = findings_of(campaign(options), finding_context())
    assert (finding.code, finding.severity, finding.field) == ("service_option", Severity.ERROR, field)
    assert codes(campaign({"accept": "mobile,either"})) == []
    assert codes(campaign(options, enabled=False)) == []


def test_CAM_21_duplicates_without_a_duplicate_field_are_an_error() -> None:
    named = replace(LEAD_TYPE, fields=(replace(PHONE, duplicate=None),))

    (finding,) = findings_of(replace(CLEAN, duplicates=Duplicates(enabled=True)), finding_context(named))

    assert (finding.code, finding.severity) == ("no_duplicate_field", Severity.ERROR)


def test_CAM_21_complete_settings_have_no_finding() -> None:
    complete = replace(
        CLEAN,
        consent=Consent(enabled=True, notify="desk@example.com", reject=False),
        services={"line_type": Service(True, Decimal("0.01")), "geolocation": Service(False)},
        duplicates=Duplicates(enabled=True),
        quality=Quality(hold_all=True, reject_to="quality"),
    )

    assert codes(complete) == []


def test_CAM_21_a_clean_campaign_has_no_finding() -> None:
    assert codes(CLEAN) == []


def test_CAM_21_each_flaw_has_a_finding_with_a_fix() -> None:
    assert codes(replace(CLEAN, price=None)) == ["price_unset"]
    assert codes(replace(CLEAN, require_authentication=False)) == ["no_authentication"]
    assert codes(replace(CLEAN, require_authentication=False, password_hash="h")) == []
    assert codes(CLEAN, replace(LEAD_TYPE, fields=(Field("name", "Name"),))) == ["no_contact_field"]
    assert codes(CLEAN, replace(LEAD_TYPE, fields=(replace(PHONE, retired=True),))) == ["no_contact_field"]


def test_INT_5_required_authentication_without_a_credential_is_a_warning() -> None:
    (finding,) = findings_of(CLEAN, finding_context(credentials=0))
    assert (finding.code, finding.severity) == ("no_credential", Severity.WARNING)


@pytest.mark.parametrize(
    ("policy", "fields"),
    [
        (Policy(29, None), ["retention.days"]),
        (Policy(30, 29), ["retention.rejected_days"]),
        (Policy(15, 1), ["retention.days", "retention.rejected_days"]),
    ],
)
def test_RET_17_a_retention_below_the_duplicate_window_is_a_warning(
    policy: Policy, fields: list[str]
) -> None:
    looking = replace(CLEAN, duplicates=Duplicates(enabled=True, check_rejected=True), retention=policy)
    assert [finding.field for finding in findings_of(looking, finding_context())] == fields


def test_RET_17_rejected_leads_that_do_not_count_may_end_earlier() -> None:
    assert codes(replace(CLEAN, duplicates=Duplicates(enabled=True), retention=Policy(30, 1))) == []


def test_RET_17_without_duplicate_fields_there_is_no_window() -> None:
    plain = replace(LEAD_TYPE, fields=(replace(PHONE, duplicate=None),))
    assert codes(replace(CLEAN, retention=Policy(15, 1)), plain) == []


@pytest.mark.parametrize("rejected_days", [None, 1, 30])
def test_USE_U1_a_campaign_without_retention_has_a_finding(rejected_days: int | None) -> None:
    kept = replace(CLEAN, retention=Policy(None, rejected_days))
    (finding,) = findings_of(kept, finding_context())
    assert (finding.code, finding.severity) == ("no_retention", Severity.WARNING)
    assert finding.field == "retention.days"
    assert "default_retention" in finding.fix


@pytest.mark.parametrize(
    ("days", "inactivity", "expected"),
    [
        (10, "P14D", ["retention_below_inactivity"]),
        (14, "P14D", ["retention_below_inactivity"]),
        (15, "P14D", []),
        (10, None, []),
        (1, "PT1H", []),
        (1, "P2D", ["retention_below_inactivity"]),
        (364, "P365D", ["retention_below_inactivity"]),
    ],
)
def test_USE_U1_a_retention_below_the_inactivity_has_a_finding(
    days: int, inactivity: str | None, expected: list[str]
) -> None:
    findings = findings_of(
        replace(CLEAN, retention=Policy(days, 1)),
        replace(finding_context(inactivity=inactivity), lead_type=None),
    )
    assert [finding.code for finding in findings] == expected


@pytest.mark.parametrize(
    ("days", "inactivity", "hours", "expected"),
    [
        (1, "PT16H", "mon-fri 09:00-17:00", ["retention_below_inactivity"]),
        (2, "PT16H", "mon-fri 09:00-17:00", []),
        (14, "P2D", "mon-fri 09:00-13:00", ["retention_below_inactivity"]),
        (16, "P2D", "mon-fri 09:00-13:00", []),
        (2, "P2D", "mon-sun 00:00-24:00", ["retention_below_inactivity"]),
        (7, "PT2H", "sun 10:00-11:00", ["retention_below_inactivity"]),
        (8, "PT2H", "sun 10:00-11:00", []),
    ],
)
def test_WRK_6a_the_finding_counts_the_days_of_the_working_hours(
    days: int, inactivity: str, hours: str, expected: list[str]
) -> None:
    findings = findings_of(
        replace(CLEAN, retention=Policy(days, 1)),
        replace(finding_context(inactivity=inactivity, working_hours=hours), lead_type=None),
    )
    assert [finding.code for finding in findings] == expected
    assert all("P2D of its working hours" in finding.message for finding in findings if inactivity == "P2D")


def test_USE_U1_a_finding_about_rejected_leads_says_so() -> None:
    looking = replace(
        CLEAN, duplicates=Duplicates(enabled=True, check_rejected=True), retention=Policy(20, 20)
    )
    messages = [finding.message.partition(" are")[0] for finding in findings_of(looking, finding_context())]
    assert messages == ["Leads", "Rejected leads"]
