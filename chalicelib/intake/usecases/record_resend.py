"""Note on a duplicate and its earlier lead that the buyers get the lead again, for the distribution (CAM-8)."""

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
    """Note a resend once, in the history of a duplicate and, while it can be changed, of its earlier lead.

    The mark on the duplicate is written in the same transaction. Nothing happens if the duplicate's person is gone or
    under a legal hold alone. Raise Unavailable when contention does not end.
    """
    follow_duplicate(
        lead_id,
        lambda duplicate: duplicate.resent_at is not None,
        lambda duplicate, earlier: _record(duplicate, earlier, now),
        now,
    )


def _record(duplicate: Facts, earlier: Facts, now: int) -> None:
    writes: list[batch.Write] = [
        leads.update(duplicate, replace(duplicate, resent_at=now), now),
        *_entries(duplicate, earlier, now),
    ]
    if is_changeable(earlier, now):
        writes += [leads.require_live(earlier.lead_id, now), *_entries(earlier, duplicate, now)]
    batch.write(writes, batch.token_of(_RESEND, duplicate.lead_id, duplicate.version, now))


def _entries(facts: Facts, other: Facts, now: int) -> list[batch.Write]:
    entry_id = ledger_entries.entry_id(_RESEND, facts.lead_id, other.lead_id)
    return history_and_ledger(SYSTEM, facts, _RESEND, entry_id, now, history={"lead_id": other.lead_id})
