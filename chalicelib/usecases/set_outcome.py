"""What became of a lead: an outcome closes it, and may set its retention (WRK-14, RET-7)."""

from dataclasses import replace

from chalicelib.domain import confirmation as confirmations
from chalicelib.domain import lead_retention, work
from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.confirmation import Confirmation
from chalicelib.domain.leads import Facts
from chalicelib.stores import batch, leads
from chalicelib.usecases.project_of import project_of
from chalicelib.usecases.redate import redate
from chalicelib.usecases.work_lead import Deed, entries_of, work_lead, write_deed


def set_outcome(
    lead_id: str, outcome: str | None, confirmation: Confirmation | None, actor: Actor, now: int
) -> Facts:
    """Record a lead's outcome, or take it back, which opens the lead again; return the facts after it.

    Where the project has a rule for the outcome and the lead's due moves with it, that is confirmed (RET-7,
    RET-12); repeated after a lost answer it succeeds. Raises NotFound (ACC-4), Conflict for a lead that nobody
    works, Invalid for an outcome the project lacks, ConfirmationRequired with the effect.
    """

    def doing(facts: Facts) -> Deed | None:
        work.require_in_work(facts, now)
        after = work.with_outcome(facts, outcome, project_of(facts, now), now)
        if after is facts:
            return None
        return Deed("outcome", after, {"from": facts.outcome, "to": outcome})

    def write(facts: Facts, deed: Deed) -> Facts:
        if deed.after.retention.due_at == facts.retention.due_at:
            return write_deed(facts, deed, actor, now)
        bound = ("set_outcome", actor.id, lead_id, str(facts.version), str(outcome))
        effect = lead_retention.effect_of(facts, deed.after)
        confirmed = confirmations.require(confirmation, effect, bound)
        after = replace(deed.after, confirmed_by=confirmed.digest)
        shown = {**deed.shown, "due_at": effect.numbers["due_at"]}
        moved = replace(deed, after=after, shown=shown, effect=effect)
        token = batch.token_of("outcome", lead_id, facts.version, after.confirmed_by, now)
        writes = [leads.redated(facts, after, now), *entries_of(facts, moved, actor, now)]
        return redate(facts, after, writes, token, now)

    return work_lead(lead_id, Permission.LEADS_WORK, doing, actor, now, write)
