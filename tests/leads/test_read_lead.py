"""Reading leads (INT-15, INT-16, ACC-4, PRI-30)."""

from dataclasses import replace

import pytest

from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import Forbidden, NotFound, Unavailable
from chalicelib.core.retention import Policy
from chalicelib.core.times import utc_day
from chalicelib.leads.domain.leads import Status
from chalicelib.leads.usecases.list_leads import LeadFilter, list_leads
from chalicelib.leads.usecases.read_lead import read_lead
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import EntryKind
from tests.factories.leads import (
    AGENT,
    DAY,
    LEAD,
    MANAGER,
    NOW,
    OUTSIDER,
    create_campaign,
    create_lead,
    create_organisation,
    read_access,
)
from tests.harness.faults import always, denied, fault, metered

pytestmark = pytest.mark.usefixtures("aws")
TODAY = LeadFilter("cmp_1", utc_day(NOW))


def accesses(lead_id: str) -> list[tuple[str, str | None]]:
    entries = ledger.list_subject(f"lead/{lead_id}", NOW)
    return [(entry.actor_id, entry.through) for entry in entries if entry.kind is EntryKind.ACCESS]


def ids(lead_filter: LeadFilter = TODAY, actor: Actor = MANAGER, now: int = NOW) -> list[str]:
    page = list_leads(read_access(actor, "list"), lead_filter, 50, None, now)
    return [lead.facts.lead_id for lead in page.items]


def test_INT_15_a_live_lead_costs_two_reads_and_two_queries() -> None:
    create_organisation()
    create_lead()
    with metered() as meter:
        lead = read_lead(read_access(), "lead_1", NOW)
    assert lead.person is not None
    assert lead.person.fields["phone"] == "+12025550147"
    assert meter.operations["BatchGetItem"] == 2
    assert meter.operations["Query"] == 2  # the history, and the open forget orders


def test_PRI_30_an_access_is_logged_once_for_each_request() -> None:
    create_organisation()
    create_lead()
    for request_id in ("req_1", "req_1", "req_2"):
        read_lead(read_access(request_id=request_id), "lead_1", NOW)
    assert accesses("lead_1") == [("usr_manager", "view")] * 2


def test_PRI_30_an_access_that_cannot_be_logged_shows_no_person() -> None:
    create_organisation()
    create_lead()
    with fault(denied, on={"PutItem"}, table="ledger", when=always), pytest.raises(Unavailable):
        read_lead(read_access(), "lead_1", NOW)


def test_RET_14_at_the_end_the_person_is_hidden_and_no_access_logged() -> None:
    create_organisation()
    create_lead()
    assert read_lead(read_access(), "lead_1", NOW + 10 * DAY - 1).person is not None
    assert read_lead(read_access(request_id="req_2"), "lead_1", NOW + 10 * DAY).person is None
    assert len(accesses("lead_1")) == 1


def test_ACC_4_a_lead_of_another_project_does_not_exist() -> None:
    create_organisation()
    create_lead()
    with pytest.raises(NotFound):
        read_lead(read_access(OUTSIDER), "lead_1", NOW)
    with pytest.raises(NotFound):
        list_leads(read_access(OUTSIDER), TODAY, 50, None, NOW)
    assert accesses("lead_1") == []


def test_ACC_3_an_agent_sees_only_own_leads() -> None:
    create_organisation()
    create_campaign("cmp_2", policy=Policy(), agent=AGENT.id)
    create_lead("lead_1")
    create_lead("lead_2", campaign_id="cmp_2")
    assert read_lead(read_access(AGENT), "lead_2", NOW).person is not None
    with pytest.raises(NotFound):
        read_lead(read_access(AGENT), "lead_1", NOW)
    assert ids(TODAY, AGENT) == []
    assert ids(replace(TODAY, campaign_id="cmp_2"), AGENT) == ["lead_2"]


def test_ACC_6_without_leads_read_it_is_forbidden() -> None:
    create_organisation()
    create_lead()
    withdrawn = replace(MANAGER, permissions=frozenset(Permission) - {Permission.LEADS_READ})
    with pytest.raises(Forbidden):
        read_lead(read_access(withdrawn), "lead_1", NOW)


def test_INT_16_a_list_shows_live_real_leads_unless_asked_otherwise() -> None:
    create_organisation()
    create_lead("lead_1")
    create_lead("lead_2", NOW + 1)
    create_lead("lead_t", NOW + 2, test=True)
    assert ids() == ["lead_2", "lead_1"]
    assert ids(replace(TODAY, test=True)) == ["lead_t"]
    assert ids(replace(TODAY, status=Status.HELD)) == []
    assert ids(replace(TODAY, day="2026-01-01")) == []
    due = NOW + 10 * DAY
    assert ids(TODAY, now=due) == ["lead_2"]
    assert ids(replace(TODAY, erased=True), now=due) == ["lead_1"]


def test_INT_16_a_page_continues_after_the_last_one_with_filters() -> None:
    create_organisation()
    for number in range(7):
        create_lead(f"lead_{number}", NOW + number, test=number % 2 == 1)
    first = list_leads(read_access(), TODAY, 2, None, NOW)
    more = list_leads(read_access(), TODAY, 2, first.next, NOW)
    seen = [lead.facts.lead_id for lead in (*first.items, *more.items)]
    assert seen == ["lead_6", "lead_4", "lead_2", "lead_0"]
    rest = list_leads(read_access(), TODAY, 2, more.next, NOW) if more.next else None
    assert rest is None or (rest.items, rest.next) == ([], None)


def test_PRI_30_a_list_logs_each_person_it_shows() -> None:
    create_organisation()
    create_lead("lead_1")
    create_lead("lead_2")
    ids()
    assert accesses("lead_1") == []
    page = list_leads(read_access(through="list"), replace(TODAY, person=True), 50, None, NOW)
    assert all(lead.person for lead in page.items)
    assert accesses("lead_1") == accesses("lead_2") == [("usr_manager", "list")]


def test_PRI_16_a_lead_shows_as_blocked_while_the_block_exists() -> None:
    create_organisation()
    create_lead()
    request = BlockRequest("phone", LEAD["phone"], "prj_1", until=NOW + DAY)
    block_contact(MANAGER, request, "request_1", NOW + 5)

    assert read_lead(read_access(), "lead_1", NOW + 6).facts.blocked_at == NOW + 5
    assert read_lead(read_access(request_id="req_2"), "lead_1", NOW + DAY).facts.blocked_at is None
