"""Counts leads in the statistics of their campaign, each once (data-model.md, Statistics)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.aws.dynamodb import batch, counters
from chalicelib.core.times import utc_day
from chalicelib.intake.domain.missing_consent import lacks_consent
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads
from chalicelib.reports.domain import counted
from chalicelib.work.store import consents, notifications

_MOST_LEADS = 40
_MOST_WRITES = (
    98  # of the 100 of a transaction, which has the statistics and the number without consent besides
)
_MOST_NAMES = 150  # of one write: an expression has at most 4 KB


def count_leads(some: Sequence[Facts], attempt: int, now: int) -> None:
    """Count leads of one campaign and day as they were received, in one transaction. Raise Cancelled.

    It has a mark on each lead and one row of statistics, the notifications of agents (WRK-2), and the number of leads
    without consent (CAM-11). A review in the meantime counts the change by itself (CAM-15). A lead that the intake did
    not enter in the duplicate index enters it in the same transaction, so a lead that is counted has entered (CAM-9).
    """
    campaign_id, received_at = some[0].campaign_id, some[0].received_at
    marks, read = _marks(some, now)
    token = batch.token_of("count", attempt, *((facts.lead_id, facts.version) for facts in some), *read)
    writes: list[batch.Write] = [
        counters.add_statistics(campaign_id, received_at, _sums(some), token),
        *marks,
        *(notifications.insert(facts.agent_id, facts.lead_id, now) for facts in some if facts.agent_id),
    ]
    missing = sum(lacks_consent(facts) for facts in some)
    if missing:
        writes.append(consents.count_missing(campaign_id, missing))
    batch.write(writes, token)


def groups_of(found: Sequence[Facts], now: int) -> list[list[Facts]]:
    """Return leads in groups that one transaction can count: of one campaign and day, and not too many.

    Raise Unavailable if settings that say so cannot be read.
    """
    groups: list[_Group] = []
    last: dict[tuple[str, str], _Group] = {}
    for facts in found:
        day, names, writes = _day_of(facts), set(counted(facts)), _most_writes(facts, now)
        if day not in last or not last[day].has_room(names, writes):
            last[day] = _Group()
            groups.append(last[day])
        last[day].add(facts, names, writes)
    return [group.leads for group in groups]


@dataclass
class _Group:
    """Leads of one campaign and day, the names that their statistics have, and how many writes they need at most."""

    leads: list[Facts] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    writes: int = 0

    def has_room(self, names: set[str], writes: int) -> bool:
        return (
            len(self.leads) < _MOST_LEADS
            and len(self.names | names) <= _MOST_NAMES
            and self.writes + writes <= _MOST_WRITES
        )

    def add(self, facts: Facts, names: set[str], writes: int) -> None:
        self.leads.append(facts)
        self.names |= names
        self.writes += writes


def _day_of(facts: Facts) -> tuple[str, str]:
    return facts.campaign_id, utc_day(facts.received_at)


def _most_writes(facts: Facts, now: int) -> int:
    """Return the writes that a lead needs at most: its mark, its notification, and its rows of the duplicate index."""
    rows = 0
    if facts.enters_later:
        from chalicelib.leads.usecases.cached_lead_type_of import (
            cached_lead_type_of,
        )  # only for such leads (B5)

        rows = len(cached_lead_type_of(facts, now).duplicate_sets)
    return 1 + (facts.agent_id is not None) + rows


def _marks(some: Sequence[Facts], now: int) -> tuple[list[batch.Write], list[str]]:
    """Return the writes that mark leads as counted and let them enter the duplicate index, and what these have read."""
    if not any(facts.enters_later for facts in some):
        return [leads.mark_counted(facts.lead_id) for facts in some], []
    from chalicelib.leads.usecases.enter_windows import late_entries  # only for leads that enter now (B5)

    late = late_entries(some, now)
    return [*(late.mark_counted(facts.lead_id, now) for facts in some), *late.writes(now)], late.read


def _sums(some: Sequence[Facts]) -> Mapping[str, int]:
    sums: dict[str, int] = {}
    for facts in some:
        for name, amount in counted(facts).items():
            sums[name] = sums.get(name, 0) + amount
    return sums
