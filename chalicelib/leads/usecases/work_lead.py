"""Updates a lead: permission, one transaction with history and ledger, and retries."""

from collections.abc import Callable, Sequence
from dataclasses import field, replace
from typing import Any

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import Effect
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.leads.domain import lead_retention
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.domain.visibility import require_visible
from chalicelib.leads.store import leads
from chalicelib.leads.usecases.record_change import history_and_ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import FieldChange

_TRIES = 6
_SHOWN = ("agent_id", "stage", "closing", "outcome", "follow_up_on")


@dataclass(frozen=True)
class LeadUpdate:
    """An update of a lead: its action, the facts after it, the detail for the history, and writes to add.

    `effect` is the effect that was confirmed, if any (PRI-29).

    Example:
        >>> update = LeadUpdate("stage", replace(facts, stage="contacted"), {"from": "new", "to": "contacted"})
        >>> update.action, update.after.stage
        ('stage', 'contacted')
    """

    action: str
    after: Facts
    history: dict[str, Any] = field(default_factory=dict)
    extra_writes: Sequence[batch.Write] = ()
    effect: Effect | None = None


Compute = Callable[[Facts], LeadUpdate | None]
Save = Callable[[Facts, LeadUpdate], Facts]


def work_lead(
    actor: Actor,
    lead_id: str,
    permission: Permission,
    compute: Compute,
    now: int,
    *,
    save: Save | None = None,
) -> Facts:
    """Update a lead that the actor may see, and record it. Return the facts after it.

    `compute` is called with the current facts, again after every conflict. It returns None if nothing is to change.
    `save` writes the update if that needs more than one transaction of facts, history and ledger.
    Raise Forbidden, NotFound (ACC-4), any error of `compute`, and Unavailable if the conflicts do not end.

    Example:
        >>> def to_contacted(facts: Facts) -> LeadUpdate | None:
        ...     if facts.stage == "contacted":
        ...         return None
        ...     after = replace(facts, stage="contacted")
        ...     return LeadUpdate("stage", after, {"from": facts.stage, "to": "contacted"})
        >>> work_lead(actor, "lead_1", Permission.LEADS_WORK, to_contacted, now).stage
        'contacted'
    """
    actor.require(permission)

    def attempt(_: int) -> Facts:
        facts = require_visible(actor, leads.get(lead_id, now))
        update = compute(facts)
        if update is None:
            return facts
        return save(facts, update) if save else save_update(actor, facts, update, now)

    return retrying(attempt, tries=_TRIES, message="Others are changing the same lead: repeat the request.")


def save_update(actor: Actor, facts: Facts, update: LeadUpdate, now: int) -> Facts:
    """Write an update over exactly the facts that were read, if the lead is live. Raise Cancelled otherwise (WRK-8)."""
    writes = [
        leads.update(facts, update.after, now),
        *update.extra_writes,
        *entries_of(actor, facts, update, now),
    ]
    batch.write(writes, batch.token_of(update.action, facts.lead_id, facts.version, now, actor.id))
    return replace(update.after, version=facts.version + 1)


def entries_of(
    actor: Actor, facts: Facts, update: LeadUpdate, now: int, *, number: int | None = None
) -> list[batch.Write]:
    """Return the writes of an update's entries in history and ledger; `number` as in `update_entry_id`."""
    entry_id = update_entry_id(facts, update.action, now, number)
    fields = lead_changes(facts, update.after)
    detail = {"effect": update.effect.summary} if update.effect else None
    return history_and_ledger(
        actor, facts, update.action, entry_id, now, fields=fields, detail=detail, history=update.history
    )


def update_entry_id(facts: Facts, action: str, now: int, number: int | None = None) -> str:
    """Return the id of an update's entry. If a write has several, `number` (0 to 99) keeps them apart and in order."""
    if number is None:
        return ledger_entries.entry_id(action, facts.lead_id, facts.version, now)
    return f"{number:02d}{ledger_entries.entry_id(action, facts.lead_id, facts.version, now, number)[2:]}"


def lead_changes(before: Facts, after: Facts) -> tuple[FieldChange, ...]:
    """Return the changes of a lead's work and retention, by field (PRI-27, PRI-29)."""
    changes = tuple(
        FieldChange(name, _text(getattr(before, name)), _text(getattr(after, name)))
        for name in _SHOWN
        if getattr(before, name) != getattr(after, name)
    )
    return (*changes, *lead_retention.retention_changes(before, after))


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)
