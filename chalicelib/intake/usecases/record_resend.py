"""A duplicate is to go again to the buyers of the earlier lead: noted on both, for the distribution (CAM-8)."""

from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import SYSTEM
from chalicelib.intake.usecases.follow_duplicate import follow_duplicate
from chalicelib.leads.domain.lead_work import is_changeable
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads
from chalicelib.leads.usecases.record_change import history_and_ledger
from chalicelib.ledger.domain import entries as ledger_entries

_RESEND = "resend"


def record_resend(lead_id: str, now: int) -> None:
    """Note in the history of a duplicate, and of the lead it is a duplicate of while that is live, a resend; once.

    The mark on the duplicate stands in the same transaction. Nothing happens once the duplicate is due or gone.
    Raises Unavailable when contention does not end.
    """
    follow_duplicate(
        lead_id,
        lambda newcomer: newcomer.resent_at is not None,
        lambda newcomer, earlier: _record(newcomer, earlier, now),
        now,
    )


def _record(newcomer: Facts, earlier: Facts, now: int) -> None:
    writes: list[batch.Write] = [
        leads.update(newcomer, replace(newcomer, resent_at=now), now),
        *_entries(newcomer, earlier, now),
    ]
    if is_changeable(earlier, now):
        writes += [leads.require_live(earlier.lead_id, now), *_entries(earlier, newcomer, now)]
    batch.write(writes, batch.token_of(_RESEND, newcomer.lead_id, newcomer.version, now))


def _entries(facts: Facts, other: Facts, now: int) -> list[batch.Write]:
    entry_id = ledger_entries.entry_id(_RESEND, facts.lead_id, other.lead_id)
    return history_and_ledger(SYSTEM, facts, _RESEND, entry_id, now, history={"lead_id": other.lead_id})
