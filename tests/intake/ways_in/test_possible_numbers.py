"""Under a contact word a possible number is enough, by every way in; elsewhere it is no contact (FILE-A13, SRC-3)."""

from typing import Any

import pytest

from chalicelib import clock
from chalicelib.imports.domain.import_job import ImportKind
from chalicelib.organisation import store as configuration
from tests.factories.imports import create_bucket, get_block, run_file, verdicts
from tests.harness.api import Caller
from tests.intake import test_api_contacts as contacts
from tests.intake.test_api_contacts import PATH, block
from tests.intake.ways_in.test_contact_words import confirm, post

source, manager = contacts.source, contacts.manager

NEW, NORMAL = "(679) 234-5678", "+16792345678"
# Possible, and not valid by the library's metadata: a new area code, one that is not in service, a foreign number.
POSSIBLE = ["(679) 234-5678", "999-555-0147", "+44 2079 4600 1", "+49 3012 345 678 901"]


@pytest.mark.parametrize("number", POSSIBLE)
@pytest.mark.parametrize("name", ["phone", "home_phone", "contact[phones]", "fax"])
def test_FILE_A13_a_blocked_possible_number_is_refused(
    source: Caller, manager: Caller, number: str, name: str
) -> None:
    block(manager, number)

    reply = source.post(PATH, {"email": "ann@example.org", name: number})

    assert (reply.status, reply.json.get("reason")) == (200, "blocked")


@pytest.mark.parametrize(
    "writing", [NEW, "679.234.5678", "1 679 234 5678", "+1-679-234-5678", "tel:6792345678"]
)
@pytest.mark.parametrize("name", ["phone2", "work_phone"])
def test_FILE_A13_search_block_and_forget_read_what_the_lead_read(
    source: Caller, manager: Caller, writing: str, name: str
) -> None:
    lead_id = post(source, {name: "679-234-5678"})

    found = manager.post("/v1/contacts/search", {"phone": writing}).json
    worklist = manager.post("/v1/worklist/search", {"phone": writing}).json
    forgotten = manager.post("/v1/contacts/forget", {"phone": writing, "keep_out": True})

    assert [lead["lead_id"] for lead in found["leads"]] == [lead_id]
    assert [lead["lead_id"] for lead in worklist["items"]] == [lead_id]
    assert (forgotten.status, forgotten.json["effect"]["leads"]) == (409, 1), forgotten.text


def test_FILE_A13_keep_out_holds_for_every_writing(source: Caller, manager: Caller) -> None:
    post(source, {"work_phone": NEW})

    assert confirm(manager, "/v1/contacts/forget", {"phone": NEW, "keep_out": True}).status in (200, 202)

    for values in ({"phone": "16792345678"}, {"email": "ann@example.org", "cell": "679 234 5678"}):
        assert source.post(PATH, values).json["reason"] == "blocked"


@pytest.mark.parametrize("name", ["phone", "cell", "daytime_phone"])
def test_FILE_A13_do_not_call_blocks_it_and_a_correction_meets_the_block(
    source: Caller, manager: Caller, name: str
) -> None:
    lead_id, other = post(source, {name: NEW}), post(source, {"cell": "202-555-0188"})
    call = {"direction": "outgoing", "result": "answered", "do_not_call": True}

    assert manager.post(f"/v1/leads/{lead_id}/activities", {"call": call}).status in (200, 201)

    assert get_block(NORMAL, now=clock.now()) is not None
    reply = manager.patch(f"/v1/leads/{other}", {"version": 1, "person": {"cell": "679/234-5678"}})
    assert (reply.status, reply.code) == (409, "blocked")


@pytest.mark.parametrize("name", ["phone", "Home Phone", "cell2"])
def test_FILE_A13_files_of_blocks_and_of_leads_read_it_alike(
    source: Caller, manager: Caller, name: str
) -> None:
    create_bucket()
    now = clock.now()

    assert verdicts(run_file(f"{name}\n{NEW}\n", now=now)) == [("blocked", "")]
    leads = run_file(f"email,{name}\nann@example.org,679-234-5678\n", ImportKind.LEADS, "cmp_1", now, "b")
    assert verdicts(leads) == [("rejected", "blocked")]
    unblocked = run_file(f"{name}\n+16792345678\n", ImportKind.UNBLOCK, now=now, name="c")
    assert verdicts(unblocked) == [("unblocked", "")]
    assert source.post(PATH, {"email": "ann@example.org", name: NEW}).status == 201


@pytest.mark.parametrize(
    "values",
    [
        {"customer_no": "679-234-5678"},
        {"question_7": NEW},
        {"notes": "+16792345678"},
        {"data": {"number_of_things": "+1 679 234 5678"}},
        {"field_data": [{"name": "policy", "values": ["(679) 234-5678"]}]},
    ],
)
def test_FILE_A13_under_other_names_only_a_valid_number_counts(
    source: Caller, manager: Caller, values: dict[str, Any]
) -> None:
    block(manager, NEW)

    assert source.post(PATH, {"email": "ann@example.org", **values}).status == 201


@pytest.mark.parametrize(
    ("region", "written", "normal"),
    [
        ("DE", "030 123456", "+4930123456"),
        ("DE", "0199 1234567", "+491991234567"),
        ("GB", "020 7946 001", "+44207946001"),
        ("CA", "(679) 234-5678", NORMAL),
    ],
)
def test_FILE_A13_the_region_of_the_project_counts_by_both_ways_in(
    source: Caller, manager: Caller, region: str, written: str, normal: str
) -> None:
    assert manager.patch("/v1/projects/prj_1", {"version": 1, "region": region}).status == 200
    configuration.clear_cache()
    block(manager, written)

    assert get_block(normal, now=clock.now()) is not None
    values = {"email": "ann@example.org", "alt_phone": written}
    assert source.post(PATH, values).json["reason"] == "blocked"
