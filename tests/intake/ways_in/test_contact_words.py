"""A contact is the person's by every way in, under any word (FILE-A3, FILE-A12, FILE-A13, SRC-3, SRC-7)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib import clock
from chalicelib.campaigns.domain.campaign_settings import Duplicates
from chalicelib.imports.domain.import_job import ImportKind
from chalicelib.intake.usecases.append_duplicate import append_duplicate
from chalicelib.leads.store import leads_rows, people
from tests.factories.imports import create_bucket, get_block, run_file, verdicts
from tests.harness.api import Caller, Reply
from tests.intake import test_api_contacts as contacts
from tests.intake.test_api_contacts import BLOCKED, FORM, PATH, block, use

source, manager = contacts.source, contacts.manager

FIRST = "202-555-0147"
NEW = "(679) 234-5678"  # in service, and unknown to the library's metadata
NEW_NORMAL = "+16792345678"
GOOGLE = {"user_column_data": [{"column_id": "PHONE_NUMBER", "string_value": "(202) 555-0199"}]}
# The first seven are the line itself.
PLACES: list[dict[str, Any]] = [
    *({name: "202.555.0199"} for name in ("home_phone", "work_phone", "cell", "mobile_number")),
    *({name: "202.555.0199"} for name in ("phone2", "alt_phone")),
    GOOGLE,
    *({name: "2025550199"} for name in ("Daytime Phone", "evening-phone", "cell2", "best_phone")),
    *({name: 12025550199} for name in ("secondary_phone", "Mobile No", "contact[mobile]", "whatsapp_number")),
    {"lead": {"applicant": {"phones": ["2025550199"]}}},
    {"field_data": [{"name": "work_phone_number", "values": ["2025550199"]}]},
    {"custom_questions": [{"question": "Cell phone:", "answer": "2025550199"}]},
    {"cell": "2025550188 / ext", "phone3": "tel:+1-202-555-0199"},
]
FLAT = [
    name for place in PLACES for name, value in place.items() if len(place) == 1 and isinstance(value, str)
]
IDS = [" ".join(place) for place in PLACES]


def post(source: Caller, values: dict[str, Any]) -> str:
    reply = source.post(PATH, {"phone": FIRST, **values})
    assert reply.status in (200, 201), reply.text
    return str(reply.json["lead_id"])


def confirm(caller: Caller, path: str, body: dict[str, Any]) -> Reply:
    return caller.post(path, body | {"confirm": caller.post(path, body).json["confirm"]})


def leads_stored() -> int:
    return len(list(leads_rows.FactsRow.scan()))


@pytest.mark.parametrize("place", PLACES, ids=IDS)
def test_FILE_A3_a_blocked_number_is_refused_beside_the_first_phone(
    source: Caller, manager: Caller, place: dict[str, Any]
) -> None:
    block(manager)

    reply = source.post(PATH, {"phone": FIRST, **place})

    assert (reply.status, reply.json["reason"], leads_stored()) == (200, "blocked", 0)


@pytest.mark.parametrize("name", FLAT)
@pytest.mark.parametrize("form", [True, False])
def test_FILE_A3_a_form_and_a_user_by_hand_are_refused_alike(
    source: Caller, manager: Caller, name: str, form: bool
) -> None:
    block(manager)
    values = {"phone": FIRST, name: "2025550199"}

    reply = (
        source.post(PATH, urlencode(values).encode(), headers=FORM) if form else manager.post(PATH, values)
    )

    assert (reply.json["status"], reply.json["reason"]) == ("rejected", "blocked")


@pytest.mark.parametrize("place", PLACES, ids=IDS)
def test_FILE_A3_a_dry_run_says_what_the_post_would_say(
    source: Caller, manager: Caller, place: dict[str, Any]
) -> None:
    block(manager)

    reply = manager.post(f"{PATH}/explain", {"phone": FIRST, **place})

    assert (reply.status, reply.json["reason"]) == (200, "blocked")


@pytest.mark.parametrize("name", FLAT)
def test_FILE_A3_a_file_of_leads_is_refused_row_by_row(source: Caller, manager: Caller, name: str) -> None:
    create_bucket()
    block(manager)
    text = f"phone,{name}\n{FIRST},2025550199\n{FIRST},2025550188\n"

    job = run_file(text, ImportKind.LEADS, "cmp_1", clock.now())

    assert verdicts(job) == [("rejected", "blocked"), ("accepted", "")]


@pytest.mark.parametrize("name", FLAT)
def test_FILE_A3_a_correction_cannot_bring_a_blocked_number(
    source: Caller, manager: Caller, name: str
) -> None:
    lead_id = post(source, {name: "2025550188"})
    block(manager)

    reply = manager.patch(f"/v1/leads/{lead_id}", {"version": 1, "person": {name: "2025550199"}})

    assert (reply.status, reply.code) == (409, "blocked")


@pytest.mark.parametrize("place", PLACES, ids=IDS)
def test_FILE_A3_search_and_forget_find_the_person_by_it(
    source: Caller, manager: Caller, place: dict[str, Any]
) -> None:
    lead_id = post(source, place)

    found = manager.post("/v1/contacts/search", {"phone": BLOCKED}).json
    assert [lead["lead_id"] for lead in found["leads"]] == [lead_id]
    assert confirm(manager, "/v1/contacts/forget", {"phone": BLOCKED, "keep_out": False}).status in (200, 202)
    assert people.get(lead_id, clock.now() + 2) is None


@pytest.mark.parametrize("place", PLACES, ids=IDS)
def test_FILE_A3_a_call_with_do_not_call_blocks_it(
    source: Caller, manager: Caller, place: dict[str, Any]
) -> None:
    lead_id = post(source, place)

    call = {"direction": "outgoing", "result": "answered", "do_not_call": True}
    reply = manager.post(f"/v1/leads/{lead_id}/activities", {"call": call})

    assert reply.status in (200, 201), reply.text
    assert get_block(BLOCKED, now=clock.now()) is not None


@pytest.mark.parametrize("place", PLACES, ids=IDS)
def test_FILE_A3_an_append_leaves_a_blocked_number_out(
    source: Caller, manager: Caller, place: dict[str, Any]
) -> None:
    use(duplicates=Duplicates(enabled=True, append=True))
    first = post(source, {})
    second = post(source, place)
    block(manager)

    append_duplicate(second, clock.now())

    person = people.get(first, clock.now())
    assert person is not None
    assert person.fields == {"phone": "+12025550147"}
    assert "0199" not in str(person.extras)


@pytest.mark.parametrize("name", FLAT)
@pytest.mark.parametrize("kind", [ImportKind.BLOCK, ImportKind.UNBLOCK, ImportKind.FORGET])
def test_FILE_A3_a_file_of_contacts_reads_the_column(
    source: Caller, manager: Caller, name: str, kind: ImportKind
) -> None:
    create_bucket()
    post(source, {"home_phone": BLOCKED})
    if kind is ImportKind.UNBLOCK:
        block(manager)

    job = run_file(f"Customer No,{name}\n2025550111,2025550199\n", kind, now=clock.now())

    done = {ImportKind.BLOCK: "blocked", ImportKind.UNBLOCK: "unblocked", ImportKind.FORGET: "forgotten"}
    assert job.progress.by_verdict == {done[kind]: 1}


@pytest.mark.parametrize(
    "name", ["work_email", "email2", "alt_email", "Home E-Mail", "contact[email]", "correo"]
)
def test_FILE_A3_the_words_of_addresses_are_known_alike(source: Caller, manager: Caller, name: str) -> None:
    lead_id = post(source, {"email": "ann@example.org", name: "Ann <stop5@example.org>"})
    found = manager.post("/v1/contacts/search", {"email": "stop5@example.org"}).json["leads"]
    assert manager.post("/v1/blocks", {"email": "stop5@example.org", "project_id": "prj_1"}).status == 201

    assert [lead["lead_id"] for lead in found] == [lead_id]
    values = {"phone": FIRST, "email": "ann@example.org", name: "stop5@example.org; bob@example.org"}
    assert source.post(PATH, values).json["reason"] == "blocked"


WayIn = Callable[[Caller, Caller], Reply]


def by_form(source: Caller, manager: Caller) -> Reply:
    return source.post(PATH, urlencode({"phone": NEW}).encode(), headers=FORM)


def by_correction(source: Caller, manager: Caller) -> Reply:
    return manager.patch(f"/v1/leads/{post(source, {})}", {"version": 1, "person": {"phone": NEW}})


@pytest.mark.parametrize(
    "way_in",
    [
        lambda source, manager: source.post(PATH, {"phone": NEW}),
        lambda source, manager: source.post(PATH, {"phone": "1-679-234-5678"}),
        lambda source, manager: source.post(PATH, {"Phone": 6792345678}),
        lambda source, manager: manager.post(PATH, {"phone": "+1 679 234 5678"}),
        lambda source, manager: manager.post(f"{PATH}/explain", {"phone": NEW}),
        lambda source, manager: manager.post("/v1/blocks", {"phone": NEW, "project_id": "prj_1"}),
        lambda source, manager: manager.post("/v1/blocks/search", {"phone": NEW}),
        lambda source, manager: manager.post("/v1/contacts/search", {"phone": NEW}),
        lambda source, manager: manager.post("/v1/worklist/search", {"phone": NEW}),
        by_form,
        by_correction,
    ],
    ids="json digits whole_number by_hand dry_run block block_search search worklist form correction".split(),
)
def test_FILE_A12_a_new_area_code_is_taken_by_every_way_in(
    source: Caller, manager: Caller, way_in: WayIn
) -> None:
    assert way_in(source, manager).status in (200, 201)


@pytest.mark.parametrize(
    ("phone", "assigned"),
    [
        ("(679) 234-5678", True),
        ("(621) 234-5678", True),
        ("(202) 555-0147", None),
        ("(999) 234-5678", False),
        ("(680) 234-5678", None),
    ],
)
def test_FILE_A12_the_person_says_which_area_code_is_in_service(
    source: Caller, phone: str, assigned: bool | None
) -> None:
    person = people.get(source.post(PATH, {"phone": phone}).json["lead_id"], clock.now())

    assert person is not None
    marks = person.evidence.get("phones", [{}])
    assert marks[0].get("unverified", False) == (assigned is not None)
    assert marks[0].get("assigned", False) == bool(assigned)


@pytest.mark.parametrize(
    "phone",
    ["(679) 134-5678", "(179) 234-5678", "(679) 234-567", "(679) 234-56789", "(679) 234-567X", "679 234"],
)
def test_FILE_A12_an_impossible_number_of_it_is_still_refused(source: Caller, phone: str) -> None:
    assert source.post(PATH, {"phone": phone}).status == 422


@pytest.mark.parametrize("kind", list(ImportKind))
def test_FILE_A12_a_row_of_a_file_is_read_like_a_field(
    source: Caller, manager: Caller, kind: ImportKind
) -> None:
    create_bucket()
    scope = "cmp_1" if kind is ImportKind.LEADS else "prj_1"

    job = run_file(f"phone\n{NEW}\n", kind, scope, clock.now())

    assert (job.progress.read, job.progress.invalid_by_reason) == (1, {})
