"""What is found in a campaign's settings."""

from dataclasses import replace
from decimal import Decimal

import pytest

from chalicelib.domain.findings import Severity, findings_of
from chalicelib.domain.retention import Policy
from chalicelib.domain.setup import Campaign, Field, LeadType

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


def codes(campaign: Campaign, lead_type: LeadType = LEAD_TYPE, credentials: int = 1) -> list[str]:
    return [finding.code for finding in findings_of(campaign, lead_type, credentials)]


def test_CAM_21_a_clean_campaign_yields_none() -> None:
    assert codes(CLEAN) == []


def test_CAM_21_each_flaw_yields_its_finding_with_a_fix() -> None:
    assert codes(replace(CLEAN, price=None)) == ["price_unset"]
    assert codes(replace(CLEAN, require_authentication=False)) == ["no_authentication"]
    assert codes(replace(CLEAN, require_authentication=False, password_hash="h")) == []
    assert codes(CLEAN, replace(LEAD_TYPE, fields=(Field("name", "Name"),))) == ["no_contact_field"]
    assert codes(CLEAN, replace(LEAD_TYPE, fields=(replace(PHONE, retired=True),))) == ["no_contact_field"]


def test_INT_5_required_authentication_without_a_credential_is_an_error() -> None:
    (found,) = findings_of(CLEAN, LEAD_TYPE, 0)
    assert (found.code, found.severity) == ("no_credential", Severity.ERROR)


@pytest.mark.parametrize(
    ("policy", "fields"),
    [
        (Policy(29, None), ["retention.days"]),
        (Policy(30, 29), ["retention.rejected_days"]),
        (Policy(1, 1), ["retention.days", "retention.rejected_days"]),
        (Policy(None, None), []),
    ],
)
def test_RET_17_a_retention_below_the_duplicate_window_is_a_warning(
    policy: Policy, fields: list[str]
) -> None:
    found = findings_of(replace(CLEAN, retention=policy), LEAD_TYPE, 1)
    assert [finding.field for finding in found] == fields


def test_RET_17_without_duplicate_fields_there_is_no_window() -> None:
    plain = replace(LEAD_TYPE, fields=(replace(PHONE, duplicate=None),))
    assert codes(replace(CLEAN, retention=Policy(1, 1)), plain) == []
