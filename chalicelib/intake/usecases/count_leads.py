"""Counts leads in the statistics of their campaign, each once (data-model.md, Statistics)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chalicelib.aws.dynamodb import batch, counters
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.times import utc_day
from chalicelib.intake.domain.missing_consent import lacks_consent
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.leads.store import leads
from chalicelib.organisation import store as configuration
from chalicelib.reports.domain import counted
from chalicelib.work.store import consents, notifications

_MOST_LEADS = 40  # each has a mark and perhaps a notification: at most 82 of the 100 writes of a transaction
_MOST_NAMES = 150  # of one write: an expression has at most 4 KB


def count_leads(some: Sequence[Facts], attempt: int, now: int) -> None:
    """Count leads of one campaign and day as they were received, in one transaction. Raise Cancelled.

    It has a mark on each lead and one row of statistics, the notifications of agents (WRK-2), and the number of leads
    without consent (CAM-11). A review in the meantime counts the change by itself (CAM-15). Leads that the intake did
    not enter in the duplicate index enter it here, so that a counted lead has entered (CAM-9). If their rows have no
    room in one transaction, there are several.
    """
    campaign_id, received_at = some[0].campaign_id, some[0].received_at
    marks, read = _marks(some, now)
    token = batch.token_of("count", attempt, *((facts.lead_id, facts.version) for facts in some), *read)
    writes: list[batch.Write] = [
        counters.add_statistics(campaign_id, received_at, _sums(some, now), token),
        *marks,
        *(
            notifications.insert(agent_id, facts.lead_id, now)
            for facts in some
            if (agent_id := _agent_of(facts))
        ),
    ]
    missing = sum(lacks_consent(facts) for facts in some)
    if missing:
        writes.append(consents.count_missing(campaign_id, missing))
    if len(writes) > batch.WRITES_AT_ONCE:
        half = len(some) // 2
        count_leads(some[:half], attempt, now)
        count_leads(some[half:], attempt, now)
        return
    batch.write(writes, token)


def _agent_of(facts: Facts) -> str | None:
    """Return the agent whom the intake gave the lead; a later assignment has its own notification (WRK-2)."""
    return facts.agent_id if facts.assigned_at is None else None


def _marks(some: Sequence[Facts], now: int) -> tuple[list[batch.Write], list[str]]:
    """Return the writes that mark leads as counted and let them enter the duplicate index, and what these have read."""
    if not any(facts.enters_later for facts in some):
        return [leads.mark_counted(facts.lead_id) for facts in some], []
    from chalicelib.leads.usecases.enter_windows import late_entries  # only for leads that enter now (B5)

    late = late_entries(some, now)
    return [*(late.mark_counted(facts.lead_id, now) for facts in some), *late.writes(now)], late.read


def groups_of(found: Sequence[Facts]) -> list[list[Facts]]:
    """Return leads in groups that one transaction can count: of one campaign and day, and not too many."""
    groups: list[list[Facts]] = []
    last: dict[tuple[str, str], list[Facts]] = {}
    names: dict[tuple[str, str], set[str]] = {}
    for facts in found:
        day, more = (facts.campaign_id, utc_day(facts.received_at)), counted(facts).keys()
        if day not in last or len(last[day]) == _MOST_LEADS or len(names[day] | more) > _MOST_NAMES:
            last[day], names[day] = [], set()
            groups.append(last[day])
        last[day].append(facts)
        names[day] |= more
    return groups


def _sums(some: Sequence[Facts], now: int) -> Mapping[str, int]:
    sums: dict[str, int] = {}
    for facts in some:
        for name, amount in counted(facts if facts.answer else _as_received(facts, now)).items():
            sums[name] = sums.get(name, 0) + amount
    return sums


def _as_received(facts: Facts, now: int) -> Facts:
    """Return a lead that was erased before it was counted, with its price at receipt: its answer had that (INT-4)."""
    if facts.original_status is not Status.ACCEPTED:
        return facts
    settings = configuration.get_version(Campaign, facts.campaign_id, facts.config_version, now)
    return facts if settings is None else replace(facts, price=settings.price)
