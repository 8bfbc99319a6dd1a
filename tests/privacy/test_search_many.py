"""The search for a contact of many leads: each page reads what it shows (SEC-B9)."""

import pytest

from chalicelib.leads.store.contact_index import ContactRow
from chalicelib.privacy.usecases import search_contact as search
from chalicelib.privacy.usecases.search_contact import search_contact
from tests.factories.leads import LEAD, NOW, create_lead, create_organisation, read_access
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
