"""A lead whose values change moves in the duplicate index, in the transaction of the change (CAM-4, INT-17)."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Duplicates
from chalicelib.core.errors import Conflict
from chalicelib.intake.usecases.append_duplicate import append_duplicate
from chalicelib.intake.usecases.receive_lead import Submission, receive_lead
from chalicelib.leads.domain.leads import Facts, Person, Status
from chalicelib.leads.store import contact_index, people
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.leads.usecases.rekey_lead import rekey_lead
from chalicelib.organisation.domain.configuration import Field, LeadType
from chalicelib.organisation.usecases.contact_forms import contact_forms
from chalicelib.privacy.usecases.forget_contact import forget_contact
from chalicelib.privacy.usecases.forget_lead import forget_lead
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from tests.factories.contacts import add_key, begin, begin_writing, register_form_1
from tests.factories.leads import (
    DAY,
    MANAGER,
    NOW,
    confirmed,
    create_organisation,
    facts_of,
    read_access,
    stamps_of,
)
from tests.factories.work import history
from tests.harness.api import add_item
from tests.harness.faults import (
    Crash,
    Fault,
    conflicting,
    dying,
    dying_after,
    fault,
    first,
    lost,
    meanwhile,
    step,
)

pytestmark = pytest.mark.usefixtures("aws")
ONE, TWO, THREE = "202-555-0147", "202-555-0199", "202-555-0188"
WRITE = {"TransactWriteItems"}
FIELDS = (
    Field("first_name", "First name", duplicate="name_and_zip"),
    Field("zip", "Postal code", "postal_code", duplicate="name_and_zip"),
    Field("phone", "Phone", "phone", duplicate="phone"),
    Field("emails", "E-mails", "email", multiple=True, duplicate="emails"),
)


def create_settings(fields: tuple[Field, ...] = FIELDS) -> None:
    create_organisation()
    add_item(LeadType(id="lt_t", version=1, name="T", fields=fields))
    duplicates = Duplicates(enabled=True, append=True)
    shared: dict[str, Any] = {"version": 1, "name": "T", "project_id": "prj_1", "lead_type_id": "lt_t"}
    add_item(Campaign(id="cmp_t", source="s", duplicates=duplicates, **shared))


@pytest.fixture
def settings(aws: None) -> None:
    """A campaign that appends duplicates; its lead type has three duplicate sets."""
    create_settings()


def post(lead_id: str, now: int = NOW, **values: Any) -> Facts:
    result = receive_lead(
        Submission("cmp_t", {"note": f"{lead_id}@example.com"} | values, None, lead_id), now
    )
    assert result.facts is not None
    return result.facts


def correct(values: dict[str, Any], lead_id: str = "lead_1", now: int = NOW) -> None:
    correct_lead(read_access(), lead_id, facts_of(lead_id, now).version, values, now)


def person(lead_id: str = "lead_1", now: int = NOW) -> Person:
    found = people.get(lead_id, now)
    assert found is not None
    return found


def rows_with(lead_id: str = "lead_1") -> set[str]:
    """Return the refs of the rows of the duplicate index that list a lead."""
    rows = (row for row in contact_index.ContactRow.scan() if row.entry.startswith("window#"))
    return {row.ref for row in rows if f'"{lead_id}"' in (row.originals or "")}


CHANGES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"phone": ONE}, {"phone": TWO}, {"phone": TWO}),
    ({"phone": ONE}, {"phone": f"{ONE} ext. 5"}, {"phone": f"{ONE} ext. 5"}),
    ({"emails": ["a@example.com"]}, {"emails": ["b@example.com"]}, {"emails": ["b@example.com"]}),
    (
        {"emails": ["a@example.com"]},
        {"emails": ["a@example.com", "b@example.com"]},
        {"emails": ["b@example.com", "a@example.com"]},
    ),
    (
        {"first_name": "Ada", "zip": "10001"},
        {"zip": "10002"},
        {"first_name": "ADA", "zip": "10002"},
    ),
]


@pytest.mark.parametrize(("sent", "values", "present"), CHANGES)
def test_CAM_4_a_corrected_lead_is_known_by_its_values_alone(
    settings: None, sent: dict[str, Any], values: dict[str, Any], present: dict[str, Any]
) -> None:
    base = {"emails": ["x@example.com"]} if "emails" not in sent else {"phone": THREE}
    post("lead_1", **base, **sent)
    correct(values)
    assert rows_with() == set(person().windows)
    assert post("lead_2", NOW + 1, **sent).status is Status.ACCEPTED
    assert post("lead_3", NOW + 2, **present).duplicate_of == "lead_1"


def test_CAM_4_a_set_that_loses_a_value_leaves_its_row(settings: None) -> None:
    post("lead_1", phone=ONE, first_name="Ada", zip="10001")
    correct({"zip": None, "phone": None})
    assert (rows_with(), person().windows) == (set(), ())
    assert post("lead_2", NOW + 1, phone=ONE).status is Status.ACCEPTED
    correct({"zip": "10001"})
    assert post("lead_3", NOW + 2, first_name="ada", zip="10001").duplicate_of == "lead_1"


def test_CAM_4_a_value_outside_the_sets_moves_nothing(settings: None) -> None:
    post("lead_1", phone=ONE, first_name="Ada")
    before = {(row.ref, row.version) for row in contact_index.ContactRow.scan() if row.version}
    correct({"first_name": "Eve"})
    assert {(row.ref, row.version) for row in contact_index.ContactRow.scan() if row.version} == before


def test_CAM_5_the_moved_lead_keeps_its_place_and_its_end(settings: None) -> None:
    post("lead_1", phone=ONE)
    post("lead_2", NOW + 5, phone=TWO)
    correct({"phone": TWO}, now=NOW + 9)
    (window,) = contact_index.list_windows(person(now=NOW + 9).windows[0])
    assert [one.lead_id for one in window.originals] == ["lead_1", "lead_2"]
    assert window.originals[0].erase_at == facts_of("lead_1").erase_at
    assert post("lead_3", NOW + 10, phone=TWO).duplicate_of == "lead_1"


def test_CAM_6_a_duplicate_that_is_corrected_is_no_original(settings: None) -> None:
    post("lead_1", phone=ONE)
    post("lead_2", NOW + 1, phone=ONE)
    correct({"phone": TWO}, "lead_2", NOW + 2)
    assert post("lead_3", NOW + 3, phone=TWO).status is Status.ACCEPTED
    assert rows_with("lead_2") == set()


def test_PRI_7_a_forget_after_a_correction_leaves_no_row(settings: None) -> None:
    post("lead_1", phone=ONE, emails=["a@example.com"])
    correct({"phone": TWO})
    access = read_access(MANAGER, "forget")
    confirmed(lambda given: forget_contact(access, "phone", TWO, False, given, NOW + 1))
    assert stamps_of("lead_1") == {}
    assert rows_with() == set()


def test_CAM_4_a_lead_that_earlier_code_left_in_a_row_moves_at_its_next_correction(settings: None) -> None:
    post("lead_1", phone=ONE)
    wrong = person().windows
    post("lead_0", NOW, phone=THREE)
    correct({"phone": TWO})
    now_in = contact_index.list_windows(person().windows[0])[0]
    with (
        people.PersonRow.batch_write() as rows
    ):  # as the earlier code left it: the row of the old value lists it
        row = people.PersonRow.get("lead_1", people.PERSON)
        row.body = row.body.replace(person().windows[0], wrong[0])
        rows.save(row)
    contact_index.ContactRow(now_in.ref, f"window#{now_in.lead_type_id}").delete()
    assert rows_with() == set()
    correct({"first_name": "Eve"})
    assert rows_with() == set(person().windows) != set(wrong)
    assert post("lead_2", NOW + 1, phone=TWO).duplicate_of == "lead_1"


@pytest.mark.parametrize("rotation", ["form", "key"])
@pytest.mark.parametrize("phase", ["reading", "writing"])
def test_CAM_4_a_correction_during_a_migration_enters_the_form_of_new_rows(
    aws: None, rotation: str, phase: str
) -> None:
    register_form_1()
    create_settings()
    post("lead_1", phone=ONE)
    target = add_key() if rotation == "key" else None
    now = NOW
    if phase == "writing":
        now = begin_writing(target=target)
    else:
        begin(target=target)
    correct({"phone": TWO}, now=now)
    assert rows_with() == set(person(now=now).windows)
    assert post("lead_2", now, phone=TWO).duplicate_of == "lead_1"
    assert post("lead_3", now, phone=ONE).status is Status.ACCEPTED
    rekey_lead("lead_1", contact_forms(now), now)
    assert rows_with() == set(person(now=now).windows)
    assert post("lead_4", now, phone=TWO).duplicate_of == "lead_1"


def test_CAM_4_a_former_prefix_in_form_1_stays_one_lead(aws: None) -> None:
    register_form_1()
    create_settings()
    post("lead_1", phone="+52 1 55 1234 5678")
    now = begin_writing()
    correct({"phone": "+52 55 1234 5678"}, now=now)
    assert len(rows_with()) == 1
    assert post("lead_2", now, phone="+52 1 55 1234 5678").duplicate_of == "lead_1"


def corrected_while(act: Callable[[], object], values: dict[str, Any] | None = None, number: int = 1) -> None:
    with fault(meanwhile(act), on=WRITE, when=step(number)) as fired:
        correct(values or {"phone": TWO})
    assert fired


def test_CAM_9_a_lead_of_the_new_value_that_comes_in_meanwhile_is_seen(settings: None) -> None:
    post("lead_1", phone=ONE)
    corrected_while(lambda: post("lead_2", NOW, phone=TWO))
    (window,) = contact_index.list_windows(person().windows[0])
    assert [one.lead_id for one in window.originals] == ["lead_1", "lead_2"]


def test_CAM_9_a_lead_of_the_old_value_that_comes_in_meanwhile_is_a_duplicate_and_not_appended(
    settings: None,
) -> None:
    post("lead_1", phone=ONE, first_name="Ada")
    corrected_while(lambda: post("lead_2", NOW, phone=ONE, emails=["bob@example.org"]))
    append_duplicate("lead_2", NOW + 1)
    assert person().fields == {"first_name": "Ada", "phone": "+12025550199"}
    assert history()[-1] == ("appended", {"fields": [], "lead_id": "lead_2", "reason": "values_changed"})
    assert facts_of("lead_2").appended_at == NOW + 1


@pytest.mark.parametrize("phone", [ONE, TWO])
def test_CAM_9_a_correction_while_a_lead_is_stored_is_decided_again(settings: None, phone: str) -> None:
    post("lead_1", phone=ONE)
    with fault(meanwhile(lambda: correct({"phone": TWO})), on=WRITE, when=step(1)):
        later = post("lead_2", NOW, phone=phone, emails=["b@example.com"])
    if phone == TWO:
        assert later.duplicate_of == "lead_1"
    else:  # decided before the correction; nothing of it goes into the other person's lead
        append_duplicate("lead_2", NOW + 1)
        assert "emails" not in person().fields


@pytest.mark.parametrize("crash", [dying, dying_after, lost, conflicting])
def test_CAM_4_a_correction_that_breaks_off_moves_all_or_nothing(settings: None, crash: Fault) -> None:
    post("lead_1", phone=ONE)
    with suppress(Crash), fault(crash, on=WRITE, when=first(1)):
        correct({"phone": TWO})
    present = person()
    assert rows_with() == set(present.windows)
    known = TWO if present.fields["phone"].endswith("99") else ONE
    assert post("lead_2", NOW + 1, phone=known).duplicate_of == "lead_1"


def test_PRI_9_a_forget_during_the_correction_leaves_no_row(settings: None) -> None:
    post("lead_1", phone=ONE)
    with suppress(Conflict):
        corrected_while(lambda: confirmed(lambda given: forget_lead(MANAGER, "lead_1", False, given, NOW)))
    assert (stamps_of("lead_1"), rows_with()) == ({}, set())


def test_CAM_7_an_append_moves_the_lead_too(settings: None) -> None:
    post("lead_1", phone=ONE, first_name="Ada", zip="10001")
    post("lead_2", NOW + 1, phone=ONE, zip="10002")
    append_duplicate("lead_2", NOW + 2)
    assert rows_with() == set(person().windows)
    assert post("lead_3", NOW + 3, first_name="Ada", zip="10002").duplicate_of == "lead_1"
    assert post("lead_4", NOW + 4, first_name="Ada", zip="10001").status is Status.ACCEPTED


@pytest.mark.parametrize("corrected_lead", ["lead_1", "lead_2"])
def test_CAM_7_nothing_is_appended_once_the_values_differ(settings: None, corrected_lead: str) -> None:
    post("lead_1", phone=ONE)
    post("lead_2", NOW + 1, phone=ONE, first_name="Bob")
    correct({"phone": TWO}, corrected_lead, NOW + 2)
    append_duplicate("lead_2", NOW + 3)
    append_duplicate("lead_2", NOW + 4)
    assert "first_name" not in person().fields
    noted = [entry for entry in history() if entry[0] == "appended"]
    assert noted == [("appended", {"fields": [], "lead_id": "lead_2", "reason": "values_changed"})]


def sets_of(count: int) -> tuple[Field, ...]:
    names = (Field(f"name_{number}", f"Name {number}", duplicate=f"set_{number}") for number in range(count))
    phones = (Field(f"phone_{letter}", f"Phone {letter}", "phone") for letter in "abcdefghij")
    return (*names, *phones)


@pytest.mark.parametrize("rotation", [False, True])
@pytest.mark.parametrize("held", [False, True])
def test_CAM_4_what_has_no_room_in_a_transaction_leaves_its_rows_first(
    aws: None, rotation: bool, held: bool
) -> None:
    if rotation:
        register_form_1()
    create_settings(sets_of(28))
    first_values: dict[str, Any] = {f"name_{number}": f"a{number}" for number in range(28)}
    post(
        "lead_1",
        NOW,
        **first_values,
        **{f"phone_{letter}": f"202-555-01{place}" for place, letter in enumerate("abcdefghij", 10)},
    )
    now = begin_writing() if rotation else NOW
    if held:
        place_legal_hold(MANAGER, "lead_1", "litigation", now + 5 * DAY, now)
    names: dict[str, Any] = {f"name_{number}": f"b{number}" for number in range(28)}
    phones = {f"phone_{letter}": f"202-555-01{place}" for place, letter in enumerate("abcdefghij", 30)}
    correct({**names, **phones}, now=now)
    after = person(now=now)
    assert after.fields["name_27"] == "b27"
    assert rows_with() == set(after.windows)
    assert post("lead_2", now, **first_values).status is Status.ACCEPTED
    again = post("lead_3", now, **names)
    assert again.duplicate_of == ("lead_1" if after.windows else None)
