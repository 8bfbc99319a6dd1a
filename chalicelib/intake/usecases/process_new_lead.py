"""Process a stored lead: check its blocks again, count it, append or resend a duplicate (PRI-17, CAM-7)."""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.aws.dynamodb import batch, counters
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.blocks.store import blocks
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import SYSTEM
from chalicelib.core.errors import Conflict
from chalicelib.intake.domain.missing_consent import lacks_consent
from chalicelib.intake.usecases.record_resend import record_resend
from chalicelib.leads.domain.lead_work import is_changeable
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.leads.store import leads, people
from chalicelib.leads.usecases.record_change import history_and_ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.organisation import store as configuration
from chalicelib.privacy.domain import forgetting
from chalicelib.privacy.usecases.mark_forgotten import mark_forgotten
from chalicelib.reports.domain import counted
from chalicelib.work.store import consents, notifications

_TRIES = 8


def process_new_lead(lead_id: str, now: int) -> None:
    """Mark a new lead that was blocked meanwhile, count it once, and note its agent's notification (PRI-17, WRK-2).

    If one of its contacts was forgotten and kept out meanwhile, the lead is forgotten, too (PRI-10). Under a legal
    hold it is marked as blocked instead (RET-19). A duplicate without a block is appended or resent, as its campaign
    says (CAM-7, CAM-8).

    May be repeated, and may run twice at once: the mark on the facts makes each lead count once. Raise Unavailable
    when contention does not end.
    """

    def attempt(_: int) -> None:
        facts = leads.get_as_stored(lead_id, now)
        if facts is not None:
            _process(facts, now)

    retrying(attempt, tries=_TRIES, message="Others are writing the same rows; the lead is processed later.")


def _process(facts: Facts, now: int) -> None:
    """Check the blocks first: trouble with the statistics must not keep a blocked contact callable."""
    is_open = is_changeable(facts, now) and not facts.test and facts.blocked_at is None
    is_blocked = is_open and _check_blocks(facts, now)
    _count(facts, now)
    if is_open and not is_blocked and facts.status is Status.DUPLICATE:
        _follow_duplicate(facts, now)


def _count(facts: Facts, now: int) -> None:
    """Count the lead as it was received; a review in the meantime counts the change by itself (CAM-15).

    A lead that the intake did not enter in the duplicate index enters it in the same transaction (CAM-9). So a lead
    that is counted has entered.
    """
    if facts.test:
        return
    marks, read = _marks([facts], now)
    writes: list[batch.Write] = [
        *marks,
        counters.add_statistics(facts.campaign_id, facts.received_at, counted(facts)),
    ]
    if lacks_consent(facts):
        writes.append(consents.count_missing(facts.campaign_id))
    if facts.agent_id is not None:
        writes.append(notifications.insert(facts.agent_id, facts.lead_id, now))
    try:
        batch.write(writes, batch.token_of("count", facts.lead_id, facts.version, *read))
    except batch.Cancelled as cancelled:
        if cancelled.conflict or (facts.enters_later and not leads.is_counted(facts.lead_id, now)):
            raise


def _marks(some: Sequence[Facts], now: int) -> tuple[list[batch.Write], list[str]]:
    """Return the writes that mark leads as counted and let them enter the duplicate index, and what these have read."""
    if not any(facts.enters_later for facts in some):
        return [leads.mark_counted(facts.lead_id) for facts in some], []
    from chalicelib.leads.usecases.enter_windows import late_entries  # only for leads that enter now (B5)

    late = late_entries(some, now)
    return [*(late.mark_counted(facts.lead_id, now) for facts in some), *late.writes(now)], late.read


def _follow_duplicate(facts: Facts, now: int) -> None:
    """Append or resend a duplicate, by the settings that decided on it (CAM-22)."""
    campaign = configuration.get_version(Campaign, facts.campaign_id, facts.config_version, now)
    if campaign is not None and campaign.duplicates.append:
        from chalicelib.intake.usecases.append_duplicate import append_duplicate

        append_duplicate(facts.lead_id, now)
    if campaign is not None and campaign.duplicates.resend:
        record_resend(facts.lead_id, now)


def _check_blocks(facts: Facts, now: int) -> bool:
    """Return whether a block exists; if so, mark or forget the lead."""
    person = people.get(facts.lead_id, now)
    if person is None:
        return False
    refs = person.block_refs
    rows = batch.read_many(blocks.keys(refs, facts.project_id), now)
    existing = blocks.from_batch(refs, facts.project_id, rows)
    if any(block.by_kind == forgetting.BY_FORGET for block in existing):
        _forget(facts, now)
    elif existing:
        _mark_blocked(facts, now)
    return bool(existing)


def _forget(facts: Facts, now: int) -> None:
    """Mark the lead as forgotten, as its contact was meanwhile; the schedule finishes the erasure (PRI-10)."""
    try:
        mark_forgotten(SYSTEM, facts, forgetting.effect_of([facts], keep_out=True), "", now)
    except Conflict:  # a legal hold prevails over a forget (RET-19)
        _mark_blocked(facts, now)


def _mark_blocked(facts: Facts, now: int) -> None:
    entry_id = ledger_entries.entry_id("blocked", facts.lead_id)
    writes: list[batch.Write] = [
        leads.update(facts, replace(facts, blocked_at=now), now),
        *history_and_ledger(SYSTEM, facts, "blocked", entry_id, now),
    ]
    batch.write(writes, batch.token_of("block", facts.lead_id, facts.version, now))
