"""A contact under another name for a field belongs to the person like any other (INT-1, INT-11)."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.blocks.usecases.search_blocks import search_blocks
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.intake.usecases.receive_lead import IntakeResult, Submission, receive_lead
from chalicelib.leads.store import leads_rows
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import LeadType, Project
from chalicelib.privacy.usecases.forget_lead import forget_lead
from chalicelib.privacy.usecases.search_contact import search_contact
from chalicelib.work.domain.activities import LoggedCall
from tests.factories.leads import (
    AGENT,
    MANAGER,
    NOW,
    confirmed,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
)
from tests.factories.work import create_activity, create_assigned_lead

pytestmark = pytest.mark.usefixtures("aws")
FIRST, SECOND = "202-555-0147", "202-555-0199"


def block(number: str) -> None:
    block_contact(MANAGER, BlockRequest("phone", number, "prj_1"), f"request_{number}", NOW)


def post_lead(values: dict[str, Any], lead_id: str = "lead_1") -> IntakeResult:
    return receive_lead(Submission("cmp_1", values, None, lead_id), NOW)


def leads_found_by(number: str) -> list[str]:
    result = search_contact(read_access(through="search"), "phone", number, 50, None, NOW)
    return [lead.facts.lead_id for lead in result.leads.items]


def is_blocked(number: str) -> bool:
    return bool(search_blocks(read_access(through="search"), "phone", number, NOW))


def set_region(region: str) -> None:
    project = configuration.get(Project, "prj_1", NOW)
    assert project is not None
    changed = replace(project, region=region, version=2)
    batch.write(configuration.update(changed), batch.token_of("test", region))
    configuration.clear_cache()


def retire_the_email_field() -> None:
    lead_type = configuration.get(LeadType, "lt_1", NOW)
    assert lead_type is not None
    fields = tuple(replace(field, retired=field.key == "email") for field in lead_type.fields)
    batch.write(
        configuration.update(replace(lead_type, fields=fields, version=2)), batch.token_of("test", "retire")
    )
    configuration.clear_cache()


@pytest.mark.parametrize("blocked", [FIRST, SECOND])
@pytest.mark.parametrize(
    "values",
    [
        {"phone1": FIRST, "mobile": SECOND},
        {"mobile": SECOND, "phone1": FIRST},
        {"phone": SECOND, "phone1": FIRST},
        {"phone": FIRST, "Phone": SECOND},
    ],
)
def test_INT_11_a_blocked_number_is_refused_under_any_name_and_order(
    values: dict[str, Any], blocked: str
) -> None:
    create_organisation()
    block(blocked)
    assert post_lead(values).declined == "blocked"
    assert not list(leads_rows.FactsRow.scan())


def test_PRI_1_a_search_finds_the_person_by_the_extra() -> None:
    create_organisation()
    create_lead(values={"phone1": FIRST, "mobile": SECOND})
    assert leads_found_by(FIRST) == leads_found_by(SECOND) == ["lead_1"]


def test_INT_17_the_contact_stays_when_something_else_is_corrected() -> None:
    create_organisation()
    create_lead(values={"phone": FIRST, "mobile": SECOND})
    correct_lead(read_access(), "lead_1", 1, {"first_name": "Eve"}, NOW)
    assert leads_found_by(SECOND) == ["lead_1"]


def test_INT_17_the_contact_follows_its_extra_unless_blocked() -> None:
    create_organisation()
    create_lead(values={"phone": FIRST, "mobile": SECOND})
    block("202-555-0111")
    with pytest.raises(Conflict) as caught:
        correct_lead(read_access(), "lead_1", 1, {"mobile": "202-555-0111"}, NOW)
    assert caught.value.code == "blocked"
    correct_lead(read_access(request_id="req_2"), "lead_1", 1, {"mobile": None}, NOW)
    assert (leads_found_by(FIRST), leads_found_by(SECOND)) == (["lead_1"], [])


def test_INT_17_the_contact_of_a_retired_field_is_still_found() -> None:
    create_organisation()
    create_lead("lead_1", campaign_id="cmp_1", values={"phone": FIRST, "email": "ada@example.org"})
    retire_the_email_field()
    correct_lead(read_access(), "lead_1", 1, {"first_name": "Eve"}, NOW)
    result = search_contact(read_access(through="search"), "email", "ada@example.org", 50, None, NOW)
    assert [lead.facts.lead_id for lead in result.leads.items] == ["lead_1"]


def test_PRI_12_do_not_call_blocks_the_extra_contact() -> None:
    create_organisation()
    create_assigned_lead(values={"phone": FIRST, "mobile": SECOND})
    create_activity(LoggedCall("outgoing", "answered", at=NOW, do_not_call=True), actor=AGENT)
    assert (is_blocked(FIRST), is_blocked(SECOND)) == (True, True)


def test_PRI_10_keep_out_blocks_the_extra_contact() -> None:
    create_organisation()
    create_lead(values={"phone": FIRST, "mobile": SECOND})
    confirmed(lambda confirmation: forget_lead(MANAGER, "lead_1", True, confirmation, NOW))
    assert facts_of("lead_1").erased_at is not None
    assert post_lead({"phone": SECOND}, "lead_2").declined == "blocked"


@pytest.mark.parametrize(
    ("region", "blocked", "written"),
    [
        ("DE", "+4915123456789", "4915123456789"),
        ("DE", "+4915123456789", "49 151 23456789"),
        ("ID", "+62812345678", "62812345678"),
        ("SE", "+468123456", "468123456"),
        ("AU", "+61412345678", "0061412345678"),
        ("AU", "+61212345678", "0061 2 1234 5678"),
        ("CL", "+56221234567", "+56 (0)2 2123 4567"),
        ("CL", "+56987654321", "0 9 8765 4321"),
        ("IT", "+393123456789", "+39 (0)312 345 6789"),
    ],
)
@pytest.mark.parametrize("name", ["phone", "mobile"])
def test_INT_11_no_writing_of_a_blocked_number_comes_in(
    region: str, blocked: str, written: str, name: str
) -> None:
    create_organisation()
    set_region(region)
    block(blocked)
    outcome: str | None
    try:
        outcome = post_lead({"first_name": "Ada", name: written}).declined
    except Invalid as refusal:
        outcome = refusal.fields[0].code
    assert outcome in ("blocked", "ambiguous_number")
