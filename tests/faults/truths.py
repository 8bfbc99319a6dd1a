"""What must be true of the tables at any moment, whatever happened before (the invariants of quality.md)."""

import json
from collections import Counter

from chalicelib.domain.access import Actor, Permission, Role
from chalicelib.domain.leads import Facts
from chalicelib.domain.ledger import Kind
from chalicelib.domain.retention import MAX_AHEAD_S
from chalicelib.domain.times import DAY_S, utc_day
from chalicelib.stores import contacts, counters, leads, leads_rows, ledger, people
from chalicelib.usecases.list_leads import Filter, list_leads
from chalicelib.usecases.read_lead import read_lead
from chalicelib.usecases.record_access import Access

ADMIN = Actor(kind="user", id="usr_admin", role=Role.ADMIN, permissions=frozenset(Permission))


def stored() -> dict[str, Facts]:
    """Return the facts of every lead there is."""
    rows = (row for row in leads_rows.FactsRow.scan() if row.part == leads.LEAD)
    return {row.lead_id: leads.facts_of(row) for row in rows}


def rows_of_persons() -> tuple[int, int]:
    """Return how many rows the two tables of persons hold."""
    return sum(1 for _ in people.PersonRow.scan()), sum(1 for _ in contacts.ContactRow.scan())


def shown(facts: dict[str, Facts], gone: set[str], request_id: str, now: int) -> set[str]:
    """Return the ids of all leads whose person some door shows: the lists, the directory, and for `gone` get."""
    found = {id_ for id_ in gone if read_lead(id_, Access(ADMIN, "view", request_id), now).person is not None}
    for campaign_id, day, test in {
        (one.campaign_id, utc_day(one.received_at), one.test) for one in facts.values()
    }:
        for erased in (False, True):
            wanted = Filter(campaign_id, day, test=test, person=True, erased=erased)
            access = Access(ADMIN, "list", f"{request_id}/{campaign_id}/{day}/{test}/{erased}")
            listed, _ = list_leads(wanted, access, 200, None, now)
            found |= {lead.facts.lead_id for lead in listed if lead.person is not None}
    refs = {row.ref for row in contacts.ContactRow.scan()}
    return found | {lead_id for ref in refs for lead_id in contacts.leads_of(ref, now)}


def stamps_lie_ahead(now: int) -> bool:
    """Tell whether every end of a row is whole seconds and at most ten years ahead (data.md, Time)."""
    every: list[people.PersonRow | contacts.ContactRow] = [
        *people.PersonRow.scan(),
        *contacts.ContactRow.scan(),
    ]
    stamps = [row.expires_at for row in every if row.expires_at is not None]
    return all(int(stamp) == stamp and 0 < stamp <= now + MAX_AHEAD_S + DAY_S for stamp in stamps)


def each_is_counted_once(facts: dict[str, Facts]) -> bool:
    """Tell whether statistics are what the marks on the facts say: taken up, and erased."""
    marked: Counter[tuple[str, str, str]] = Counter()
    for row in leads_rows.FactsRow.scan():
        if row.part == leads.LEAD and row.counted:
            marked[row.campaign_id, utc_day(int(row.received_at)), row.status] += 1
    for one in facts.values():
        if one.erased_at is not None and not one.test:
            marked[one.campaign_id, utc_day(one.received_at), "erased"] += 1
    slots = {(one.campaign_id, utc_day(one.received_at)) for one in facts.values()}
    counted = {
        (campaign_id, day, name): number
        for campaign_id, day in slots
        for name, number in counters.of_day(f"statistics#{campaign_id}", day).items()
    }
    return counted == dict(marked)


def has_one_receipt(lead_id: str, now: int) -> bool:
    """Tell whether a lead's erasure has exactly one receipt."""
    entries = ledger.of_subject(f"lead/{lead_id}", now)
    return [entry.kind for entry in entries].count(Kind.RECEIPT) == 1


def traces_of(lead_id: str, now: int) -> list[str]:
    """Return what still lies there of an erased lead's person and is not past its own end."""
    rows: list[tuple[str, float | None]] = [
        (f"people {row.part}", row.expires_at) for row in people.PersonRow.query(lead_id)
    ]
    for row in contacts.ContactRow.scan():
        if row.entry == f"lead#{lead_id}":
            rows.append((f"directory {row.ref}", row.expires_at))
        originals = [one for one in json.loads(row.originals or "[]") if one["lead_id"] == lead_id]
        rows += [(f"window {row.ref}", one["erase_at"]) for one in originals]
    return [name for name, end in rows if end is None or end > now]
