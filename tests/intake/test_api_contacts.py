"""What reaches the intake as a contact, through the whole API in one process (INT-7, SRC-3, SRC-7)."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Duplicates, Phones
from chalicelib.core.access import Role
from chalicelib.core.words import cached_words
from chalicelib.leads.store import leads_rows, people
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Field, LeadType, Project
from chalicelib.organisation.domain.grading import Grading
from chalicelib.organisation.usecases.register_keys import register_keys
from tests.harness.api import ApiHarness, Caller, Reply, add_item

PATH = "/v1/campaigns/cmp_1/leads"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BLOCKED = "+12025550199"
FIELDS = (
    Field("first_name", "First name"),
    Field("phone", "Phone", "phone", duplicate="phone"),
    Field("email", "E-mail", "email"),
    Field("notes", "Notes"),
)


@pytest.fixture
def source(api: ApiHarness) -> Caller:
    """A campaign of a lead type without a required field. The caller has no credential."""
    register_keys(clock.now())
    add_item(Project(id="prj_1", version=1, name="Loans"))
    add_item(LeadType(id="lt_1", version=1, name="Loan", fields=FIELDS))
    add_item(campaign())
    return api.stranger()


@pytest.fixture
def manager(api: ApiHarness, source: Caller) -> Caller:
    return api.user(Role.MANAGER, "prj_1")


def campaign(**settings: Any) -> Campaign:
    names: dict[str, Any] = {"name": "Web", "project_id": "prj_1", "lead_type_id": "lt_1", "source": "site"}
    return Campaign(id="cmp_1", version=1, **names | settings)


def use(**settings: Any) -> None:
    changed = replace(campaign(**settings), version=2)
    batch.write(configuration.update(changed), batch.token_of("test", str(settings)))
    configuration.clear_cache()


def codes(reply: Reply) -> list[tuple[str, str]]:
    assert reply.status == 422
    return [(field["field"], field["code"]) for field in reply.json["error"]["fields"]]


def person_of(reply: Reply) -> Any:
    assert reply.status == 201, reply.json
    return people.get(reply.json["lead_id"], clock.now())


def block(manager: Caller, phone: str = BLOCKED) -> None:
    assert manager.post("/v1/blocks", {"phone": phone, "project_id": "prj_1"}).status == 201


@pytest.mark.parametrize(
    ("phone", "code"),
    [
        *((phone, "phone") for phone in ("415-200-XXXX", "202-555-01**", "202-555-0147 mobile", "555-0147")),
        ("1-800-FLOWERS", "vanity_number"),
        ("+4930123456.0", "trailing_zero"),
        ("2.02555E+09", "exponent"),
        ("30.11.2026", "date"),
        ("202-555-0147 / 202-555-0148", "two_numbers"),
    ],
)
def test_FILE_A1_A8_A9_a_text_that_is_no_number_is_refused_at_every_door(
    source: Caller, manager: Caller, phone: str, code: str
) -> None:
    lead_id = source.post(PATH, {"phone": "202-555-0147"}).json["lead_id"]

    assert codes(source.post(PATH, {"phone": phone})) == [("phone", code)]
    assert codes(manager.post("/v1/blocks", {"phone": phone, "project_id": "prj_1"})) == [("phone", code)]
    assert codes(manager.post("/v1/blocks/search", {"phone": phone})) == [("phone", code)]
    correction = {"version": 1, "person": {"phone": phone}}
    assert codes(manager.patch(f"/v1/leads/{lead_id}", correction)) == [("phone", code)]
    assert len(list(leads_rows.FactsRow.scan())) == 1


@pytest.mark.parametrize(
    "name",
    [
        *("Phone Number", "phone-number", "PHONE_NUMBER:", "phone\u200b", "home_phone", "work_phone", "cell"),
        *(
            "mobile_number",
            "phone2",
            "alt_phone",
            "Telephone No",
            "phone_home",
            "Homephone",
            "caller_id",
            "fax",
        ),
        *("user[phone]", "telefon"),
    ],
)
def test_FILE_A2_A3_a_blocked_number_is_found_under_any_word(
    source: Caller, manager: Caller, name: str
) -> None:
    block(manager)

    for values in ({name: BLOCKED}, {"phone": "202-555-0147", name: "(202) 555-0199"}):
        reply = source.post(PATH, values)
        assert (reply.status, reply.json["reason"]) == (200, "blocked")


@pytest.mark.parametrize(
    "values",
    [
        {"user_column_data": [{"column_id": "PHONE_NUMBER", "string_value": BLOCKED}]},
        {"user_column_data": [{"column_name": "Work phone", "string_value": "2025550199"}]},
        {"field_data": [{"name": "phone_number", "values": ["p:+12025550199"]}]},
        {"customer": {"contact": {"phone": {"number": 2025550199}}}},
        {"customer": {"contact": {"phones": ["x"], "cell": "2025550199"}}},
        {"answers": ["my number is", "+1 202 555 0199"]},
        {"question_7": "(202) 555-0199"},
        {"phone": "202-555-0147", "home_phone": "202-555-0148; 202-555-0199"},
    ],
)
def test_SRC_3_a_blocked_number_in_a_leaf_is_found(
    source: Caller, manager: Caller, values: dict[str, Any]
) -> None:
    block(manager)

    reply = source.post(PATH, {"email": "ann@example.org", **values})

    assert (reply.status, reply.json["reason"]) == (200, "blocked")


@pytest.mark.parametrize(
    "values",
    [
        {"customer_no": "2025550199"},
        {"order": 2025550199},
        {"order": {"id": "2025550199", "total": "2,025,550,199.00"}},
        {"phone_verified_at": "2025550199"},
        {"created": "2026-11-30", "zip4": "20255-5019"},
        {"phone": "202-555-0147", "phone_type": "2025550199"},
    ],
)
def test_SRC_3_no_figure_becomes_a_person(source: Caller, manager: Caller, values: dict[str, Any]) -> None:
    block(manager)

    reply = source.post(PATH, {"email": "ann@example.org", **values})

    assert reply.status == 201


def test_SRC_3_an_address_is_found_under_any_name(source: Caller, manager: Caller) -> None:
    assert manager.post("/v1/blocks", {"email": "stop5@example.org", "project_id": "prj_1"}).status == 201

    for values in ({"Email Address": "'stop5@example.org"}, {"data": {"login": "stop5@example.org"}}):
        assert source.post(PATH, {"phone": "202-555-0147", **values}).json["reason"] == "blocked"


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"first_name": " "},
        {"first_name": "\u200b", "phone": ""},
        {"order": "2025550147"},
        {"a": {"b": [1]}},
    ],
)
def test_FILE_B4_a_body_with_nothing_readable_is_refused(source: Caller, values: dict[str, Any]) -> None:
    assert codes(source.post(PATH, values)) == [("contacts", "nothing_readable")]


def test_SRC_3_more_than_ten_contacts_under_words_are_refused_others_are_noted(
    source: Caller, manager: Caller
) -> None:
    named = {f"phone{number}": f"202-555-01{number:02d}" for number in range(20, 31)}
    others = {f"q{number}": f"ann{number}@example.org" for number in range(11)}

    assert codes(source.post(PATH, named)) == [("contacts", "too_many_contacts")]
    person = person_of(source.post(PATH, {"phone": "202-555-0147", **others}))

    assert len(person.refs) == 10
    findings = manager.get("/v1/campaigns/cmp_1/findings").json["items"]
    assert "contacts_not_indexed" in [finding["code"] for finding in findings]


@pytest.mark.parametrize(
    ("form", "phone"),
    [
        ("phone=%2B6562345678", "+6562345678"),
        ("phone=+6591234567", "+6591234567"),
        ("phone=+12025550147", "+12025550147"),
        ("phone=+2025550147", "+12025550147"),
        ("phone=2025550147", "+12025550147"),
    ],
)
def test_FILE_A7_a_plus_that_was_not_encoded_is_read_if_certain(
    source: Caller, form: str, phone: str
) -> None:
    assert person_of(source.post(PATH, form.encode(), headers=FORM)).fields == {"phone": phone}


@pytest.mark.parametrize("form", ["phone=+6562345678", "phone=+0", "phone=+123"])
def test_FILE_A7_otherwise_it_is_refused(source: Caller, form: str) -> None:
    assert codes(source.post(PATH, form.encode(), headers=FORM)) == [("phone", "plus_not_encoded")]


def test_FILE_A11_an_extension_is_kept_shown_and_makes_another_person(
    source: Caller, manager: Caller
) -> None:
    use(duplicates=Duplicates(enabled=True))
    first = source.post(PATH, {"phone": "202-555-0147 x55"})
    second = source.post(PATH, {"phone": "202-555-0147 ext. 56"})
    third = source.post(PATH, {"phone": "+1 202 555 0147, ext 55"})
    plain = source.post(PATH, {"phone": "202-555-0147"})

    statuses = [reply.json["status"] for reply in (first, second, third, plain)]
    assert statuses == ["accepted", "accepted", "duplicate", "accepted"]
    shown = manager.get(f"/v1/leads/{first.json['lead_id']}").json["person"]
    assert shown["phone"] == "+12025550147"
    assert shown["evidence"]["phones"] == [{"field": "phone", "number": "+12025550147", "extension": "55"}]
    block(manager, "202-555-0147")
    assert source.post(PATH, {"phone": "202-555-0147 x57"}).json["reason"] == "blocked"


def test_FILE_A11_the_extension_leaves_with_its_number(source: Caller, manager: Caller) -> None:
    lead_id = source.post(PATH, {"phone": "202-555-0147 x55", "first_name": "Ann"}).json["lead_id"]
    path = f"/v1/leads/{lead_id}"

    kept = manager.patch(path, {"version": 1, "person": {"first_name": "Eve"}}).json
    gone = manager.patch(path, {"version": 2, "person": {"phone": "202-555-0148"}}).json

    other = manager.patch(path, {"version": 3, "person": {"phone": "202-555-0148 x7"}}).json

    assert kept["person"]["evidence"]["phones"][0]["extension"] == "55"
    assert "evidence" not in gone["person"]
    assert other["person"]["evidence"]["phones"][0]["extension"] == "7"
    assert other["history"][-1]["fields"] == ["phone"]


@pytest.mark.parametrize(
    ("action", "status", "reason"),
    [("accept", "accepted", None), ("hold", "held", "held"), ("reject", "rejected", "unverified_phone")],
)
def test_FILE_A12_the_campaign_decides_on_unverified_numbers(
    source: Caller, action: Any, status: str, reason: str | None
) -> None:
    use(phones=Phones(unverified=action))

    verified = source.post(PATH, {"phone": "202-555-0147"}).json
    new = source.post(PATH, {"phone": "(679) 234-5678"}).json

    assert verified["status"] == "accepted"
    assert (new["status"], new.get("reason")) == (status, reason)
    person = people.get(new["lead_id"], clock.now())
    assert person is not None
    mark = {"field": "phone", "number": "+16792345678", "unverified": True, "assigned": True}
    assert person.evidence["phones"] == [mark]


def test_INT_7_phone_verified_counts_only_in_a_grading_that_names_it(source: Caller) -> None:
    use(grading=Grading({"phone_verified": 5}, (("A", 5, "accept"), ("D", 0, "reject"))))

    assert source.post(PATH, {"phone": "202-555-0147"}).json["status"] == "accepted"
    assert source.post(PATH, {"phone": "999-555-0147"}).json["reason"] == "low_grade"
    assert source.post(PATH, {"email": "ann@example.org"}).json["reason"] == "low_grade"


def test_INT_7_the_phones_setting_is_saved_and_shown(source: Caller, manager: Caller) -> None:
    path = "/v1/campaigns/cmp_1"

    assert manager.get(path).json["phones"] == {"unverified": "accept"}
    saved = manager.patch(path, {"version": 1, "phones": {"unverified": "hold"}})
    bad = manager.patch(path, {"version": 2, "phones": {"unverified": "drop"}})

    assert saved.json["phones"] == {"unverified": "hold"}
    assert codes(bad) == [("phones.unverified", "choice")]


def test_CAM_20_a_replay_repeats_the_outcome_for_a_number_that_was_corrected(
    source: Caller, manager: Caller
) -> None:
    use(phones=Phones(unverified="hold"))
    lead_id = source.post(PATH, {"phone": "(679) 234-5678"}).json["lead_id"]
    path = f"/v1/leads/{lead_id}"

    before = manager.get(f"{path}/decision").json
    assert manager.patch(path, {"version": 1, "person": {"phone": "202-555-0148"}}).status == 200
    after = manager.get(f"{path}/decision").json

    assert (before["same"], before["then"]) == (True, "held")
    assert (after["same"], after["then"]) == (True, "held")


@pytest.mark.parametrize("name", ["home_phone", "phone", "cell"])
def test_FILE_A13_a_block_and_a_lead_read_possible_numbers_alike(
    source: Caller, manager: Caller, name: str
) -> None:
    block(manager, "(679) 234-5678")

    values = {"email": "ann@example.org", name: "679-234-5678"}

    assert source.post(PATH, values).json["reason"] == "blocked"
    found = manager.post("/v1/blocks/search", {"phone": "+1 679 234 5678"}).json["items"]
    assert len(found) == 1


def test_SRC_7_the_lists_have_one_form() -> None:
    words = cached_words()

    assert words.fillers < words.contacts.keys()
    assert not words.yes & words.no
    assert all(word == word.casefold() and "_" not in word for word in words.fields)
    assert words.fields["firstname"] == "first_name"
