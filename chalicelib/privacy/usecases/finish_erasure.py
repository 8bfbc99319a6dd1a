"""Erases the person of a lead past its end, exactly once (RET-15)."""

from collections.abc import Iterable
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
from chalicelib.leads.store import leads, people
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.privacy.usecases.leave_indexes import remove_entries

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
        receipt = _finish(begin(facts, now), through, is_unlisted, now)
        observability.metric("ErasureLagSeconds", erasure.lag_s(facts, now), "Seconds")
        return ErasureResult(ErasureStatus.FINISHED, receipt=receipt)

    return retrying(attempt, tries=_TRIES, message="The erasure met concurrent writes; it continues later.")


def begin(facts: Facts, now: int) -> Facts:
    """Mark the erasure as begun, if it is not, and return the facts with the mark."""
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
        remove_entries(facts, person, now)
    removed = removed_of(facts, person, len(parts))
    ordered = sorted(parts, key=lambda part: (part == people.PERSON, part))
    cut = max(0, len(ordered) - _IN_THE_LAST)
    batch.delete_many([people.delete(facts.lead_id, part).row for part in ordered[:cut]])
    return _close(facts, removed, ordered[cut:], through, now)


def removed_of(facts: Facts, person: Person | None, parts: int) -> Removed:
    """Return the numbers of the receipt."""
    if person is None:
        return Removed(people=parts, ttl_first=True)
    return Removed(people=parts, contacts=len(person.refs), windows=len(entered(facts, person)))


def _close(facts: Facts, removed: Removed, parts: list[str], through: str, now: int) -> Entry:
    receipt = erasure.receipt(facts, removed, now, through)
    writes = closing_writes(facts, receipt, parts, now)
    token = batch.token_of("erased", facts.lead_id, facts.version, now, through, removed, parts)
    if not facts.test:
        writes.append(counters.add_statistics(facts.campaign_id, facts.received_at, {"erased": 1}, token))
    batch.write(writes, token)
    return receipt


def closing_writes(facts: Facts, receipt: Entry, parts: Iterable[str], now: int) -> list[batch.Write]:
    """Return the last writes of an erasure without the statistic: the mark, the receipt, and the person's parts."""
    return [
        leads.mark_erased(facts, erasure.as_erased(facts, now)),
        ledger.insert(receipt, cached_organisation(now)),
        *(people.delete(facts.lead_id, part) for part in parts),
    ]
