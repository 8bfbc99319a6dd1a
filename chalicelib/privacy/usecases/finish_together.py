"""Erases the persons of many leads past their end: their last transactions are shared (RET-15)."""

from collections.abc import Iterator, Sequence

from chalicelib import clock, observability
from chalicelib.aws.dynamodb import batch, counters
from chalicelib.aws.side_by_side import call_each
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.times import utc_day
from chalicelib.leads.domain import erasure
from chalicelib.leads.domain.leads import Facts, Person
from chalicelib.leads.store import people
from chalicelib.privacy.usecases.finish_erasure import begin, closing_writes, removed_of
from chalicelib.privacy.usecases.leave_indexes import remove_all_from_indexes

_TRIES = 3
_MOST_PARTS = 20
_BESIDE_PARTS = 2  # the mark and the receipt


@dataclass(frozen=True)
class _Ready:
    """A lead whose erasure has begun, with what is left of its person."""

    facts: Facts
    parts: dict[str, Person | None]

    @property
    def person(self) -> Person | None:
        return self.parts.get(people.PERSON)

    @property
    def writes(self) -> int:
        return len(self.parts) + _BESIDE_PARTS


def finish_together(found: Sequence[Facts], through: str, now: int) -> set[str]:
    """Finish the erasure of leads as `finish_erasure` does, with few calls. Return the ids of those that are finished.

    A lead's mark, receipt and statistic are in one transaction all the same. Many leads of one campaign and day share
    it, so that runs at once seldom meet at a row of the statistics. The caller finishes what is left out by itself:
    leads that others write, leads with many comments, leads that are not due.
    """
    due = [facts for facts in found if facts.erased_at is None and erasure.is_due(facts, now)]
    outcomes = call_each(lambda facts: _prepare(facts, now), due)
    ready = [outcome.result for outcome in outcomes if outcome.result is not None]
    finished: set[str] = set()
    for outcome in call_each(lambda group: _close(group, through, now), _groups(_unlisted(ready, now))):
        for facts in outcome.result or ():
            observability.metric("ErasureLagSeconds", erasure.lag_s(facts, now), "Seconds")
            finished.add(facts.lead_id)
    return finished


def _prepare(facts: Facts, now: int) -> _Ready | None:
    """Mark the erasure as begun, and read what is left of the person; None if that is too much for a shared write."""
    ready = _Ready(begin(facts, now), people.get_including_expired(facts.lead_id))
    return ready if len(ready.parts) <= _MOST_PARTS else None


def _unlisted(ready: Sequence[_Ready], now: int) -> list[_Ready]:
    """Remove the leads from the indexes first: they are found by the person's row, which the last write removes."""
    pairs = [(one.facts, one.person) for one in ready if one.person is not None]
    gone = remove_all_from_indexes(pairs, now)
    return [one for one in ready if one.person is None or one.facts.lead_id in gone]


def _groups(ready: Sequence[_Ready]) -> Iterator[list[_Ready]]:
    """Yield leads that one transaction can finish: of one campaign and day, and not too many writes."""
    days: dict[tuple[str, str, bool], list[_Ready]] = {}
    for one in ready:
        facts = one.facts
        days.setdefault((facts.campaign_id, utc_day(facts.received_at), facts.test), []).append(one)
    for some in days.values():
        group: list[_Ready] = []
        for one in some:
            if sum(other.writes for other in group) + one.writes >= batch.WRITES_AT_ONCE:
                yield group
                group = []
            group.append(one)
        yield group


def _close(group: Sequence[_Ready], through: str, now: int) -> list[Facts]:
    """Write marks, receipts and one statistic, and remove the persons. Return the leads, or none if that was cancelled.

    If others only write the same rows, another row of the statistics is tried, the second one at once.
    """
    for attempt in range(_TRIES):
        if attempt > 1:
            clock.backoff(attempt)
        try:
            _write(group, attempt, through, now)
        except batch.Cancelled as cancelled:
            if not cancelled.conflict:
                return []
        else:
            return [one.facts for one in group]
    return []


def _write(group: Sequence[_Ready], attempt: int, through: str, now: int) -> None:
    writes: list[batch.Write] = []
    content: list[object] = []
    for one in group:
        removed = removed_of(one.facts, one.person, len(one.parts))
        receipt = erasure.receipt(one.facts, removed, now, through)
        writes += closing_writes(one.facts, receipt, sorted(one.parts), now)
        content.append((one.facts.lead_id, one.facts.version, removed, sorted(one.parts)))
    token = batch.token_of("erased", attempt, now, through, *content)
    first = group[0].facts
    if not first.test:
        amounts = {"erased": len(group)}
        writes.append(counters.add_statistics(first.campaign_id, first.received_at, amounts, token))
    batch.write(writes, token)
