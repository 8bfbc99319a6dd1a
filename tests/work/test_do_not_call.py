"""Calls to a person who asks not to be called again (PRI-12)."""

from dataclasses import replace

import pytest

from chalicelib.blocks.domain import Block, BlockRequest
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.blocks.usecases.block_ids import opaque_id
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.times import iso
from chalicelib.intake.usecases.receive_lead import Submission, receive_lead
from chalicelib.leads.usecases.read_lead import read_lead
from chalicelib.ledger import store as ledger
from chalicelib.organisation.usecases.contact_forms import contact_forms
from chalicelib.work.domain.activities import LoggedCall
from chalicelib.work.usecases.do_not_call import do_not_call
from tests.factories.activities import rows_of
from tests.factories.leads import AGENT, DAY, LEAD, MANAGER, NOW, create_organisation, facts_of, read_access
from tests.factories.work import create_activity, create_agent, create_assigned_lead, history

pytestmark = pytest.mark.usefixtures("aws")

CALL = LoggedCall("outgoing", "answered")


@pytest.fixture
def lead() -> None:
    """A lead of ten days that the agent has."""
    create_organisation()
    create_assigned_lead()


def get_block(ref: str, now: int = NOW) -> Block | None:
    return blocks.get(ref, "prj_1", now)


def phone_ref() -> str:
    return contact_forms(NOW).refs("phone", "+12025550147").write


def test_PRI_12_do_not_call_blocks_the_number_for_the_project(lead: None) -> None:
    facts = create_activity(replace(CALL, do_not_call=True), NOW + 60)
    block = get_block(phone_ref())
    assert block is not None
    assert (block.blocked_at, block.until, block.by_kind, block.by_id) == (NOW + 60, None, "user", AGENT.id)
    assert (block.number, block.masked, block.reason) == (None, "…47", "asked_not_to_be_called")
    assert [row.scope for row in blocks.BlockRow.scan()] == ["prj_1"]
    (entry,) = ledger.list_subject(f"block/{opaque_id(block.ref, 'prj_1')}", NOW)
    assert (entry.action, entry.actor_id, (entry.detail or {})["lead_id"]) == ("blocked", AGENT.id, "lead_1")
    assert [field.name for field in entry.fields] == ["until", "reason"]
    assert history()[-1][1]["do_not_call"] is True
    assert read_lead(read_access(), "lead_1", NOW + 61).facts.blocked_at == NOW + 60
    assert facts.last_activity_at == NOW + 60
    for table in ("ledger", "leads"):
        assert "5550147" not in rows_of(table)
    repeated = receive_lead(Submission("cmp_1", dict(LEAD), None, "lead_9"), NOW + 61)
    assert repeated.facts is None


def test_PRI_12_a_call_without_it_or_refused_blocks_nobody(lead: None) -> None:
    create_activity(CALL)
    with pytest.raises(Invalid):
        create_activity(LoggedCall("outgoing", "answered", at=NOW + 1, do_not_call=True))
    with pytest.raises(Invalid):
        create_activity(replace(CALL, do_not_call=True), follow_up_on="2020-01-01")
    with pytest.raises(NotFound):
        create_activity(replace(CALL, do_not_call=True), actor=create_agent("usr_2"))
    assert get_block(phone_ref()) is None


def test_PRI_12_an_existing_block_keeps_its_start_and_loses_its_end(lead: None) -> None:
    request = BlockRequest("phone", LEAD["phone"], "prj_1", until=NOW + DAY, reason="regulator")
    block_contact(MANAGER, request, "request_1", NOW)
    for now in (NOW + 60, NOW + 61):
        create_activity(replace(CALL, do_not_call=True), now)
    block = get_block(phone_ref(), NOW + 2 * DAY)
    assert block is not None
    assert (block.blocked_at, block.until, block.number, block.reason) == (
        NOW, None, "+12025550147", "regulator",
    )  # fmt: skip
    entries = ledger.list_subject(f"block/{opaque_id(block.ref, 'prj_1')}", NOW)
    assert [entry.action for entry in entries] == ["blocked", "block_changed"]
    assert [(field.name, field.before, field.after) for field in entries[1].fields] == [
        ("until", iso(NOW + DAY), None)
    ]


def test_PRI_12_two_requests_make_one_block(lead: None) -> None:
    do_not_call(AGENT, facts_of("lead_1"), "req_1", NOW)
    do_not_call(AGENT, facts_of("lead_1"), "req_2", NOW + 5)
    assert [row.blocked_at for row in blocks.BlockRow.scan()] == [NOW]
