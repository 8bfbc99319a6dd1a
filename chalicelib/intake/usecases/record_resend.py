"""A duplicate is to go again to the buyers of the earlier lead: noted on both, for the distribution (CAM-8)."""

from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core.access import SYSTEM
from chalicelib.leads.domain.lead_work import is_changeable
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads
from chalicelib.leads.usecases.record_change import history_and_ledger
from chalicelib.ledger.domain import entries as ledger_entries

_TRIES = 6
_RESEND = "resend"


def record_resend(lead_id: str, now: int) -> None:
    """Note in the history of a duplicate, and of the lead it is a duplicate of while that is live, a resend; once.

    The mark on the duplicate stands in the same transaction. Nothing happens once the duplicate is due or gone.
    Raises Unavailable when contention does not end.
    """

    def attempt(_: int) -> None:
        newcomer = leads.get(lead_id, now)
        if newcomer is not None and newcomer.resent_at is None and is_changeable(newcomer, now):
            _record(newcomer, now)

    retrying(attempt, tries=_TRIES, message="Others are changing the same leads; it goes on later.")


def _record(newcomer: Facts, now: int) -> None:
    earlier = leads.get(newcomer.duplicate_of, now) if newcomer.duplicate_of else None
    if earlier is None:
        return
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
