"""A lead is judged without being taken in: the whole trace, and nothing stored or counted (CAM-18)."""

from dataclasses import dataclass, replace

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Actor
from chalicelib.core.errors import NotFound
from chalicelib.intake.domain.decision import Evaluation, RequestError, Stored
from chalicelib.intake.usecases.evaluate_lead import Submission, evaluate, prepare
from chalicelib.intake.usecases.rejection_counts import count_guess
from chalicelib.organisation import store as configuration

_WHO = ("authentication", "password")


@dataclass(frozen=True)
class ExplainedDecision:
    """The verdict a lead would get now, how it came to it, and the configuration version that judged it."""

    decision: Evaluation
    campaign: Campaign
    tells_reasons: bool


def explain_lead(submission: Submission, now: int) -> ExplainedDecision:
    """Return what would become of a lead, by the same code as the real door (CAM-18).

    A source sees it for its own campaigns and as itself; a user with `campaigns.manage` as any source of the
    campaign, without a credential. Services are asked for real. Raises what the door raises about who may post.
    Of all this only a wrong password is counted, so that nobody guesses it here (ACC-9).
    """
    asking = submission.actor
    if asking is not None and asking.kind == "user":
        submission = replace(submission, actor=_as_source(asking, submission.campaign_id, now))
    case, decision = evaluate(prepare(submission, now), now)
    if isinstance(decision.decision, RequestError) and decision.trace[-1].check in _WHO:
        count_guess(case.campaign.id, decision.decision.error, submission.password, now)
        raise decision.decision.error
    if asking is not None and asking.kind == "user":
        return ExplainedDecision(decision, case.campaign, tells_reasons=True)
    told = _without_others(decision, asking)
    return ExplainedDecision(told, case.campaign, tells_reasons=case.campaign.tell_source_reasons)


def _as_source(user: Actor, campaign_id: str, now: int) -> Actor:
    campaign = configuration.cached(Campaign, campaign_id, now)
    if campaign is None or not user.belongs_to(campaign.project_id):
        raise NotFound("There is no such campaign.")
    return Actor(kind="job", id=user.id, project_ids=frozenset({campaign.project_id}))


def _without_others(decision: Evaluation, source: Actor | None) -> Evaluation:
    """Leave out which earlier lead it is a duplicate of, unless this source sent that one too (INT-8)."""
    original = decision.decision.original if isinstance(decision.decision, Stored) else None
    if original is None or (source is not None and original.source_id == source.id):
        return decision
    trace = (replace(line, detail=None) if line.check == "duplicate" else line for line in decision.trace)
    return replace(decision, trace=tuple(trace))
