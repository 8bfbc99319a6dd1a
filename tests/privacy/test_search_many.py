"""The search for a contact of many leads: each page reads what it shows (SEC-B9)."""

from collections.abc import Callable

import pytest

from chalicelib import clock
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.errors import ConfirmationRequired
from chalicelib.leads.store.contact_index import ContactRow
from chalicelib.ledger.domain.entries import Access
from chalicelib.organisation.domain.configuration import Project
from chalicelib.privacy.usecases import search_contact as search
from chalicelib.privacy.usecases.forget_contact import forget_contact
from chalicelib.privacy.usecases.search_contact import search_contact
from chalicelib.work.domain.activities import Comment
from chalicelib.work.usecases.search_worklist import search_worklist
from tests.factories.leads import LEAD, MANAGER, NOW, create_lead, create_organisation, read_access
from tests.factories.work import create_activity, create_assigned_lead
from tests.harness.api import add_item
from tests.harness.faults import metered

DESK = read_access(through="search")


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    create_organisation()


def pages(limit: int) -> list[list[str]]:
    found, after = [], None
    while True:
        result = search_contact(DESK, "phone", LEAD["phone"], limit, after, NOW).leads
        found.append([lead.facts.lead_id for lead in result.items])
        if result.next is None:
            return found
        after = result.next


def test_SEC_B9_a_page_costs_the_same_for_a_contact_of_many_leads() -> None:
    costs = []
    for count in (3, 40):
        for number in range(count):
            create_lead(f"lead_{count}_{number:02d}", NOW - 50 + number, email=f"p{number}@example.org")
        with metered() as meter:
            search_contact(DESK, "phone", LEAD["phone"], 2, None, NOW)
        costs.append(meter.round_trips)
    assert costs[0] == costs[1]


def test_SEC_B9_the_pages_are_newest_first_and_complete() -> None:
    for number in range(7):
        create_lead(f"lead_{number}", NOW - 10 + number // 2)
    found = [lead_id for page in pages(3) for lead_id in page]
    assert found == ["lead_6", "lead_4", "lead_5", "lead_2", "lead_3", "lead_0", "lead_1"]


def test_SEC_B9_entries_without_a_time_of_receipt_are_found_in_order() -> None:
    for number in range(5):
        create_lead(f"lead_{number}", NOW - 10 + number)
    for row in ContactRow.scan():
        if row.entry.startswith("lead#") and int(row.entry[-1]) % 2:
            row.update(actions=[ContactRow.received_at.remove(), ContactRow.project_id.remove()])
    assert [lead_id for page in pages(2) for lead_id in page] == [
        f"lead_{number}" for number in range(4, -1, -1)
    ]


def test_SEC_B9_a_page_ends_after_some_rounds_of_leads_that_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_ROUNDS", 2)
    for number in range(6):
        create_lead(f"lead_{number}", NOW - number)
    later = NOW + 10 * 86_400 - 2  # four leads are past their end
    stamped = [row for row in ContactRow.scan() if row.entry.startswith("lead#")]
    for row in stamped:
        row.update(actions=[ContactRow.expires_at.remove()])  # as if their index entries lagged
    first = search_contact(DESK, "phone", LEAD["phone"], 1, None, later).leads
    assert ([lead.facts.lead_id for lead in first.items], first.next is not None) == (["lead_0"], True)


EXTRA = {"first_name": "Ada", "phone": "202-555-0188", "work_phone": LEAD["phone"]}


def _request() -> Access:
    """Return a search with an id of its own, as every request has."""
    return read_access(through="search", request_id=clock.new_id("req"))


def by_desk(kind: str, contact: str, limit: int = 2) -> int:
    with metered() as meter:
        result = search_contact(_request(), kind, contact, limit, None, NOW).leads
    assert len(result.items) == limit
    return meter.round_trips


def by_worklist(limit: int = 2) -> int:
    with metered() as meter:
        page = search_worklist(_request(), "phone", LEAD["phone"], limit, None, NOW)
    assert len(page.items) == limit
    return meter.round_trips


def second_page() -> int:
    first = search_contact(DESK, "phone", LEAD["phone"], 1, None, NOW).leads
    with metered() as meter:
        search_contact(DESK, "phone", LEAD["phone"], 2, first.next, NOW)
    return meter.round_trips


@pytest.mark.parametrize(
    ("values", "ask"),
    [
        (LEAD, lambda: by_desk("phone", "+1 (202) 555-0147")),
        (LEAD, lambda: by_desk("email", LEAD["email"])),
        (EXTRA, lambda: by_desk("phone", LEAD["phone"])),
        (LEAD, by_worklist),
        (LEAD, second_page),
    ],
    ids=["another writing", "address", "extra", "worklist", "second page"],
)
def test_SEC_B9_every_search_costs_what_its_page_shows(
    values: dict[str, str], ask: Callable[[], int]
) -> None:
    costs = []
    for count in (3, 117):
        for number in range(count):
            create_lead(f"lead_{count}_{number:03d}", NOW - 200 + number, values=values)
        costs.append(ask())
    assert costs[0] == costs[1]


@pytest.mark.parametrize("limit", [1, 49, 50, 51])
def test_SEC_B9_the_cost_of_a_page_is_that_of_its_leads(limit: int) -> None:
    for number in range(120):
        create_lead(f"lead_{number:03d}", NOW - 200 + number)
    assert by_desk("phone", LEAD["phone"], limit) <= 20 + 2 * limit


def rows_read() -> dict[str, int]:
    with metered() as meter:
        search_contact(DESK, "phone", LEAD["phone"], 2, None, NOW)
    return {table: rows for table, rows in meter.tables.items() if table != "setup"}


def test_SEC_B9_leads_of_another_project_cost_nothing() -> None:
    """The index names the project of each lead, so that no lead of another one is read."""
    add_item(Project(id="prj_2", version=1, name="Insurance"))
    add_item(
        Campaign(id="cmp_2", version=1, name="W", project_id="prj_2", lead_type_id="lt_1", source="site")
    )
    for number in range(3):
        create_lead(f"lead_{number}", NOW - 500 + number)
    alone = rows_read()
    for number in range(110):
        create_lead(f"other_{number:03d}", NOW - 200 + number, "cmp_2")
    assert rows_read() == alone


def test_SEC_B9_the_first_step_of_a_forget_reads_no_lead_by_itself() -> None:
    costs = []
    for count in (3, 117):
        for number in range(count):
            create_lead(f"lead_{count}_{number:03d}", NOW - 200 + number)
        with metered() as meter, pytest.raises(ConfirmationRequired):
            forget_contact(read_access(MANAGER, "forget"), "phone", LEAD["phone"], True, None, NOW)
        costs.append(meter.round_trips)
    assert costs[1] - costs[0] <= 2


def list_older_leads(count: int) -> None:
    """List so many leads of long ago under the contacts of the example lead; a page of the newest ones reads none."""
    refs = [row.ref for row in ContactRow.scan() if row.entry == "lead#lead_000"]
    with ContactRow.batch_write() as saved:
        for number in range(count):
            at = NOW - 100_000 + number
            for ref in refs:
                saved.save(ContactRow(ref, f"lead#old_{number:05d}", project_id="prj_1", received_at=at))


@pytest.mark.parametrize(
    "ask", [lambda: by_desk("phone", LEAD["phone"], 10), lambda: by_worklist(10), second_page]
)
def test_PRI_1_a_page_of_a_contact_of_3000_leads_costs_what_it_shows(ask: Callable[[], int]) -> None:
    """One query reads the whole list of the contact; the leads of the page are read a hundred at once."""
    for number in range(120):
        create_lead(f"lead_{number:03d}", NOW - 200 + number)
    ask()
    before = ask()
    list_older_leads(2_900)
    assert ask() == before


def test_PRI_1_beside_the_history_and_the_readers_of_each_lead_a_page_has_twelve_calls() -> None:
    for number in range(60):
        create_lead(f"lead_{number:03d}", NOW - 200 + number)
    list_older_leads(2_900)
    by_desk("phone", LEAD["phone"])
    for limit in (1, 10, 50):
        assert by_desk("phone", LEAD["phone"], limit) <= 12 + 2 * limit
        assert by_worklist(limit) <= 10


def test_PRI_2_the_comments_of_all_leads_of_a_page_are_one_read() -> None:
    for number in range(20):
        create_assigned_lead(f"lead_{number:02d}", now=NOW - 200 + number)
    by_desk("phone", LEAD["phone"])
    before = by_desk("phone", LEAD["phone"], 20)
    for number in range(20):
        create_activity(Comment(f"Note {number}"), lead_id=f"lead_{number:02d}")
    assert by_desk("phone", LEAD["phone"], 20) == before + 1
    shown = search_contact(DESK, "phone", LEAD["phone"], 20, None, NOW).leads.items
    assert [one.activities[-1].detail["text"] for one in shown] == [f"Note {n}" for n in range(19, -1, -1)]
