"""A lead with a blocked contact is marked wherever its person is shown, until the block ends (PRI-16)."""

from collections.abc import Callable

import pytest

from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.core.errors import Unavailable
from chalicelib.core.retention import Policy
from chalicelib.core.times import iso, utc_day
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.leads.usecases.list_leads import LeadFilter, list_leads
from tests.factories.leads import LEAD, MANAGER, NOW, create_lead, create_organisation, read_access
from tests.factories.work import HOUR
from tests.harness.api import Reply
from tests.harness.faults import always, denied, fault, metered
from tests.work.test_api_work import ONE, WorkApi, work_api

__all__ = ["work_api"]
DAY_LIST = f"/v1/leads?campaign=cmp_1&day={utc_day(NOW)}&person=true"
Asking = Callable[[WorkApi], Reply]
SHOWN: dict[str, Asking] = {
    "a lead": lambda work_api: work_api.caller().get(ONE),
    "own leads": lambda work_api: work_api.caller().get("/v1/worklist?person=true"),
    "own search": lambda work_api: work_api.caller().post("/v1/worklist/search", {"phone": LEAD["phone"]}),
    "a day": lambda work_api: work_api.caller(MANAGER.id).get(DAY_LIST),
    "unassigned": lambda work_api: work_api.caller(MANAGER.id).get(
        "/v1/projects/prj_1/unassigned?person=true"
    ),
    "the desk": lambda work_api: work_api.caller(MANAGER.id).post(
        "/v1/contacts/search", {"phone": LEAD["phone"]}
    ),
    "a correction": lambda work_api: work_api.caller().patch(ONE, _correction(work_api)),
}


def _correction(work_api: WorkApi) -> dict[str, object]:
    version = work_api.caller().get(ONE).json["version"]
    return {"version": version, "person": {"first_name": f"Ada {version}"}}


def block_marks(reply: Reply) -> set[str | None]:
    """Return the block marks of the leads of an answer. Each lead shows a number."""
    assert reply.status == 200, reply.text
    content = reply.json
    shown = content.get("items") or content.get("leads") or [content]
    assert all("phone" in lead["person"] for lead in shown)
    return {lead.get("blocked_at") for lead in shown}


@pytest.mark.parametrize("place", SHOWN)
def test_PRI_16_a_block_made_later_is_shown_until_it_ends(work_api: WorkApi, place: str) -> None:
    ask = SHOWN[place]
    create_lead("lead_2", NOW)
    assert block_marks(ask(work_api)) == {None}
    work_api.set_now(NOW + HOUR)
    manager = work_api.caller(MANAGER.id)
    block = manager.post("/v1/blocks", {"phone": LEAD["phone"], "project_id": "prj_1"}).json
    process_new_lead("lead_1", NOW + HOUR + 1)
    work_api.set_now(NOW + 2 * HOUR)
    assert block_marks(ask(work_api)) == {iso(NOW + HOUR)}
    assert work_api.caller(MANAGER.id).delete(f"/v1/blocks/{block['id']}").status == 204
    assert block_marks(ask(work_api)) == {None}


def test_PRI_16_a_call_to_a_blocked_number_is_still_recorded(work_api: WorkApi) -> None:
    work_api.caller(MANAGER.id).post("/v1/blocks", {"phone": LEAD["phone"], "project_id": "prj_1"})
    call = {"kind": "call", "direction": "outgoing", "result": "answered"}
    assert work_api.caller().post(f"{ONE}/activities", call).status == 201


@pytest.mark.usefixtures("aws")
def test_PRI_16_the_blocks_of_a_page_are_read_together() -> None:
    create_organisation(Policy(10))
    for number in range(30):
        create_lead(f"lead_{number}", NOW, phone=f"202-555-01{number:02d}", email=f"{number}@example.org")
    block_contact(MANAGER, BlockRequest("email", "29@example.org", "prj_1"), "request", NOW)
    lead_filter = LeadFilter("cmp_1", utc_day(NOW), person=True)
    with metered() as meter:
        page = list_leads(read_access(through="list"), lead_filter, 50, None, NOW)
    assert meter.operations["BatchGetItem"] == 1 + 2  # thirty leads; sixty contacts in two scopes
    assert [lead.facts.lead_id for lead in page.items if lead.facts.blocked_at is not None] == ["lead_29"]


@pytest.mark.usefixtures("aws")
def test_INT_11_with_an_unreadable_list_no_number_is_shown() -> None:
    create_organisation(Policy(10))
    create_lead()
    lead_filter = LeadFilter("cmp_1", utc_day(NOW), person=True)
    with fault(denied, on={"BatchGetItem"}, table="blocks", when=always), pytest.raises(Unavailable):
        list_leads(read_access(through="list"), lead_filter, 50, None, NOW)
