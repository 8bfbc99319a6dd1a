"""The contact index, the duplicate index, legal holds and forget orders: rebuilt from persons, facts and jobs."""

import json
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.chunks import chunks
from chalicelib.core.errors import Unavailable
from chalicelib.intake.domain.new_lead import updated_windows
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import FORGETS, JobState
from chalicelib.leads.domain.duplicate_index import MAX_LEADS, Window, without
from chalicelib.leads.domain.forget_orders import ForgetOrder
from chalicelib.leads.domain.leads import Facts, Person
from chalicelib.leads.store import contact_index, forget_orders, leads, people
from chalicelib.organisation import store as configuration
from chalicelib.privacy.domain import forget_work
from chalicelib.privacy.domain.forget_work import OrderWork
from infra.restore import tables
from infra.restore.report import Report
from infra.stack_settings import use_tables

_LEAD = "lead#"
_HOLD = "hold#"
_WINDOW = "window#"
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class LivePerson:
    """A lead whose person exists: its facts, its person, and its lead type."""

    facts: Facts
    person: Person
    lead_type_id: str

    def is_held(self, now: int) -> bool:
        """Return True if the lead is under a legal hold."""
        return self.facts.retention.has_legal_hold(now)


@dataclass(frozen=True)
class RestoreTarget:
    """The restored table at an instant, with the leads that are known as erased."""

    client: Any
    table: str
    erased: Container[str]
    now: int

    def restored(self) -> AbstractContextManager[None]:
        """Let the stores use the restored table."""
        return use_tables(self.table.removesuffix("contacts"))


def replay(target: RestoreTarget, persons: Iterable[str], report: Report) -> None:
    """Add every live person under its contacts and windows, then remove every other entry; repeatable.

    What was added, corrected, moved or erased since the point needs no ledger: persons lead to all of it, and their
    facts to legal holds (RET-19). The jobs in `counters`, which has no restore, lead to the open orders (PRI-8a).
    """
    for ids in chunks(persons, batch.KEYS_A_READ):
        known = _living(ids, target)
        with target.restored():
            for lead in known.values():
                _add(lead, target.now)
                report.done["leads added"] += 1
    for lead_ids, entry in _strays(target):
        _remove(entry, lead_ids, target)
        report.done["entries removed"] += len(lead_ids)
    _replay_orders(target, report)


def verify(target: RestoreTarget, persons: Iterable[str], report: Report) -> None:
    """Count the entries of the contact index against what persons lead to, and the entries of erased leads."""
    wanted = Counter[str]()
    for lead in (
        lead for ids in chunks(persons, batch.KEYS_A_READ) for lead in _living(ids, target).values()
    ):
        refs = len(set(lead.person.refs))
        wanted[_LEAD] += refs
        wanted[_HOLD] += refs if lead.is_held(target.now) else 0
    found = Counter(_kind_of(entry) for entry in tables.scanned(target.client, target.table))
    report.expect("entries of the contact index as persons have them", found[_LEAD], wanted[_LEAD])
    report.expect("entries of legal holds as facts have them", found[_HOLD], wanted[_HOLD])
    report.expect("entries of erased leads", sum(len(strays) for strays, _ in _strays(target)), 0)
    running = {order.id for order, _ in _running_orders(target)}
    with target.restored():
        stored = {order.id for order, _ in forget_orders.list_work(target.now)}
    report.expect("open forget orders as jobs have them", len(stored & running), len(running))
    report.expect("forget orders without a running job", len(stored - running), 0)


def _replay_orders(target: RestoreTarget, report: Report) -> None:
    """Open every order whose job runs, and close every order whose job has ended since the point."""
    running = {order.id: (order, work) for order, work in _running_orders(target)}
    with target.restored():
        stored = {order.id for order, _ in forget_orders.list_work(target.now)}
        for order_id in running.keys() - stored:
            order, work = running[order_id]
            seen = forget_orders.read_again(target.now)
            writes = forget_orders.open_order(order, {"asked": work.asked, "of": work.of}, seen)
            batch.write(writes, batch.token_of("restore_order", order_id, seen.version, target.now))
        for order_id in stored - running.keys():
            batch.write_one(forget_orders.close_order(order_id))
    report.done["forget orders opened"] += len(running.keys() - stored)
    report.done["forget orders closed"] += len(stored - running.keys())


def _running_orders(target: RestoreTarget) -> Iterator[tuple[ForgetOrder, OrderWork]]:
    """Yield the forget orders whose jobs run, by the table of jobs that is in use."""
    for job_id in jobs.list_waiting(target.now, FORGETS):
        job = jobs.get(job_id, target.now)
        if job is not None and job.state is JobState.RUNNING and not job.work.asked.get("alone"):
            yield forget_work.order_of(job.work.asked), job.work


def _living(ids: Iterable[str], target: RestoreTarget) -> dict[str, LivePerson]:
    """Return the leads whose person exists, by the tables that are in use."""
    living: dict[str, LivePerson] = {}
    wanted = list(dict.fromkeys(ids))
    found = batch.read_many(
        [key(lead_id) for lead_id in wanted for key in (leads.key, people.key)], target.now
    )
    for lead_id in wanted:
        facts, person = leads.from_batch(lead_id, found), people.from_batch(lead_id, found)
        live = facts is not None and facts.erased_at is None and lead_id not in target.erased
        if live and facts is not None and person is not None:
            living[lead_id] = LivePerson(facts, person, _cached_lead_type_id(facts, target.now))
    return living


def _cached_lead_type_id(facts: Facts, now: int) -> str:
    campaign = configuration.cached(Campaign, facts.campaign_id, now)
    if campaign is None:
        raise Unavailable("The lead's settings cannot be read.")
    return campaign.lead_type_id


def _add(lead: LivePerson, now: int) -> None:
    """Write without a condition: nothing else writes a table the application does not use.

    A lead that enters the duplicate index later is entered here, because the stream may enter it in the former table.
    """
    facts = replace(lead.facts, enters_later=False)
    until = facts.retention.hold_until
    for ref in lead.person.refs:
        batch.write_one(contact_index.put_lead(ref, facts, now))
        if until is not None and lead.is_held(now):
            batch.write_one(contact_index.put_hold(ref, facts.lead_id, until, now))
    for ref in lead.person.windows:
        before = _window(ref, lead.lead_type_id)
        for after in updated_windows(facts, [before]):
            newest = sorted(after.originals, key=lambda original: original.received_at)[-MAX_LEADS:]
            if tuple(newest) != before.originals:
                _save(replace(after, originals=tuple(newest)), now)


def _window(ref: str, lead_type_id: str) -> Window:
    windows = (window for window in contact_index.list_windows(ref) if window.lead_type_id == lead_type_id)
    return next(windows, Window(ref, lead_type_id))


def _strays(target: RestoreTarget) -> Iterator[tuple[set[str], Entry]]:
    """Yield each row that names leads which do not lead to it, with their ids."""
    named = (entry for entry in tables.scanned(target.client, target.table) if _kind_of(entry))
    for entries in chunks(named, batch.KEYS_A_READ):
        known = _living((lead_id for entry in entries for lead_id in _named(entry)), target)
        for entry in entries:
            if strays := {
                lead_id for lead_id in _named(entry) if not _leads_to(known.get(lead_id), entry, target.now)
            }:
                yield strays, entry


def _kind_of(entry: Entry) -> str:
    """Return which kind of row names leads: of the contact index, a legal hold, or the duplicate index; or nothing."""
    return next((kind for kind in (_LEAD, _HOLD, _WINDOW) if entry["entry"]["S"].startswith(kind)), "")


def _named(entry: Entry) -> list[str]:
    if _kind_of(entry) == _WINDOW:
        return [original["lead_id"] for original in json.loads(entry["originals"]["S"])]
    return [entry["entry"]["S"].removeprefix(_kind_of(entry))]


def _leads_to(lead: LivePerson | None, entry: Entry, now: int) -> bool:
    if lead is None or (_kind_of(entry) == _HOLD and not lead.is_held(now)):
        return False
    return entry["ref"]["S"] in (lead.person.windows if _kind_of(entry) == _WINDOW else lead.person.refs)


def _remove(entry: Entry, lead_ids: Iterable[str], target: RestoreTarget) -> None:
    ref, entry_name = entry["ref"]["S"], entry["entry"]["S"]
    if _kind_of(entry) != _WINDOW:
        key = {name: entry[name] for name in ("ref", "entry")}
        target.client.delete_item(TableName=target.table, Key=key)
        return
    with target.restored():
        window = _window(ref, entry_name.removeprefix(_WINDOW))
        for lead_id in lead_ids:
            window = without(window, lead_id)
        _save(window, target.now)


def _save(window: Window, now: int) -> None:
    batch.write_one(replace(contact_index.put_window(window, now), condition=None))
