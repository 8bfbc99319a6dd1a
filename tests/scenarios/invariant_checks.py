"""Conditions on the tables that hold at any moment (invariants.md)."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from chalicelib.aws.dynamodb import counters
from chalicelib.core.access import Actor, Permission, Role
from chalicelib.core.contact_points import Refs
from chalicelib.core.retention import MAX_AHEAD_S
from chalicelib.core.times import DAY_S, utc_day
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import contact_index, leads, leads_rows, people
from chalicelib.leads.store.contact_index import ContactRow
from chalicelib.leads.store.leads_rows import FactsRow
from chalicelib.leads.store.people import PersonRow
from chalicelib.leads.usecases.list_leads import LeadFilter, list_leads
from chalicelib.leads.usecases.read_lead import read_lead
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Access, EntryKind
from chalicelib.privacy.domain.forgetting import ContactRef
from chalicelib.privacy.usecases.forget_contact import leads_of
from chalicelib.reports import domain as reports_domain

ADMIN = Actor(kind="user", id="usr_admin", role=Role.ADMIN, permissions=frozenset(Permission))


@dataclass
class TableState:
    """The rows of the tables at this moment, visible to readers or not."""

    rows: list[FactsRow] = field(
        default_factory=lambda: [row for row in leads_rows.FactsRow.scan() if row.part == leads.LEAD]
    )
    persons: list[PersonRow] = field(
        default_factory=lambda: [
            row for row in people.PersonRow.scan() if not row.lead_id.startswith(people.ATTEMPTS)
        ]
    )
    entries: list[ContactRow] = field(default_factory=lambda: list(contact_index.ContactRow.scan()))

    @property
    def facts(self) -> dict[str, Facts]:
        """Return the facts of every lead."""
        return {row.lead_id: leads_rows.facts_of(row) for row in self.rows}

    def bytes_of_persons(self) -> list[dict[str, object]]:
        """Return the raw rows of the two tables of persons."""
        return [dict(row.attribute_values) for row in (*self.persons, *self.entries)]

    def refs_of(self, lead_id: str) -> set[str]:
        """Return the contacts under which a lead is listed."""
        return {row.ref for row in self.entries if row.entry == f"lead#{lead_id}"}

    def traces_of(self, lead_id: str, now: int) -> list[str]:
        """Return the rows of a lead's person that are not past their own end."""
        rows: list[tuple[str, float | None]] = [
            (f"people {row.part}", row.expires_at) for row in self.persons if row.lead_id == lead_id
        ]
        for row in self.entries:
            if row.entry == f"lead#{lead_id}":
                rows.append((f"directory {row.ref}", row.expires_at))
            originals = (
                original for original in json.loads(row.originals or "[]") if original["lead_id"] == lead_id
            )
            rows += [(f"window {row.ref}", original["erase_at"]) for original in originals]
        return [name for name, end in rows if end is None or end > now]


def shown(lying: TableState, gone: Iterable[str], request_id: str, now: int) -> set[str]:
    """Return the leads whose person some reader shows: get, lists, the contact index."""
    names = set()
    for lead_id in gone:
        facts = lying.facts[lead_id]
        if read_lead(Access(ADMIN, "view", request_id), lead_id, now).person is not None:
            names.add(lead_id)
        named = [ContactRef("phone", "", Refs(ref)) for ref in lying.refs_of(lead_id)]
        names |= {item.lead_id for item in leads_of(ADMIN, named, now) if item.is_live(now)} & {lead_id}
        for erased in (False, True):
            day = utc_day(facts.received_at)
            lead_filter = LeadFilter(facts.campaign_id, day, test=facts.test, person=True, erased=erased)
            access = Access(ADMIN, "list", f"{request_id}/{lead_id}/{erased}")
            listed = list_leads(access, lead_filter, 200, None, now).items
            names |= {lead.facts.lead_id for lead in listed if lead.person is not None} & {lead_id}
    return names


def stamps_are_valid(lying: TableState, now: int) -> bool:
    """Return whether every TTL stamp is valid (data-model.md, Deadlines and expiry)."""
    ends = [row.expires_at for row in lying.persons] + [row.expires_at for row in lying.entries]
    stamps = [end for end in ends if end is not None]
    return all(int(stamp) == stamp and 0 < stamp <= now + MAX_AHEAD_S + DAY_S for stamp in stamps)


def each_is_counted_once(lying: TableState) -> bool:
    """Return whether the statistics agree with the marks on the facts: counted, and erased."""
    marked: Counter[tuple[str, str, str]] = Counter()
    slots = set()
    for row in lying.rows:
        slot = row.campaign_id, utc_day(int(row.received_at))
        slots.add(slot)
        if row.counted:
            for name, amount in reports_domain.counted(leads_rows.facts_of(row)).items():
                marked[*slot, name] += amount
        if row.erased_at is not None and not row.test:
            marked[*slot, "erased"] += 1
    counted = {
        (*slot, name): number
        for slot in slots
        for name, number in counters.read_day(f"statistics#{slot[0]}", slot[1]).items()
    }
    return counted == dict(marked)


def receipts_of(lead_id: str, now: int) -> int:
    """Return how many receipts a lead's erasure has."""
    return [entry.kind for entry in ledger.list_subject(f"lead/{lead_id}", now)].count(EntryKind.RECEIPT)
