"""Removes leads whose erasure has begun from the contact index and the duplicate index (RET-14, RET-15)."""

from collections.abc import Mapping, Sequence

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.side_by_side import call_each, result_of_each
from chalicelib.core.chunks import chunks
from chalicelib.leads.domain.duplicate_index import Window, entered
from chalicelib.leads.domain.leads import Facts, Person
from chalicelib.leads.store import contact_index, people
from chalicelib.leads.usecases.remove_from_duplicate_windows import remove_from_duplicate_windows

Windows = Mapping[str, list[Window]]


def remove_from_indexes(found: Sequence[Facts]) -> set[str]:
    """Remove leads whose erasure has begun from both indexes. Return the ids of those whose entries are gone now.

    Leads of one contact share rows: these are read and written once, and not for each lead. A lead without a person, or
    with a legal hold in its past, or in a row that others write, is left out: its own erasure does it.
    """
    begun = {facts.lead_id: facts for facts in found if facts.erasing_at is not None and not facts.erased_at}
    persons = people.get_many_including_expired(begun)
    pairs = [(begun[lead_id], person) for lead_id, person in persons.items()]
    windows = _windows_of(pairs)
    listed = {
        original.lead_id for found in windows.values() for window in found for original in window.originals
    }
    free = [
        (facts, person)
        for facts, person in pairs
        if facts.lead_id not in listed and facts.retention.hold_until is None
    ]
    batch.delete_many([entry.row for pair in free for entry in _entries(*pair)])
    return {facts.lead_id for facts, _ in free}


def remove_all_from_indexes(pairs: Sequence[tuple[Facts, Person]], now: int) -> set[str]:
    """Remove leads from both indexes: from rows of the duplicate index side by side, if nothing else writes them.

    Return the ids of the leads whose entries are gone now.
    """
    windows = _windows_of(pairs)
    left = call_each(lambda pair: _leave_windows(*pair, windows, now), pairs)
    gone = [outcome.item for outcome in left if outcome.error is None]
    entries = [entry.row for pair in gone for entry in _entries(*pair)]
    result_of_each(batch.delete_many, chunks(entries, batch.ROWS_A_WRITE))
    return {facts.lead_id for facts, _ in gone}


def remove_entries(facts: Facts, person: Person, now: int) -> None:
    """Remove a lead from the duplicate index and the contact index."""
    _leave_windows(facts, person, None, now)
    batch.delete_many([entry.row for entry in _entries(facts, person)])


def _entries(facts: Facts, person: Person) -> list[batch.Delete]:
    """Return the writes that remove a lead from the contact index."""
    entries = [contact_index.delete_lead(ref, facts.lead_id) for ref in person.refs]
    if facts.retention.hold_until is not None:
        entries += [contact_index.delete_hold(ref, facts.lead_id) for ref in person.refs]
    return entries


def _windows_of(pairs: Sequence[tuple[Facts, Person]]) -> dict[str, list[Window]]:
    """Return the rows of the duplicate index that may list these leads, by their refs."""
    refs = list(dict.fromkeys(ref for facts, person in pairs for ref in entered(facts, person)))
    return dict(zip(refs, result_of_each(contact_index.list_windows, refs), strict=True))


def _leave_windows(facts: Facts, person: Person, read: Windows | None, now: int) -> None:
    """Remove a lead from the duplicate index: one row by a single write, at half the cost, several in one call.

    A forgotten lead was removed when it was marked (PRI-8). A later call removes it again, because a restore may have
    brought rows back. `read` are rows that were read after the facts, by their refs.
    """
    if facts.retention.forgotten_at == now:
        return
    windows = remove_from_duplicate_windows(facts.lead_id, entered(facts, person), read)
    writes = [contact_index.put_window(window, now) for window in windows]
    if len(writes) == 1:
        batch.write_one(writes[0])
    elif writes:
        batch.write(writes, batch.token_of("left", facts.lead_id, now, *windows))
