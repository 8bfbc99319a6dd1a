"""The facts of leads (table `leads`), without persons (data-model.md, Facts and person)."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from pynamodb.expressions.condition import Condition

from chalicelib.aws.dynamodb import batch, rows
from chalicelib.aws.dynamodb.batch import BatchRows, Check, Key, Put, Update, Write
from chalicelib.core.paging import LastKey, Page
from chalicelib.leads.domain.leads import Facts, Person
from chalicelib.leads.store import forget_orders, people
from chalicelib.leads.store.leads_rows import (
    DUE_SHARDS,
    FORGOTTEN,
    LEAD,
    FactsRow,
    ahead,
    day_key,
    due_shard,
    facts_of,
    live_at,
    past,
    row_of,
    unchanged_since,
    workable_at,
)

__all__ = ["DUE_SHARDS", "FORGOTTEN", "LEAD", "due_shard"]


class DueLead(NamedTuple):
    """A lead that the index by deadline names."""

    lead_id: str
    erase_at: int
    campaign_id: str


class NewLead(NamedTuple):
    """A lead as it is stored, and whether the statistics have counted it."""

    facts: Facts
    is_counted: bool


def key(lead_id: str) -> Key:
    """Return the key of a lead's facts, for a batch read."""
    return Key(FactsRow, lead_id, LEAD)


def from_batch(lead_id: str, batch_rows: BatchRows) -> Facts | None:
    """Return the facts that a batch read found, or None. It knows no forget orders: `get_with_people` does."""
    row = batch_rows.get(FactsRow, lead_id, LEAD)
    return None if row is None else facts_of(row)


def get(lead_id: str, now: int) -> Facts | None:
    """Return a lead's facts as they are now (strongly consistent), or None. An order makes it forgotten (PRI-8a)."""
    orders = forget_orders.read(now)
    facts = get_as_stored(lead_id, now)
    return None if facts is None else forget_orders.applied([facts], orders, now)[0]


def get_many(lead_ids: Iterable[str], now: int) -> dict[str, Facts]:
    """Return the facts of any number of leads by id, as they are now. A lead that does not exist is left out.

    A lead of an open forget order is returned as forgotten (PRI-8a).
    """
    orders = forget_orders.read(now)
    found = get_many_as_stored(lead_ids, now).values()
    return {facts.lead_id: facts for facts in forget_orders.applied(found, orders, now)}


def get_with_people(lead_ids: Iterable[str], now: int) -> dict[str, tuple[Facts, Person | None]]:
    """Return the facts as `get_many` does, each with its stored person, all read at one instant.

    A caller that shows the person checks first whether the facts are live (RET-14).
    """
    ids = list(dict.fromkeys(lead_ids))
    orders = forget_orders.read(now)
    found = batch.read_many([wanted(lead_id) for lead_id in ids for wanted in (key, people.key)], now)
    stored = [facts for lead_id in ids if (facts := from_batch(lead_id, found)) is not None]
    return {
        facts.lead_id: (facts, people.from_batch(facts.lead_id, found))
        for facts in forget_orders.applied(stored, orders, now)
    }


def get_as_stored(lead_id: str, now: int) -> Facts | None:
    """Return a lead's facts without regard to forget orders, for an erasure and for what shows no person."""
    row = rows.get(FactsRow, lead_id, LEAD, now)
    return None if row is None else facts_of(row)


def get_many_as_stored(lead_ids: Iterable[str], now: int) -> dict[str, Facts]:
    """Return the facts of any number of leads by id, without regard to forget orders."""
    ids = list(dict.fromkeys(lead_ids))
    batch_rows = batch.read_many([key(lead_id) for lead_id in ids], now)
    return {lead_id: facts for lead_id in ids if (facts := from_batch(lead_id, batch_rows)) is not None}


def get_many_new(lead_ids: Iterable[str], now: int) -> list[NewLead]:
    """Return the leads that exist as they are stored, each with whether the statistics have counted it."""
    ids = list(dict.fromkeys(lead_ids))
    batch_rows = batch.read_many([key(lead_id) for lead_id in ids], now)
    found = [row for lead_id in ids if (row := batch_rows.get(FactsRow, lead_id, LEAD)) is not None]
    return [NewLead(facts_of(row), bool(row.counted)) for row in found]


def insert(facts: Facts) -> Put:
    """Return the write of a new lead's facts, if its id is not in use (INT-10)."""
    return Put(row_of(facts), FactsRow.lead_id.does_not_exist())


def update(before: Facts, after: Facts, now: int) -> Update:
    """Return the write of changed facts, if live and unchanged (data-model.md, Deadlines and expiry)."""
    condition = FactsRow.erasing_at.does_not_exist() & workable_at(now)
    return _unless_forgotten(before, after, condition)


def move_deadline(before: Facts, after: Facts, now: int) -> Update:
    """Return the write of a new deadline, only before the initial deadline (RET-11)."""
    condition = FactsRow.erasing_at.does_not_exist() & live_at(now) & require_before_deadline(now)
    return _unless_forgotten(before, after, condition)


def reprice(before: Facts, after: Facts) -> Update:
    """Return the write of a corrected price, over the version that was read, also for an erased lead (INT-4)."""
    return _difference(before, after, FactsRow.lead_id.exists())


def require_before_deadline(now: int) -> Condition:
    """Return the condition that a lead's initial deadline has not been reached (RET-11)."""
    condition: Condition = ahead(FactsRow.base_due_at, now) & ahead(FactsRow.due_at, now)
    return condition


def mark_forgotten(before: Facts, after: Facts, now: int) -> Update:
    """Return the write that ends a live lead now, for good, unless it is under a legal hold (PRI-8, RET-19)."""
    condition = FactsRow.erasing_at.does_not_exist() & live_at(now) & past(FactsRow.hold_until, now)
    return _difference(before, after, condition)


def update_hold(before: Facts, after: Facts, now: int) -> Update:
    """Return the write that places or releases a legal hold, before the lead's end (RET-19)."""
    return _unless_forgotten(before, after, FactsRow.erasing_at.does_not_exist() & live_at(now))


def begin_erasure(before: Facts, after: Facts, now: int) -> Update:
    """Return the write that marks a lead past its end as being erased. From here on its end cannot move."""
    return _difference(before, after, (FactsRow.erase_at <= now) & FactsRow.erasing_at.does_not_exist())


def mark_erased(before: Facts, after: Facts) -> Update:
    """Return the write that marks a lead as erased, the last of an erasure, if it is not marked yet (RET-15)."""
    return _difference(before, after, FactsRow.erasing_at.exists() & FactsRow.erased_at.does_not_exist())


def mark_counted(lead_id: str) -> Write:
    """Return the write that marks a lead as counted, once (data-model.md, Statistics)."""
    condition = FactsRow.lead_id.exists() & FactsRow.counted.does_not_exist()
    return Update(FactsRow(lead_id, LEAD), [FactsRow.counted.set(1)], condition)


def mark_counted_and_entered(facts: Facts, now: int) -> Update:
    """Return the write that marks a live lead as counted and as entered in the duplicate index, over what was read.

    The version stays, because nothing changes that a user sees. Changes of a lead that was read without its entry are
    cancelled by `unchanged_since`, and read the index again.
    """
    actions = [FactsRow.counted.set(1), FactsRow.enters_later.remove()]
    condition = FactsRow.counted.does_not_exist() & FactsRow.erasing_at.does_not_exist() & live_at(now)
    return Update(FactsRow(facts.lead_id, LEAD), actions, unchanged_since(facts) & condition)


def is_counted(lead_id: str, now: int) -> bool:
    """Return True if the statistics have counted a lead."""
    row = rows.get(FactsRow, lead_id, LEAD, now)
    return row is not None and bool(row.counted)


def is_uncounted(lead_id: str, until: int, batch_rows: BatchRows) -> bool:
    """Tell whether a batch read found a lead received up to `until` that the statistics should count but do not yet."""
    row = batch_rows.get(FactsRow, lead_id, LEAD)
    return row is not None and not row.counted and not row.test and row.received_at <= until


def require_live(lead_id: str, now: int) -> Check:
    """Return the condition of each write of a part: the facts are live (data-model.md, Deadlines and expiry)."""
    condition = FactsRow.lead_id.exists() & FactsRow.erasing_at.does_not_exist() & workable_at(now)
    return Check(FactsRow(lead_id, LEAD), condition)


def rekey(facts: Facts, now: int) -> Update:
    """Return the write that only raises the version of live facts, also past the deadline: the person is re-keyed."""
    return _difference(facts, facts, FactsRow.erasing_at.does_not_exist() & live_at(now))


def require_version(facts: Facts, now: int) -> Check:
    """Return the condition that a live lead's facts are unchanged; for writes that give parts a new end."""
    condition = unchanged_since(facts) & FactsRow.erasing_at.does_not_exist() & live_at(now)
    return Check(FactsRow(facts.lead_id, LEAD), condition)


def list_day(
    campaign_id: str, day: str, limit: int, after: LastKey | None, *, newest_first: bool = True
) -> Page[str]:
    """Return the ids of a campaign's leads received on a UTC day, newest or oldest first."""
    page = rows.page(
        FactsRow, f"{campaign_id}#{day}", index="by_day", limit=limit, after=after, newest_first=newest_first
    )
    return Page([item["lead_id"]["S"] for item in page.items], page.next)


def place_in_day(facts: Facts) -> LastKey:
    """Return the position of a lead in the list of its campaign and day."""
    return {
        "day_key": {"S": day_key(facts)},
        "received_at": {"N": str(facts.received_at)},
        "lead_id": {"S": facts.lead_id},
        "part": {"S": LEAD},
    }


def list_due(
    shard: int, until: int, limit: int, after: LastKey | None = None, since: int = 0
) -> Page[DueLead]:
    """Return the leads of one of the 16 shards whose end is from `since` to `until`, soonest first."""
    return _due(f"due#{shard:02d}", until, limit, after, since)


def list_forgotten(until: int, limit: int, after: LastKey | None = None) -> Page[DueLead]:
    """Return the leads that were forgotten and whose rows still exist, oldest first."""
    return _due(FORGOTTEN, until, limit, after, 0)


def list_worklist(
    worklist: str, since: int, until: int, limit: int, after: str | None = None
) -> list[tuple[str, int]]:
    """Return (lead id, instant) of a worklist from `since` to `until`, oldest first (WRK-1).

    `after` is the last lead of the page before, in the second `since`.
    """
    if until < since:
        return []
    key = None if after is None else _place(worklist, since, after)
    between = FactsRow.worklist_at.between(since, until)
    page = rows.page(FactsRow, worklist, index="worklist", limit=limit, after=key, between=between)
    return [(item["lead_id"]["S"], int(item["worklist_at"]["N"])) for item in page.items]


def _place(worklist: str, at: int, lead_id: str) -> LastKey:
    return {
        "worklist": {"S": worklist},
        "worklist_at": {"N": str(at)},
        "lead_id": {"S": lead_id},
        "part": {"S": LEAD},
    }


def _due(partition: str, until: int, limit: int, after: LastKey | None, since: int) -> Page[DueLead]:
    page = rows.page(
        FactsRow,
        partition,
        index="by_due",
        limit=limit,
        after=after,
        between=FactsRow.erase_at.between(since, until),
    )
    items = [
        DueLead(item["lead_id"]["S"], int(item["erase_at"]["N"]), item["campaign_id"]["S"])
        for item in page.items
    ]
    return Page(items, page.next)


def _unless_forgotten(before: Facts, after: Facts, condition: Condition) -> Update:
    """Return the write of a change. Raise Cancelled for facts that were read as forgotten.

    The row of a lead that an open order covers has no mark yet, so the condition alone would hold (PRI-8a).
    """
    if before.retention.forgotten_at is not None:
        raise batch.Cancelled(conflict=False)
    return _difference(before, after, condition)


def _difference(before: Facts, after: Facts, condition: Condition) -> Update:
    """Return the write of the differing attributes only. Marks that others set meanwhile (`counted`) stay."""
    old, new = row_of(before), row_of(replace(after, version=before.version + 1))
    actions = []
    for name, attribute in FactsRow.get_attributes().items():
        value = getattr(new, name)
        if value != getattr(old, name):
            actions.append(attribute.remove() if value is None else attribute.set(value))
    return Update(FactsRow(before.lead_id, LEAD), actions, unchanged_since(before) & condition)
