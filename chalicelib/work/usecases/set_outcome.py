"""Set the outcome of a lead: it closes the lead, and may set its retention (WRK-14, RET-7)."""

from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.core import confirmations
from chalicelib.core.access import Actor, Permission
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import Effect
from chalicelib.leads.domain import lead_retention, lead_work
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads
from chalicelib.leads.usecases.get_project_of import get_project_of
from chalicelib.leads.usecases.move_deadline import move_deadline
from chalicelib.leads.usecases.work_lead import LeadUpdate, entries_of, save_update, work_lead


def set_outcome(
    actor: Actor, lead_id: str, outcome: str | None, confirmation: Confirmation | None, now: int
) -> Facts:
    """Record a lead's outcome, or remove it, which opens the lead again; return the facts after it.

    If the project's rule for the outcome moves the lead's deadline, that is confirmed (RET-7, RET-12). A repeat after
    a lost answer succeeds. Raise NotFound (ACC-4), Conflict for a lead that cannot be worked, Invalid for an outcome
    the project lacks, ConfirmationRequired with the effect.
    """

    def compute(facts: Facts) -> LeadUpdate | None:
        lead_work.require_in_work(facts, now)
        after = lead_work.with_outcome(facts, outcome, get_project_of(facts, now), now)
        if after is facts:
            return None
        return LeadUpdate("outcome", after, {"from": facts.outcome, "to": outcome})

    def write(facts: Facts, update: LeadUpdate) -> Facts:
        bound = ("set_outcome", actor.id, lead_id, str(facts.version), str(outcome))
        after, effect = confirmed_deadline(facts, update.after, confirmation, bound)
        if effect is None:
            return save_update(actor, facts, update, now)
        shown = {**update.history, "due_at": effect.numbers["due_at"]}
        moved = replace(update, after=after, history=shown, effect=effect)
        token = batch.token_of("outcome", lead_id, facts.version, after.confirmed_by, now)
        writes = [leads.move_deadline(facts, after, now), *entries_of(actor, facts, moved, now)]
        return move_deadline(facts, after, writes, token, now)

    return work_lead(actor, lead_id, Permission.LEADS_WORK, compute, now, save=write)


def confirmed_deadline(
    facts: Facts, after: Facts, confirmation: Confirmation | None, bound: tuple[str, ...]
) -> tuple[Facts, Effect | None]:
    """Return the facts after a change with its confirmation, and the effect; None if the deadline does not move.

    Raise ConfirmationRequired with the effect if it moves and is not confirmed (RET-12).
    """
    if after.retention.due_at == facts.retention.due_at:
        return after, None
    effect = lead_retention.effect_of(facts, after)
    confirmed = confirmations.require(confirmation, effect, bound)
    return replace(after, confirmed_by=confirmed.digest), effect
