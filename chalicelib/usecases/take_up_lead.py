"""A stored lead is taken up: counted, looked up in the blocks again, followed if it is a duplicate (PRI-17, CAM-7)."""

from dataclasses import replace

from chalicelib.domain import forgetting, ledger
from chalicelib.domain.access import SYSTEM
from chalicelib.domain.leads import Facts, Status
from chalicelib.domain.missing_consent import lacks_consent
from chalicelib.domain.reports import counted
from chalicelib.domain.setup import Campaign
from chalicelib.stores import batch, blocks, consents, counters, leads, notices, people, setup
from chalicelib.stores import ledger as record
from chalicelib.usecases.append_duplicate import append_duplicate
from chalicelib.usecases.organisation import organisation
from chalicelib.usecases.record_change import recorded
from chalicelib.usecases.record_resend import record_resend


def take_up_lead(lead_id: str, now: int) -> None:
    """Count a new lead once, note its agent, and mark it if it was blocked on its way (PRI-17, WRK-2).

    A contact that was forgotten meanwhile and is kept out takes the lead with it (PRI-10). What the campaign wants
    done with a duplicate follows where nothing stands against the lead (CAM-7, CAM-8).

    May be repeated, and may run twice at once: the mark on the facts makes each count once.
    """
    facts = leads.get(lead_id, now)
    if facts is None:
        return
    _count(facts, now)
    if not facts.is_live(now) or facts.test or facts.blocked_at is not None:
        return
    if not _look_at_blocks(facts, now) and facts.status is Status.DUPLICATE:
        _follow(facts, now)


def _count(facts: Facts, now: int) -> None:
    """Count the lead as it came in: whoever reviewed it meanwhile has moved the statistics by the rest (CAM-15)."""
    if facts.test:
        return
    writes: list[batch.Write] = [
        leads.counted(facts.lead_id),
        counters.statistics(facts.campaign_id, facts.received_at, counted(facts)),
    ]
    if lacks_consent(facts):
        writes.append(consents.missing(facts.campaign_id))
    if facts.agent_id is not None:
        writes.append(notices.added(facts.agent_id, facts.lead_id, now))
    try:
        batch.write(writes, batch.token_of("count", facts.lead_id))
    except batch.Cancelled as cancelled:
        if cancelled.conflict:
            raise


def _follow(facts: Facts, now: int) -> None:
    """Do with a duplicate what the settings that judged it say (CAM-22)."""
    judged = setup.version_of(Campaign, facts.campaign_id, facts.config_version, now)
    if judged is not None and judged.duplicates.append:
        append_duplicate(facts.lead_id, now)
    if judged is not None and judged.duplicates.resend:
        record_resend(facts.lead_id, now)


def _look_at_blocks(facts: Facts, now: int) -> bool:
    """Tell whether a block stands, and do what follows from it."""
    person = people.get(facts.lead_id, now)
    if person is None:
        return False
    refs = list(person.refs)
    found = batch.read(blocks.keys(refs, facts.project_id), now) if refs else batch.Found({})
    standing = blocks.found(refs, facts.project_id, found)
    if any(block.by_kind == forgetting.BY_FORGET for block in standing):
        _forget(facts, now)
    elif standing:
        _mark_blocked(facts, now)
    return bool(standing)


def _forget(facts: Facts, now: int) -> None:
    """A person who was forgotten meanwhile, and kept out: due now; the schedule finishes the erasure (PRI-10)."""
    after = forgetting.forgotten(facts, "", now)
    effect = forgetting.effect_of([facts], keep_out=True)
    entry = forgetting.started(facts, effect, SYSTEM, now)
    writes: list[batch.Write] = [leads.forgotten(facts, after, now), record.added(entry, organisation(now))]
    batch.write(writes, batch.token_of("forget", facts.lead_id, facts.version, now))


def _mark_blocked(facts: Facts, now: int) -> None:
    entry_id = ledger.entry_id("blocked", facts.lead_id)
    writes: list[batch.Write] = [
        leads.changed(facts, replace(facts, blocked_at=now), now),
        *recorded(facts, "blocked", SYSTEM, now, entry_id),
    ]
    batch.write(writes, batch.token_of("block", facts.lead_id, facts.version, now))
