"""Erases the person of a lead past its end, exactly once (RET-15)."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from chalicelib import observability
from chalicelib.aws.dynamodb import batch, counters
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.leads.domain import erasure
from chalicelib.leads.domain.duplicate_index import entered
from chalicelib.leads.domain.erasure import Removed
from chalicelib.leads.domain.leads import Facts, Person
from chalicelib.leads.store import contact_index, leads, people
from chalicelib.leads.usecases.remove_from_duplicate_windows import remove_from_duplicate_windows
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry
from chalicelib.organisation.usecases.cached_organisation import cached_organisation

_TRIES = 8
_IN_THE_LAST = 90


class ErasureStatus(StrEnum):
    """The kind of result of one call."""

    FINISHED = "finished"
    ALREADY = "already"
    NOT_DUE = "not_due"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ErasureResult:
    """The result of one call: its status, the receipt, and for a lead that is not due the seconds until its end."""

    status: ErasureStatus
    due_in_s: int | None = None
    receipt: Entry | None = None


def finish_erasure(
    lead_id: str, through: str, now: int, *, read: Facts | None = None, is_unlisted: bool = False
) -> ErasureResult:
    """Remove the person of a lead past its end, and write the receipt and the erased mark. Before its end do nothing.

    Idempotent, resumable after a crash at any step, and safe with concurrent calls. The rows are removed by
    unconditional writes. Mark, receipt and statistics are in one last transaction, under the condition that there is
    no mark yet. `through` is stream, schedule, forget or release. `read` are the facts, if the caller has just read
    them. `is_unlisted` says that `remove_from_indexes` has removed the lead's entries. Raise Unavailable if the store
    does not answer or the conflicts do not end.
    """

    def attempt(number: int) -> ErasureResult:
        facts = read if read and not number else leads.get_as_stored(lead_id, now)
        if facts is None:
            return ErasureResult(ErasureStatus.UNKNOWN)
        if facts.erased_at is not None:
            return ErasureResult(ErasureStatus.ALREADY)
        if not erasure.is_due(facts, now):
            return ErasureResult(
                ErasureStatus.NOT_DUE, None if facts.erase_at is None else facts.erase_at - now
            )
        receipt = _finish(_begun(facts, now), through, is_unlisted, now)
        observability.metric("ErasureLagSeconds", erasure.lag_s(facts, now), "Seconds")
        return ErasureResult(ErasureStatus.FINISHED, receipt=receipt)

    return retrying(attempt, tries=_TRIES, message="The erasure met concurrent writes; it continues later.")


def _begun(facts: Facts, now: int) -> Facts:
    if facts.erasing_at is not None:
        return facts
    begun = erasure.begin_erasure(facts, now)
    batch.write_one(leads.begin_erasure(facts, begun, now))
    return replace(begun, version=facts.version + 1)


def _finish(facts: Facts, through: str, is_unlisted: bool, now: int) -> Entry:
    """Remove the index entries first: they are found by the person's row, so a crash before its end can be resumed.

    The person is removed in the last transaction, so that the receipt's numbers are exact after a crash too.
    """
    parts = people.get_including_expired(facts.lead_id)
    person = parts.get(people.PERSON)
    if person is not None and not is_unlisted:
        _remove_entries(facts, person, now)
    removed = _removed(facts, person, len(parts))
    ordered = sorted(parts, key=lambda part: (part == people.PERSON, part))
    cut = max(0, len(ordered) - _IN_THE_LAST)
    batch.delete_many([people.delete(facts.lead_id, part).row for part in ordered[:cut]])
    return _close(facts, removed, ordered[cut:], through, now)


def remove_from_indexes(found: Sequence[Facts], now: int) -> set[str]:
    """Remove leads whose erasure has begun from both indexes. Return the ids of those whose entries are gone now.

    Leads of one contact share rows: these are read and written once, and not for each lead. A lead without a person, or
    with a legal hold in its past, or in a row that others write, is left out: its own erasure does it.
    """
    begun = {facts.lead_id: facts for facts in found if facts.erasing_at is not None and not facts.erased_at}
    persons = people.get_many_including_expired(begun)
    refs = {ref for lead_id, person in persons.items() for ref in entered(begun[lead_id], person)}
    listed = {
        original.lead_id
        for ref in refs
        for window in contact_index.list_windows(ref)
        for original in window.originals
    }
    free = {
        lead_id: person
        for lead_id, person in persons.items()
        if lead_id not in listed and begun[lead_id].retention.hold_until is None
    }
    entries = [
        contact_index.delete_lead(ref, lead_id) for lead_id, person in free.items() for ref in person.refs
    ]
    batch.delete_many([entry.row for entry in entries])
    return set(free)


def _remove_entries(facts: Facts, person: Person, now: int) -> None:
    """Remove the lead from the duplicate index and the contact index.

    A forgotten lead was removed from the duplicate index when it was marked (PRI-8). A later call removes it again,
    because a restore may have brought rows back.
    """
    if facts.retention.forgotten_at != now:
        _leave_windows(facts.lead_id, entered(facts, person), now)
    entries = [contact_index.delete_lead(ref, facts.lead_id) for ref in person.refs]
    if facts.retention.hold_until is not None:
        entries += [contact_index.delete_hold(ref, facts.lead_id) for ref in person.refs]
    batch.delete_many([entry.row for entry in entries])


def _removed(facts: Facts, person: Person | None, parts: int) -> Removed:
    if person is None:
        return Removed(people=parts, ttl_first=True)
    return Removed(people=parts, contacts=len(person.refs), windows=len(entered(facts, person)))


def _leave_windows(lead_id: str, refs: tuple[str, ...], now: int) -> None:
    """Remove the lead from the duplicate index: one row by a single write, at half the cost, several in one call."""
    windows = remove_from_duplicate_windows(lead_id, refs)
    writes = [contact_index.put_window(window, now) for window in windows]
    if len(writes) == 1:
        batch.write_one(writes[0])
    elif writes:
        batch.write(writes, batch.token_of("left", lead_id, now, *windows))


def _close(facts: Facts, removed: Removed, parts: list[str], through: str, now: int) -> Entry:
    after = erasure.as_erased(facts, now)
    receipt = erasure.receipt(facts, removed, now, through)
    writes: list[batch.Write] = [
        leads.mark_erased(facts, after),
        ledger.insert(receipt, cached_organisation(now)),
        *(people.delete(facts.lead_id, part) for part in parts),
    ]
    token = batch.token_of("erased", facts.lead_id, facts.version, now, through, removed, parts)
    if not facts.test:
        writes.append(counters.add_statistics(facts.campaign_id, facts.received_at, {"erased": 1}, token))
    batch.write(writes, token)
    return receipt
