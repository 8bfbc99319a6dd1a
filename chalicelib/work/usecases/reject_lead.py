"""Reject a lead that waits in quality control; the rejected retention applies (CAM-15, CAM-17)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core import confirmations
from chalicelib.core.access import Actor, Permission
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import ConfirmationRequired, Effect
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.leads.domain.lead_work import BulkItemResult
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.leads.store import leads
from chalicelib.leads.usecases.each_lead import each_lead
from chalicelib.leads.usecases.move_deadline import move_deadline
from chalicelib.leads.usecases.update_expiries import rejected_windows, update_expiries, write_expiries
from chalicelib.leads.usecases.work_lead import LeadUpdate, work_lead
from chalicelib.ledger.domain.entries import entry_id
from chalicelib.privacy.usecases.finish_past_end import finish_past_end
from chalicelib.work.domain import quality
from chalicelib.work.usecases.review_lead import require_reviewer, review_entries

_TRIES = 4
Binding = Callable[[Facts], tuple[str, ...]]


@dataclass(frozen=True)
class _Rejection:
    """The reason, the actor, the instant, the confirmation, and what it must be bound to for a lead."""

    reason: str
    confirmation: Confirmation | None
    bound: Binding
    actor: Actor
    now: int


def reject_lead(
    actor: Actor, lead_id: str, reason: str, confirmation: Confirmation | None, now: int
) -> Facts:
    """Reject a held lead for a reason of `reasons.REVIEW`; return the facts after it (CAM-15).

    The rejected days stamped at receipt apply, from receipt (CAM-17, RET-6). If that moves the deadline, even to an
    instant that has passed, it is confirmed (RET-12); a person past the new deadline is erased at once. After a lost
    answer, the repeated confirmed call succeeds and completes what a crash left undone. Raise Forbidden, NotFound
    (ACC-4), Conflict `not_held` or why the lead cannot be reviewed, ConfirmationRequired.
    """

    def bound(facts: Facts) -> tuple[str, ...]:
        return ("reject_lead", actor.id, lead_id, str(facts.version), reason)

    return _reject(lead_id, _Rejection(reason, confirmation, bound, actor, now))


def reject_leads(
    actor: Actor,
    project_id: str,
    lead_ids: Sequence[str],
    reason: str,
    confirmation: Confirmation | None,
    now: int,
) -> list[BulkItemResult]:
    """Reject many held leads of one project, each by itself; moved deadlines are confirmed once for all (RET-12).

    The confirmation is bound to a digest of the ids. Its effect has the number of persons that are erased at once.
    Raise Forbidden, NotFound for the project, ConfirmationRequired.
    """
    require_reviewer(actor, project_id, now)
    bound = ("reject_leads", actor.id, project_id, reason, entry_id(*sorted(lead_ids)))
    if confirmation is None or not confirmation.confirms(bound):
        effect = _effect(project_id, lead_ids, reason, now)
        if effect.numbers["moved"]:
            raise ConfirmationRequired(effect, bound)
    rejection = _Rejection(reason, confirmation, lambda facts: bound, actor, now)
    return each_lead(project_id, lead_ids, lambda lead_id: _reject(lead_id, rejection), now)


def _reject(lead_id: str, rejection: _Rejection) -> Facts:
    def compute(facts: Facts) -> LeadUpdate | None:
        if _repeated(facts, rejection):
            return None
        quality.require_reviewable(facts, rejection.now)
        after = quality.reject(facts, rejection.reason, rejection.now)
        return LeadUpdate("rejected", after, {"reason": rejection.reason})

    def write(facts: Facts, update: LeadUpdate) -> Facts:
        written.append(_write(facts, update, rejection))
        return written[-1]

    written: list[Facts] = []
    facts = work_lead(rejection.actor, lead_id, Permission.QUALITY_REVIEW, compute, rejection.now, save=write)
    return facts if written and facts.is_live(rejection.now) else _completed(facts, rejection.now)


def _repeated(facts: Facts, rejection: _Rejection) -> bool:
    confirmation = rejection.confirmation
    confirmed = confirmation is not None and facts.confirmed_by == confirmation.digest
    return confirmed and facts.status is Status.REJECTED and facts.reasons == (rejection.reason,)


def _write(facts: Facts, update: LeadUpdate, rejection: _Rejection) -> Facts:
    """Write the rejection, its entries, the marks in the duplicate index, and the new deadline of every part."""
    confirmation, bound, now = rejection.confirmation, rejection.bound(facts), rejection.now
    after, moved = update.after, quality.moves_due(facts, update.after)
    effect = quality.effect_of_rejection(facts, after, now) if moved else None
    if effect is not None:
        confirmation = confirmations.require(confirmation, effect, bound)
        update = replace(update, history={**update.history, "due_at": effect.numbers["due_at"]})
    if confirmation is not None and confirmation.confirms(bound):
        after = replace(after, confirmed_by=confirmation.digest)
    entries = review_entries(rejection.actor, facts, update, now, effect=effect)
    token = batch.token_of(
        "rejected", facts.lead_id, facts.version, now, rejection.actor.id, after.confirmed_by
    )
    if moved:
        return move_deadline(facts, after, [leads.move_deadline(facts, after, now), *entries], token, now)
    batch.write([leads.update(facts, after, now), *rejected_windows(after, now), *entries], token)
    return replace(after, version=facts.version + 1)


def _completed(facts: Facts, now: int) -> Facts:
    """Erase a person past the deadline; otherwise complete the ends of all parts after a crash (RET-15)."""

    def attempt(number: int) -> Facts:
        current = (leads.get(facts.lead_id, now) if number else None) or facts
        if not current.is_live(now):
            finish_past_end(current.lead_id, "rejection", now)
            return leads.get(current.lead_id, now) or current
        write_expiries(update_expiries(current, now), current, now)
        return current

    return retrying(attempt, tries=_TRIES, message="Others are changing the same lead; repeat the request.")


def _effect(project_id: str, lead_ids: Sequence[str], reason: str, now: int) -> Effect:
    found = leads.get_many(lead_ids, now)
    known = [found[lead_id] for lead_id in lead_ids if lead_id in found]
    held = [facts for facts in known if facts.project_id == project_id and quality.is_reviewable(facts, now)]
    changes = [(facts, quality.reject(facts, reason, now)) for facts in held]
    return quality.effect_of_rejections(changes, now)
