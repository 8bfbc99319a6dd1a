"""What became of a lead: an outcome closes it, and may set its retention (WRK-14, RET-7)."""

from dataclasses import replace

from chalicelib.domain import confirmation as confirmations
from chalicelib.domain import lead_retention, work
from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.confirmation import Confirmation
from chalicelib.domain.leads import Facts
from chalicelib.stores import batch, leads
from chalicelib.usecases.project_of import project_of
from chalicelib.usecases.redate import move_deadline
from chalicelib.usecases.work_lead import LeadUpdate, entries_of, save_update, work_lead


def set_outcome(
    lead_id: str, outcome: str | None, confirmation: Confirmation | None, actor: Actor, now: int
) -> Facts:
    """Record a lead's outcome, or take it back, which opens the lead again; return the facts after it.

    Where the project has a rule for the outcome and the lead's due moves with it, that is confirmed (RET-7,
    RET-12); repeated after a lost answer it succeeds. Raises NotFound (ACC-4), Conflict for a lead that nobody
    works, Invalid for an outcome the project lacks, ConfirmationRequired with the effect.
    """

    def doing(facts: Facts) -> LeadUpdate | None:
        work.require_in_work(facts, now)
        after = work.with_outcome(facts, outcome, project_of(facts, now), now)
        if after is facts:
            return None
        return LeadUpdate("outcome", after, {"from": facts.outcome, "to": outcome})

    def write(facts: Facts, update: LeadUpdate) -> Facts:
        if update.after.retention.due_at == facts.retention.due_at:
            return save_update(facts, update, actor, now)
        bound = ("set_outcome", actor.id, lead_id, str(facts.version), str(outcome))
        effect = lead_retention.effect_of(facts, update.after)
        confirmed = confirmations.require(confirmation, effect, bound)
        after = replace(update.after, confirmed_by=confirmed.digest)
        shown = {**update.history, "due_at": effect.numbers["due_at"]}
        moved = replace(update, after=after, history=shown, effect=effect)
        token = batch.token_of("outcome", lead_id, facts.version, after.confirmed_by, now)
        writes = [leads.move_deadline(facts, after, now), *entries_of(facts, moved, actor, now)]
        return move_deadline(facts, after, writes, token, now)

    return work_lead(lead_id, Permission.LEADS_WORK, doing, actor, now, write)
