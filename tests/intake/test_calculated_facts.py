"""Calculated fields that are not personal are stored with the facts (CAM-1; data-model.md, Facts and person)."""

from dataclasses import replace

import pytest

from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign_settings import Calculated
from chalicelib.core.retention import Policy
from chalicelib.leads.store import leads_rows, people
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Field, LeadType
from chalicelib.privacy.usecases.finish_erasure import finish_erasure
from tests.factories.leads import DAY, FIELDS, LEAD, NOW, create_lead, create_organisation, facts_of
from tests.factories.quality import create_bare_campaign
from tests.harness.units import item_bytes

WIDE = Field("roof", "Roof", "choice", personal=False, choices=("flat", "x" * 100))
KB = 1_024


@pytest.fixture(autouse=True)
def _set_up(aws: None) -> None:
    create_organisation()


def save_fields(*fields: Field) -> None:
    """Save the lead type with these fields, without a cached copy."""
    before = configuration.get(LeadType, "lt_1", NOW)
    assert before is not None
    after = replace(before, fields=fields, version=before.version + 1)
    batch.write(configuration.update(after), batch.token_of("fields", after.version))
    configuration.clear_cache()


def stored_facts(lead_id: str) -> str:
    """Return the whole row of the facts."""
    return repr(leads_rows.FactsRow.get(lead_id, "lead").serialize())


def size_of(lead_id: str) -> int:
    return item_bytes(leads_rows.FactsRow.get(lead_id, "lead").serialize())


def test_CAM_1_an_impersonal_calculated_value_outlives_the_person() -> None:
    ratio = Calculated("thousands", "double(lead.loan) / 1000.0", personal=False)
    large = Calculated("large", "lead.thousands > 100.0", personal=False)
    create_bare_campaign("cmp_w", calculated=(ratio, large), retention=Policy(10))
    lead_id = create_lead("lead_1", campaign_id="cmp_w", loan=200_000).lead_id
    finish_erasure(lead_id, "schedule", NOW + 11 * DAY)
    facts = facts_of(lead_id, NOW + 11 * DAY)
    assert facts.erased_at is not None
    assert facts.calculated == {"thousands": 200.0, "large": True}


@pytest.mark.parametrize(
    "expression",
    ["lead.phone + ' ' + lead.first_name", "lead.external_id", "size(lead.email)", "has(lead.email)"],
)
def test_CAM_1_facts_never_contain_personal_values(expression: str) -> None:
    """Such settings are refused, but settings saved before a field became personal still exist."""
    copy = Calculated("copy", expression, personal=False)
    through = Calculated("through", "string(lead.copy) + '!'", personal=False)
    create_bare_campaign("cmp_w", calculated=(copy, through), retention=Policy(10))
    lead_id = create_lead("lead_1", campaign_id="cmp_w", external_id="x-1").lead_id
    assert facts_of(lead_id).calculated == {}
    person = people.get(lead_id, NOW)
    assert person is not None
    assert "copy" in person.fields
    finish_erasure(lead_id, "schedule", NOW + 11 * DAY)
    row = stored_facts(lead_id)
    assert not [word for word in ("Ada", "2025550147", "copy", "x-1") if word in row]


def test_CAM_1_a_field_that_became_personal_hides_its_calculated_values() -> None:
    create_bare_campaign(
        "cmp_w", calculated=(Calculated("double", "double(lead.loan) * 2.0", personal=False),)
    )
    before = create_lead("lead_1", campaign_id="cmp_w", loan=1)
    save_fields(*(replace(field, personal=True) for field in FIELDS))
    after = create_lead("lead_2", campaign_id="cmp_w", loan=1, phone="202-555-0148")
    assert (before.calculated, after.calculated) == ({"double": 2.0}, {})
    person = people.get("lead_2", NOW)
    assert person is not None
    assert person.fields["double"] == 2.0


def test_CAM_1_facts_stay_below_1_KB_and_the_rest_goes_to_the_person() -> None:
    save_fields(*FIELDS, WIDE)
    many = tuple(Calculated(f"roof_{at}", "lead.roof", personal=False) for at in range(20))
    create_bare_campaign("cmp_w", calculated=many)
    short = create_lead("lead_1", campaign_id="cmp_w", values={**LEAD, "roof": "flat"})
    long = create_lead(
        "lead_2", campaign_id="cmp_w", values={**LEAD, "roof": "x" * 100, "phone": "202-555-0148"}
    )
    stored_value = len(short.calculated)
    assert short.calculated == {f"roof_{at}": "flat" for at in range(stored_value)}
    assert 8 <= stored_value < 20
    assert long.calculated == {}
    for lead_id, count in (("lead_1", 20 - stored_value), ("lead_2", 20)):
        person = people.get(lead_id, NOW)
        assert person is not None
        assert len([key for key in person.fields if key.startswith("roof_")]) == count
        assert size_of(lead_id) <= KB
