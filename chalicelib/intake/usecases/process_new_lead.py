"""Process a stored lead: check its blocks again, count it, append or resend a duplicate (PRI-17, CAM-7)."""

from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.blocks.store import blocks
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import SYSTEM
from chalicelib.core.errors import Conflict
from chalicelib.intake.usecases.count_leads import count_leads
from chalicelib.leads.domain.lead_work import is_changeable
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.leads.store import leads, people
from chalicelib.leads.usecases.record_change import history_and_ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.organisation import store as configuration
from chalicelib.privacy.domain import forgetting

_TRIES = 8
BUSY = "Others are writing the same rows; the lead is processed later."


def process_new_lead(lead_id: str, now: int) -> None:
    """Mark a new lead that was blocked meanwhile, count it once, and note its agent's notification (PRI-17, WRK-2).

    If one of its contacts was forgotten and kept out meanwhile, the lead is forgotten, too (PRI-10). Under a legal
    hold it is marked as blocked instead (RET-19). A duplicate without a block is appended or resent, as its campaign
    says (CAM-7, CAM-8).

    May be repeated, and may run twice at once: the mark on the facts makes each lead count once. Raise Unavailable
    when contention does not end.
    """

    def attempt(number: int) -> None:
        facts = leads.get_as_stored(lead_id, now)
        if facts is not None:
            _process(facts, number, now)

    retrying(attempt, tries=_TRIES, message=BUSY)


def _process(facts: Facts, attempt: int, now: int) -> None:
    """Check the blocks first: trouble with the statistics must not keep a blocked contact callable."""
    is_blocked = is_open(facts, now) and _check_blocks(facts, now)
    _count(facts, attempt, now)
    if not is_blocked:
        follow_by_settings(facts, now)


def is_open(facts: Facts, now: int) -> bool:
    """Return True if a block would change something about the lead."""
    return is_changeable(facts, now) and not facts.test and facts.blocked_at is None


def _count(facts: Facts, attempt: int, now: int) -> None:
    """Count the lead, unless it is counted. One that waits for its entry in the duplicate index may have changed."""
    if facts.test:
        return
    try:
        count_leads([facts], attempt, now)
    except batch.Cancelled as cancelled:
        if cancelled.conflict or (facts.enters_later and not leads.is_counted(facts.lead_id, now)):
            raise


def follow_by_settings(facts: Facts, now: int) -> None:
    """Append or resend a lead without a block, if it is a duplicate, by the settings that decided on it (CAM-22)."""
    if facts.status is not Status.DUPLICATE or not is_open(facts, now):
        return
    campaign = configuration.get_version(Campaign, facts.campaign_id, facts.config_version, now)
    if campaign is not None and campaign.duplicates.append:
        from chalicelib.intake.usecases.append_duplicate import append_duplicate

        append_duplicate(facts.lead_id, now)
    if campaign is not None and campaign.duplicates.resend:
        from chalicelib.intake.usecases.record_resend import record_resend

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
    from chalicelib.privacy.usecases.mark_forgotten import mark_forgotten  # rare (B5)

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
