"""What every piece of work on a lead shares: who may, one transaction with history and ledger, and its retries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import Effect
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
    """What somebody does to a lead: its name, the facts after it, what the history shows, what is written beside.

    `effect` is what was confirmed, if anything (PRI-29).

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
    """Do something to a lead the actor may see, and record it; return the facts after it.

    `compute` is called with the facts as they are, again after every collision; None means that nothing is to change.
    `save` writes the update where it needs more than one transaction of facts, history and ledger.
    Raises Forbidden, NotFound (ACC-4), what `compute` raises, Unavailable when contention does not end.

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

    return retrying(attempt, tries=_TRIES, message="Others are changing the same lead; nothing was decided.")


def save_update(actor: Actor, facts: Facts, update: LeadUpdate, now: int) -> Facts:
    """Write a deed over exactly the facts that were read, while the lead is live; Cancelled otherwise (WRK-8)."""
    writes = [
        leads.update(facts, update.after, now),
        *update.extra_writes,
        *entries_of(actor, facts, update, now),
    ]
    batch.write(writes, batch.token_of(update.action, facts.lead_id, facts.version, now, actor.id))
    return replace(update.after, version=facts.version + 1)


def entries_of(actor: Actor, facts: Facts, update: LeadUpdate, now: int) -> list[batch.Write]:
    """Return the deed's entries in history and ledger."""
    entry_id = ledger_entries.entry_id(update.action, facts.lead_id, facts.version, now)
    fields = differences(facts, update.after)
    detail = {"effect": update.effect.summary} if update.effect else None
    return history_and_ledger(
        actor, facts, update.action, entry_id, now, fields=fields, detail=detail, history=update.history
    )


def differences(before: Facts, after: Facts) -> tuple[FieldChange, ...]:
    """Return what of a lead's work and its retention changed, by field (PRI-27, PRI-29)."""
    worked = tuple(
        FieldChange(name, _text(getattr(before, name)), _text(getattr(after, name)))
        for name in _SHOWN
        if getattr(before, name) != getattr(after, name)
    )
    return (*worked, *lead_retention.differences(before, after))


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)
