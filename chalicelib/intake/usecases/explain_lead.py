"""Dry run: decide on a lead, with the whole trace, without storing or counting it (CAM-18)."""

from dataclasses import replace

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Actor
from chalicelib.core.errors import NotFound
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.intake.domain.decision import DecisionInput, Evaluation, RequestError, Stored
from chalicelib.intake.usecases.bound_look_ups import bound_look_ups
from chalicelib.intake.usecases.evaluate_lead import PreparedSubmission, Submission, evaluate, prepare
from chalicelib.intake.usecases.rejection_counts import count_guess
from chalicelib.ledger.domain.entries import Access
from chalicelib.ledger.usecases.record_search import record_search
from chalicelib.organisation import store as configuration
from chalicelib.organisation.usecases.cached_organisation import cached_organisation

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

    A dry run tells whether a contact is known. So each is counted and bounded for its caller, one of a user is recorded
    as a search of the lead's contacts, and earlier leads of projects that are not the user's are left out (PRI-5).
    """
    caller = submission.actor
    if caller is None or caller.kind != "user":
        bound_look_ups(caller, submission.campaign_id, now)
        case, decision = _evaluated(prepare(submission, now), now)
        visible = _without_others(decision, caller)
        return ExplainedDecision(visible, case.campaign, show_detail=case.campaign.tell_source_reasons)
    as_source = _as_source(caller, submission.campaign_id, now)
    bound_look_ups(caller, submission.campaign_id, now)
    prepared = prepare(replace(submission, actor=as_source, asked_by=caller), now)
    access = Access(caller, "search", submission.fresh_id)
    record_search(access, prepared.keys.refs, cached_organisation(now), now)
    case, decision = _evaluated(prepared, now)
    return ExplainedDecision(decision, case.campaign, show_detail=True)


def _evaluated(prepared: PreparedSubmission, now: int) -> tuple[DecisionInput, Evaluation]:
    """Return the input and the decision. A wrong password is counted, so that it cannot be guessed here (ACC-9)."""
    case, decision = evaluate(prepared, now)
    if isinstance(decision.decision, RequestError) and decision.trace[-1].check in _CALLER_CHECKS:
        count_guess(case.campaign.id, decision.decision.error, prepared.submission.password, now)
        raise decision.decision.error
    return case, decision


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
