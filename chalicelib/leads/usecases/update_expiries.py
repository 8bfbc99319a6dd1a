"""Updates the ends of a lead's parts: person, comments, index entries (data-model.md, Deadlines and expiry)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.leads.domain.duplicate_index import Window, entered, marked_rejected, restamped
from chalicelib.leads.domain.leads import Facts, Person, Status
from chalicelib.leads.store import contact_index, leads, people

_AT_ONCE = 99


def update_expiries(facts: Facts, now: int) -> list[batch.Write]:
    """Return the writes that give every part of a lead the end of its facts, the person first, comments last."""
    parts = people.get_including_expired(facts.lead_id)
    person = parts.get(people.PERSON)
    ordered = sorted(parts, key=lambda part: (part != people.PERSON, part))
    writes: list[batch.Write] = []
    for part in ordered:
        writes.append(people.update_expiry(facts.lead_id, part, facts.erase_at, now))
        if part == people.PERSON and person is not None:
            writes += _entries(facts, person, now)
    return writes


def rejected_windows(facts: Facts, now: int) -> list[batch.Write]:
    """Return the writes that mark a lead as rejected, or not any more, in the duplicate index (CAM-6, CAM-17)."""
    person = people.get_including_expired(facts.lead_id).get(people.PERSON)
    return [] if person is None else list(_windows(facts, person, now))


def write_expiries(writes: Sequence[batch.Write], facts: Facts, now: int) -> None:
    """Make the writes if the lead is live and its facts are unchanged.

    A slower process that read other facts is cancelled, so that it does not overwrite newer ends.
    """
    for start in range(0, len(writes), _AT_ONCE):
        chunk = writes[start : start + _AT_ONCE]
        token = batch.token_of("stamp", facts.lead_id, facts.version, facts.erase_at, now, start, len(writes))
        batch.write([leads.require_version(facts, now), *chunk], token)


def _entries(facts: Facts, person: Person, now: int) -> Iterator[batch.Write]:
    for ref in person.refs:
        yield contact_index.put_lead(ref, facts, now)
    yield from _windows(facts, person, now)


def _windows(facts: Facts, person: Person, now: int) -> Iterator[batch.Write]:
    for ref in entered(facts, person):
        for window in contact_index.list_windows(ref):
            if any(original.lead_id == facts.lead_id for original in window.originals):
                yield contact_index.put_window(_updated(window, facts), now)


def _updated(window: Window, facts: Facts) -> Window:
    """Return the row with the lead's entry updated: its end and its rejection (data-model.md, Duplicate index)."""
    stamped = restamped(window, facts.lead_id, facts.erase_at)
    is_rejected = facts.status is Status.REJECTED
    marked = marked_rejected(stamped, facts.lead_id, rejected=is_rejected)
    return replace(marked, version=stamped.version)
