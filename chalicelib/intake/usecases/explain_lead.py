"""Dry run: decide on a lead, with the whole trace, without storing or counting it (CAM-18)."""

from dataclasses import dataclass, replace

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Actor
from chalicelib.core.errors import NotFound
from chalicelib.intake.domain.decision import Evaluation, RequestError, Stored
from chalicelib.intake.usecases.evaluate_lead import Submission, evaluate, prepare
from chalicelib.intake.usecases.rejection_counts import count_guess
from chalicelib.organisation import store as configuration

_CALLER_CHECKS = ("authentication", "password")


@dataclass(frozen=True)
class ExplainedDecision:
    """The decision a lead would get now, the campaign version that decides, and whether details may be shown."""

    decision: Evaluation
    campaign: Campaign
    show_detail: bool


def explain_lead(submission: Submission, now: int) -> ExplainedDecision:
    """Return what would become of a lead, by the same code as the intake (CAM-18).

    A source asks as itself, for its own campaigns. A user with `campaigns.manage` asks as any source of the campaign,
    without a credential. Validation services are called for real. Raise what the intake raises about who may post.
    Only a wrong password is counted, so that passwords cannot be guessed here (ACC-9).
    """
    caller = submission.actor
    if caller is not None and caller.kind == "user":
        submission = replace(submission, actor=_as_source(caller, submission.campaign_id, now))
    case, decision = evaluate(prepare(submission, now), now)
    if isinstance(decision.decision, RequestError) and decision.trace[-1].check in _CALLER_CHECKS:
        count_guess(case.campaign.id, decision.decision.error, submission.password, now)
        raise decision.decision.error
    if caller is not None and caller.kind == "user":
        return ExplainedDecision(decision, case.campaign, show_detail=True)
    visible = _without_others(decision, caller)
    return ExplainedDecision(visible, case.campaign, show_detail=case.campaign.tell_source_reasons)


def _as_source(user: Actor, campaign_id: str, now: int) -> Actor:
    campaign = configuration.cached(Campaign, campaign_id, now)
    if campaign is None or not user.belongs_to(campaign.project_id):
        raise NotFound("There is no such campaign.")
    return Actor(kind="job", id=user.id, project_ids=frozenset({campaign.project_id}))


def _without_others(decision: Evaluation, source: Actor | None) -> Evaluation:
    """Remove the earlier lead from the trace, unless the same source sent that lead, too (INT-8)."""
    earlier = decision.decision.original if isinstance(decision.decision, Stored) else None
    if earlier is None or (source is not None and earlier.source_id == source.id):
        return decision
    trace = (replace(entry, detail=None) if entry.check == "duplicate" else entry for entry in decision.trace)
    return replace(decision, trace=tuple(trace))
