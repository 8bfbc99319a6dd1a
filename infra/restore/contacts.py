"""The directory and the duplicate windows: made to be what persons and facts say, nothing more, nothing less."""

import json
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.errors import Unavailable
from chalicelib.intake.domain.new_lead import updated_windows
from chalicelib.leads.domain.duplicate_index import MAX_LEADS, Window, without
from chalicelib.leads.domain.leads import Facts, Person
from chalicelib.leads.store import contact_index, leads, people
from chalicelib.organisation import store as configuration
from infra.restore import tables
from infra.restore.report import Report
from infra.restore.tables import in_parts
from infra.stack_settings import use_tables

_LEAD = "lead#"
_WINDOW = "window#"
_AT_ONCE = 50
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class LivePerson:
    """A lead whose person is there: its facts, its person, and its lead type."""

    facts: Facts
    person: Person
    lead_type_id: str


@dataclass(frozen=True)
class RestoreTarget:
    """The restored table, whose erased leads are known, at an instant."""

    client: Any
    target: str
    erased: Container[str]
    now: int

    def restored(self) -> AbstractContextManager[None]:
        """Let the stores stand on the restored table."""
        return use_tables(self.target.removesuffix("contacts"))


def replay(place: RestoreTarget, persons: Iterable[str], report: Report) -> None:
    """Enter every person that lives under its contacts and windows, then take out whatever is left; repeatable.

    What was entered, corrected, moved or erased since the point needs no record: persons lead to all of it.
    """
    for ids in in_parts(persons):
        known = _living(ids, place)
        with place.restored():
            for one in known.values():
                _enter(one, place.now)
                report.done["leads entered"] += 1
    for lead_ids, entry in _strays(place):
        _take_out(entry, lead_ids, place)
        report.done["entries taken out"] += len(lead_ids)


def verify(place: RestoreTarget, persons: Iterable[str], report: Report) -> None:
    """Count whether the directory holds exactly what persons lead to, and that nothing is left of who is gone."""
    everybody = (one for ids in in_parts(persons) for one in _living(ids, place).values())
    wanted = sum(len(set(one.person.refs)) for one in everybody)
    found = sum(_is_contact_index(entry) for entry in tables.scanned(place.client, place.target))
    report.expect("directory entries as persons have them", found, wanted)
    report.expect("entries of who is gone", sum(len(strays) for strays, _ in _strays(place)), 0)


def _living(ids: Iterable[str], place: RestoreTarget) -> dict[str, LivePerson]:
    """Return those of the leads whose person is there, by the tables that are in use."""
    living = {}
    for some in in_parts(dict.fromkeys(ids), _AT_ONCE):
        found = batch.read([key(lead_id) for lead_id in some for key in (leads.key, people.key)], place.now)
        for lead_id in some:
            facts, person = leads.from_batch(lead_id, found), people.from_batch(lead_id, found)
            there = facts is not None and facts.erased_at is None and lead_id not in place.erased
            if there and facts is not None and person is not None:
                living[lead_id] = LivePerson(facts, person, _lead_type_of(facts, place.now))
    return living


def _lead_type_of(facts: Facts, now: int) -> str:
    campaign = configuration.cached(Campaign, facts.campaign_id, now)
    if campaign is None:
        raise Unavailable("The lead's settings cannot be read.")
    return campaign.lead_type_id


def _enter(one: LivePerson, now: int) -> None:
    """Write without a condition: nobody else writes a table the application does not know."""
    facts = one.facts
    for ref in one.person.refs:
        batch.write_one(contact_index.put_lead(ref, facts.lead_id, facts.erase_at, now))
    for ref in one.person.windows:
        before = _window(ref, one.lead_type_id)
        for after in updated_windows(facts, [before]):
            newest = sorted(after.originals, key=lambda original: original.received_at)[-MAX_LEADS:]
            if tuple(newest) != before.originals:
                _save(replace(after, originals=tuple(newest)), now)


def _window(ref: str, lead_type_id: str) -> Window:
    there = (window for window in contact_index.list_windows(ref) if window.lead_type_id == lead_type_id)
    return next(there, Window(ref, lead_type_id))


def _strays(place: RestoreTarget) -> Iterator[tuple[set[str], Entry]]:
    """Yield each row that names leads which do not lead to it, with their ids."""
    for entries in in_parts(tables.scanned(place.client, place.target)):
        known = _living((lead_id for entry in entries for lead_id in _named(entry)), place)
        for entry in entries:
            if strays := {lead_id for lead_id in _named(entry) if not _leads_to(known.get(lead_id), entry)}:
                yield strays, entry


def _is_contact_index(entry: Entry) -> bool:
    return bool(entry["entry"]["S"].startswith(_LEAD))


def _named(entry: Entry) -> list[str]:
    if _is_contact_index(entry):
        return [entry["entry"]["S"].removeprefix(_LEAD)]
    return [one["lead_id"] for one in json.loads(entry["originals"]["S"])]


def _leads_to(one: LivePerson | None, entry: Entry) -> bool:
    if one is None:
        return False
    return entry["ref"]["S"] in (one.person.refs if _is_contact_index(entry) else one.person.windows)


def _take_out(entry: Entry, lead_ids: Iterable[str], place: RestoreTarget) -> None:
    ref, name = entry["ref"]["S"], entry["entry"]["S"]
    if _is_contact_index(entry):
        place.client.delete_item(TableName=place.target, Key={each: entry[each] for each in ("ref", "entry")})
        return
    with place.restored():
        window = _window(ref, name.removeprefix(_WINDOW))
        for lead_id in lead_ids:
            window = without(window, lead_id)
        _save(window, place.now)


def _save(window: Window, now: int) -> None:
    batch.write_one(replace(contact_index.put_window(window, now), condition=None))
