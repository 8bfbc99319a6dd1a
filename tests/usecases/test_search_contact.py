"""What the desk finds on a contact (PRI-1 … PRI-5), and what is not stored of a refusal (INT-13)."""

import pytest

from chalicelib.domain.access import Actor
from chalicelib.domain.blocks import BlockRequest
from chalicelib.domain.desk import Found
from chalicelib.stores import leads_rows, people
from chalicelib.usecases.block_contact import block_contact
from chalicelib.usecases.receive_lead import Submission, receive_lead
from chalicelib.usecases.search_contact import search_contact
from tests.given import LEAD, MANAGER, NOW, OUTSIDER, a_lead, an_organisation, reading

pytestmark = pytest.mark.usefixtures("aws")


def found(actor: Actor = MANAGER, request_id: str = "req_1") -> Found:
    access = reading(actor, "search", request_id)
    return search_contact("phone", LEAD["phone"], access, 50, None, NOW)


def test_PRI_2_each_lead_comes_with_its_facts_and_its_person() -> None:
    an_organisation()
    a_lead()
    (lead,) = found().leads
    assert lead.facts.lead_id == "lead_1"
    assert lead.person is not None
    assert lead.person.fields["email"] == LEAD["email"]


def test_PRI_3_every_personal_field_is_listed_with_the_leads_that_hold_it() -> None:
    an_organisation()
    a_lead(values={"phone": LEAD["phone"]}, loan="10")
    held = {item.key: item.lead_ids for item in found().data_available}
    assert held == {"first_name": (), "phone": ("lead_1",), "email": ()}


def test_PRI_4_who_has_read_a_person_is_told_with_how_often() -> None:
    an_organisation()
    a_lead()
    found()
    (reader,) = found(request_id="req_2").did
    assert (reader.user_id, reader.last_at, reader.count) == ("usr_manager", NOW, 2)
    assert found(OUTSIDER, "req_3").did == ()


def test_INT_13_of_a_blocked_lead_nothing_is_stored() -> None:
    an_organisation()
    block_contact(BlockRequest("phone", LEAD["phone"], "prj_1"), MANAGER, "deed_1", NOW)
    assert receive_lead(Submission("cmp_1", LEAD, None, "lead_1"), NOW).turned_away == "blocked"
    assert not list(leads_rows.FactsRow.scan())
    assert not list(people.PersonRow.scan())
