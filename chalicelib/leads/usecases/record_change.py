"""Records a change to a lead in its history and in the ledger, in the change's transaction (PRI-27, WRK-16)."""

from typing import Any

from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Actor
from chalicelib.leads.domain.leads import Activity, Facts
from chalicelib.leads.store import activities
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import FieldChange
from chalicelib.organisation.usecases.cached_organisation import cached_organisation


def history_and_ledger(
    actor: Actor,
    facts: Facts,
    action: str,
    entry_id: str,
    now: int,
    *,
    fields: tuple[FieldChange, ...] = (),
    detail: dict[str, Any] | None = None,
    history: dict[str, Any] | None = None,
) -> list[batch.Write]:
    """Return the writes of one entry in the history (with `history`) and one in the ledger (`fields`, `detail`).

    `facts` are the lead's before the change. Their version orders the entries of one second.
    Neither entry may hold personal data or free text (PRI-31).
    """
    in_order = f"{facts.version:08d}{entry_id[:24]}"
    entry = ledger_entries.change(actor, f"lead/{facts.lead_id}", action, now, in_order, fields, detail)
    activity = Activity(now, entry_id, action, actor.kind, actor.id, history or {})
    return [activities.append(facts, activity), ledger.insert(entry, cached_organisation(now))]
