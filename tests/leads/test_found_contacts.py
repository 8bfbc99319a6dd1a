"""Contacts of extras and text fields are read once; later uses take them from the person (SRC-3, INT-17, PRI-1)."""

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.blocks.usecases.search_blocks import search_blocks
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Duplicates
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.intake.usecases.append_duplicate import append_duplicate
from chalicelib.intake.usecases.receive_lead import IntakeResult, Submission, receive_lead
from chalicelib.leads.domain.leads import Person
from chalicelib.leads.domain.person_size import text_of
from chalicelib.leads.store import people
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.leads.usecases.rekey_lead import rekey_lead
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Field, LeadType, Project
from chalicelib.organisation.domain.found_contacts import FoundContact, as_stored, from_stored
from chalicelib.organisation.usecases.contact_forms import contact_forms
from chalicelib.privacy.usecases.forget_contact import forget_contact
from chalicelib.privacy.usecases.forget_lead import forget_lead
from chalicelib.privacy.usecases.search_contact import search_contact
from chalicelib.work.usecases.do_not_call import do_not_call
from tests.factories.contacts import begin_writing, register_form_1
from tests.factories.leads import MANAGER, NOW, confirmed, create_organisation, facts_of, read_access
from tests.harness.api import add_item

pytestmark = pytest.mark.usefixtures("aws")
FIRST, SECOND, WRONG, BRITISH = "202-555-0147", "+12025550199", "+442025550199", "+442079460018"
FIELDS = (
    Field("first_name", "First name"),
    Field("whatsapp", "WhatsApp"),
    Field("mobile_phone", "Other mobiles", multiple=True),
    Field("phone", "Phone", "phone", duplicate="phone"),
    Field("email", "E-mail", "email"),
)
PLACES: list[dict[str, Any]] = [
    {"home_phone": "2025550199"},
    {"work_phone": 2025550199},
    {"customer": {"contact": {"phone": "(202) 555-0199"}}},
    {"pair": {"column_id": "PHONE_NUMBER", "string_value": "202.555.0199"}},
    {"phone2": "2025550199, 202-555-0188"},
    {"note": "(202) 555-0199"},
    {"whatsapp": "2025550199"},
]


@pytest.fixture
def settings(aws: None) -> None:
    """A project of the region US, with a campaign that appends duplicates."""
    create_settings()


def create_settings() -> None:
    create_organisation()
    add_item(LeadType(id="lt_t", version=1, name="T", fields=FIELDS))
    duplicates = Duplicates(enabled=True, append=True)
    campaign = Campaign(
        id="cmp_t",
        version=1,
        name="T",
        project_id="prj_1",
        lead_type_id="lt_t",
        source="s",
        duplicates=duplicates,
    )
    add_item(campaign)


def post(
    values: dict[str, Any], lead_id: str = "lead_1", now: int = NOW, *, form: bool = False
) -> IntakeResult:
    given = {"first_name": "Ada", "phone": FIRST} | values
    return receive_lead(Submission("cmp_t", given, None, lead_id, form=form), now)


def set_region(region: str) -> None:
    project = configuration.get(Project, "prj_1", NOW)
    assert project is not None
    after = replace(project, region=region, version=project.version + 1)
    batch.write(configuration.update(after), batch.token_of("region", region))
    configuration.clear_cache()


def correct(values: dict[str, Any], lead_id: str = "lead_1", now: int = NOW) -> None:
    correct_lead(read_access(), lead_id, facts_of(lead_id, now).version, values, now)


def person(lead_id: str = "lead_1") -> Person:
    found = people.get(lead_id, NOW)
    assert found is not None
    return found


def found_by(number: str, now: int = NOW) -> list[str]:
    access = read_access(through="search", request_id=f"req_{number}_{now}")
    return [lead.facts.lead_id for lead in search_contact(access, "phone", number, 50, None, now).leads.items]


def is_blocked(number: str) -> bool:
    return bool(search_blocks(read_access(through="search"), "phone", number, NOW))


def as_older_row(lead_id: str = "lead_1") -> None:
    """Store the person as the code before `found` did."""
    row = people.PersonRow.get(lead_id, people.PERSON)
    body = json.loads(row.body)
    body.pop("found", None)
    row.update(actions=[people.PersonRow.body.set(json.dumps(body))])


@pytest.mark.parametrize("place", PLACES)
def test_PRI_1_a_correction_after_a_change_of_region_keeps_the_number(
    settings: None, place: dict[str, Any]
) -> None:
    post(place)
    set_region("GB")
    correct({"first_name": "Eve"})
    assert (found_by(SECOND), found_by(WRONG)) == (["lead_1"], [])


@pytest.mark.parametrize("place", PLACES)
def test_PRI_7_a_forget_of_the_other_number_erases_nobody(settings: None, place: dict[str, Any]) -> None:
    post(place)
    set_region("GB")
    correct({"first_name": "Eve"})
    access = read_access(MANAGER, "forget")
    confirmed(lambda given: forget_contact(access, "phone", WRONG, False, given, NOW + 1))
    assert facts_of("lead_1", NOW + 1).erased_at is None
    confirmed(lambda given: forget_contact(access, "phone", SECOND, False, given, NOW + 1))
    assert facts_of("lead_1", NOW + 1).erased_at == NOW + 1


@pytest.mark.parametrize("place", PLACES)
def test_PRI_10_keep_out_after_a_change_of_region_blocks_the_number(
    settings: None, place: dict[str, Any]
) -> None:
    post(place)
    set_region("GB")
    confirmed(lambda given: forget_lead(MANAGER, "lead_1", True, given, NOW))
    assert (is_blocked(SECOND), is_blocked(WRONG)) == (True, False)


@pytest.mark.parametrize("place", PLACES)
def test_PRI_12_do_not_call_after_a_change_of_region_blocks_the_number(
    settings: None, place: dict[str, Any]
) -> None:
    post(place)
    set_region("GB")
    do_not_call(MANAGER, facts_of("lead_1"), "req_1", NOW)
    assert (is_blocked(SECOND), is_blocked(WRONG)) == (True, False)


@pytest.mark.parametrize("place", PLACES)
def test_CAM_7_an_append_after_a_change_of_region_takes_the_number_as_it_was_read(
    settings: None, place: dict[str, Any]
) -> None:
    post({})
    post(place, "lead_2", NOW + 1)
    set_region("GB")
    append_duplicate("lead_2", NOW + 2)
    assert (found_by(SECOND, NOW + 3), found_by(WRONG, NOW + 3)) == (["lead_2", "lead_1"], [])


@pytest.mark.parametrize("place", PLACES)
def test_USE_U8_a_migration_after_a_change_of_region_keeps_the_number(
    aws: None, place: dict[str, Any]
) -> None:
    register_form_1()
    create_settings()
    post(place)
    set_region("GB")
    later = begin_writing()
    before = person().found
    rekey_lead("lead_1", contact_forms(later), NOW)
    expected = {
        contact_forms(later).refs(kind, normal).write
        for kind, normal in (("phone", SECOND), ("phone", "+12025550147"))
    }
    assert expected <= set(person().refs)
    assert person().found == before


FORMS: list[dict[str, Any]] = [
    {"home_phone": " 442079460018"},
    {"whatsapp": " 442079460018"},
    {"mobile_phone": [" 442079460018"]},
    {"customer[phone]": " 442079460018"},
    {"phone_2": " 442079460018, 202-555-0188"},
]


@pytest.mark.parametrize("values", FORMS)
def test_INT_7_the_blank_of_a_form_is_read_once(settings: None, values: dict[str, Any]) -> None:
    post(values, form=True)
    assert found_by(BRITISH) == ["lead_1"]
    correct({"first_name": "Eve"})
    assert found_by(BRITISH) == ["lead_1"]
    do_not_call(MANAGER, facts_of("lead_1"), "req_1", NOW)
    assert is_blocked(BRITISH)


@pytest.mark.parametrize("values", FORMS)
def test_INT_11_the_blank_of_a_form_hides_no_blocked_number(settings: None, values: dict[str, Any]) -> None:
    block_contact(MANAGER, BlockRequest("phone", BRITISH, "prj_1"), "req_b", NOW)
    assert post(values, form=True).declined == "blocked"


@pytest.mark.parametrize("values", FORMS)
def test_INT_11_the_blank_of_a_form_is_appended_unless_blocked(
    settings: None, values: dict[str, Any]
) -> None:
    post({})
    post(values, "lead_2", NOW + 1, form=True)
    block_contact(MANAGER, BlockRequest("phone", BRITISH, "prj_1"), "req_b", NOW + 1)
    append_duplicate("lead_2", NOW + 2)
    assert (person().extras, set(person().fields)) == ({}, {"first_name", "phone"})
    post(values, "lead_3", NOW + 3, form=True)


def test_INT_17_only_a_changed_value_is_read_by_the_region_of_now(settings: None) -> None:
    post({"home_phone": "2025550199", "whatsapp": "2025550188"})
    set_region("GB")
    correct({"home_phone": "2025550199", "whatsapp": " 2025550188 "})
    assert (found_by(SECOND), found_by("+12025550188")) == (["lead_1"], ["lead_1"])
    correct({"home_phone": "020 7946 0018"})
    assert (found_by(SECOND), found_by(BRITISH), found_by("+12025550188")) == ([], ["lead_1"], ["lead_1"])
    correct({"home_phone": None})
    assert (found_by(BRITISH), found_by("+12025550188")) == ([], ["lead_1"])


def test_INT_17_a_corrected_text_is_still_checked_against_the_blocks(settings: None) -> None:
    post({"whatsapp": "2025550199"})
    block_contact(MANAGER, BlockRequest("phone", "202-555-0188", "prj_1"), "req_b", NOW)
    with pytest.raises(Conflict, match="may not be contacted"):
        correct({"whatsapp": "202-555-0188"})
    assert found_by(SECOND) == ["lead_1"]


@pytest.mark.parametrize(
    "values", [{"home_phone": "020 7946 0018"}, {"note": "020 7946 0018"}, {"whatsapp": "020 7946 0018"}]
)
def test_PRI_1_what_was_no_number_does_not_become_one(settings: None, values: dict[str, Any]) -> None:
    post(values)
    assert person().found == ()
    set_region("GB")
    correct({"first_name": "Eve"})
    assert found_by(BRITISH) == []
    assert person().refs == person().refs[:1]


def test_PRI_1_an_extra_keeps_the_number_that_its_field_loses(settings: None) -> None:
    post({"home_phone": FIRST})
    correct({"phone": "202-555-0188"})
    assert found_by("+12025550147") == ["lead_1"]
    set_region("GB")
    correct({"email": "ada@example.com"})
    assert found_by("+12025550147") == ["lead_1"]


def test_B1_a_lead_without_such_contacts_has_no_byte_more(settings: None) -> None:
    post({"email": "ada@example.com", "utm_source": "ads", "gclid": "Cj0KCQ", "consent": True})
    assert person().found is None
    assert "found" not in json.loads(people.PersonRow.get("lead_1", people.PERSON).body)
    correct({"first_name": "Eve"})
    assert "found" not in json.loads(people.PersonRow.get("lead_1", people.PERSON).body)


def test_INT_7_the_budget_of_a_person_counts_what_was_found(settings: None) -> None:
    post({"home_phone": "2025550199"})
    stored = person()
    assert json.loads(text_of(stored))["found"] == [
        {"kind": "phone", "field": "home_phone", "contact": "+12025550199"}
    ]
    assert len(text_of(stored)) > len(text_of(replace(stored, found=None)))


def test_the_stored_form_of_found_contacts_says_all() -> None:
    found = (
        FoundContact("phone", "whatsapp", SECOND, True, False),
        FoundContact("email", "note", "a@example.com", False, True),
    )
    assert from_stored(json.loads(json.dumps(as_stored(found)))) == found


@pytest.mark.parametrize("place", PLACES)
def test_rows_of_the_earlier_code_are_read_as_before(settings: None, place: dict[str, Any]) -> None:
    post(place)
    as_older_row()
    assert person().found is None
    correct({"first_name": "Eve"})
    assert found_by(SECOND) == ["lead_1"]
    set_region("GB")
    correct({"first_name": "Bea"})
    assert (found_by(SECOND), found_by(WRONG)) == (["lead_1"], [])


def many(count: int) -> dict[str, Any]:
    return {f"note_{number}": f"+1 202-555-01{number}" for number in range(10, 10 + count)}


@pytest.mark.parametrize(
    "values",
    [
        {"email": "ada@example.com"},
        {"whatsapp": "202-555-0188"},
        {"email": "ada@example.com", "whatsapp": "202-555-0188"},
        {"first_name": "Eve"},
        {"note_10": "+1 202-555-0177"},
    ],
)
@pytest.mark.parametrize("older", [False, True])
def test_SRC_3_what_is_indexed_stays_indexed(settings: None, values: dict[str, Any], older: bool) -> None:
    post(many(9))
    if older:
        as_older_row()
    correct(values)
    assert [found_by(f"+120255501{number}") for number in range(11, 19)] == [["lead_1"]] * 8


def test_CAM_7_what_is_indexed_stays_indexed_by_an_append(settings: None) -> None:
    post(many(9))
    post({"email": "ada@example.com", "note_x": "+1 202-555-0190"}, "lead_2", NOW + 1)
    append_duplicate("lead_2", NOW + 2)
    assert [found_by(f"+120255501{number}", NOW + 3) for number in range(10, 19)] == [["lead_1"]] * 9
    assert found_by("+12025550190", NOW + 3) == ["lead_2"]  # beyond ten: kept, and not indexed


def test_INT_6_named_contacts_are_still_ten_at_most(settings: None) -> None:
    post({"mobile_phone": [f"202-555-01{number}" for number in range(20, 28)]})
    correct({"email": "ada@example.com"})
    with pytest.raises(Invalid) as refused:
        correct({"whatsapp": "202-555-0188"})
    assert [error.code for error in refused.value.fields] == ["too_many_contacts"]


def test_CAM_20_a_corrected_text_with_a_contact_is_not_kept(settings: None) -> None:
    post({"whatsapp": "2025550199"})
    correct({"whatsapp": "202-555-0188"})
    inputs = person().decided
    assert (inputs["contacts"], inputs["contacts_corrected"]) == (["phone", "whatsapp"], True)
    assert "2025550199" not in text_of(person())
