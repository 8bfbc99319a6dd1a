"""The contact index and the duplicate index: rebuilt to be exactly what persons and facts say."""

import json
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.chunks import chunks
from chalicelib.core.errors import Unavailable
from chalicelib.intake.domain.new_lead import updated_windows
from chalicelib.leads.domain.duplicate_index import MAX_LEADS, Window, without
from chalicelib.leads.domain.leads import Facts, Person
from chalicelib.leads.store import contact_index, leads, people
from chalicelib.organisation import store as configuration
from infra.restore import tables
from infra.restore.report import Report
from infra.stack_settings import use_tables

_LEAD = "lead#"
_WINDOW = "window#"
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class LivePerson:
    """A lead whose person exists: its facts, its person, and its lead type."""

    facts: Facts
    person: Person
    lead_type_id: str


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

    What was added, corrected, moved or erased since the point needs no ledger: persons lead to all of it.
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


def verify(target: RestoreTarget, persons: Iterable[str], report: Report) -> None:
    """Count the entries of the contact index against what persons lead to, and the entries of erased leads."""
    living = (lead for ids in chunks(persons, batch.KEYS_A_READ) for lead in _living(ids, target).values())
    wanted = sum(len(set(lead.person.refs)) for lead in living)
    found = sum(_is_contact_index(entry) for entry in tables.scanned(target.client, target.table))
    report.expect("entries of the contact index as persons have them", found, wanted)
    report.expect("entries of erased leads", sum(len(strays) for strays, _ in _strays(target)), 0)


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
    """Write without a condition: nothing else writes a table the application does not use."""
    facts = lead.facts
    for ref in lead.person.refs:
        batch.write_one(contact_index.put_lead(ref, facts, now))
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
    named = (entry for entry in tables.scanned(target.client, target.table) if _names_leads(entry))
    for entries in chunks(named, batch.KEYS_A_READ):
        known = _living((lead_id for entry in entries for lead_id in _named(entry)), target)
        for entry in entries:
            if strays := {lead_id for lead_id in _named(entry) if not _leads_to(known.get(lead_id), entry)}:
                yield strays, entry


def _names_leads(entry: Entry) -> bool:
    """Tell whether a row is of the contact index or the duplicate index; forget orders and legal holds are left."""
    return bool(entry["entry"]["S"].startswith((_LEAD, _WINDOW)))


def _is_contact_index(entry: Entry) -> bool:
    return bool(entry["entry"]["S"].startswith(_LEAD))


def _named(entry: Entry) -> list[str]:
    if _is_contact_index(entry):
        return [entry["entry"]["S"].removeprefix(_LEAD)]
    return [original["lead_id"] for original in json.loads(entry["originals"]["S"])]


def _leads_to(lead: LivePerson | None, entry: Entry) -> bool:
    if lead is None:
        return False
    return entry["ref"]["S"] in (lead.person.refs if _is_contact_index(entry) else lead.person.windows)


def _remove(entry: Entry, lead_ids: Iterable[str], target: RestoreTarget) -> None:
    ref, entry_name = entry["ref"]["S"], entry["entry"]["S"]
    if _is_contact_index(entry):
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
