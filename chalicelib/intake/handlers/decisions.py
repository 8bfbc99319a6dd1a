"""Why a lead is judged as it is: the dry run, the decision made again, what a draft would change (CAM-18 … CAM-20)."""

from chalicelib import clock
from chalicelib.core.access import Permission
from chalicelib.http import bodies, cursors, headers
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import SOURCE, AllOf, Api
from chalicelib.intake.schemas.decisions import (
    ChangedDecision,
    DecisionExplanation,
    DecisionReplay,
    WhatWouldChangeQuestion,
    WouldChange,
)
from chalicelib.intake.schemas.examples import EXPLAIN_LEAD
from chalicelib.intake.schemas.submissions import LeadBody, LeadForm
from chalicelib.intake.usecases.evaluate_lead import Submission
from chalicelib.intake.usecases.explain_lead import explain_lead
from chalicelib.intake.usecases.replay_decision import ReplayPosition, replay_decision, what_would_change
from chalicelib.ledger.domain.entries import Access

api = Api(__name__)
_SEE = AllOf((Permission.CAMPAIGNS_MANAGE, Permission.LEADS_READ))


@api.route(
    "/v1/campaigns/{campaign_id}/leads/explain",
    methods=["POST"],
    permission=SOURCE,
    answer=DecisionExplanation,
    accepts={bodies.JSON: LeadBody, bodies.FORM: LeadForm},
    headers=(headers.IDEMPOTENCY_KEY, headers.CAMPAIGN_PASSWORD),
    examples=EXPLAIN_LEAD,
)
def post_explain(request: ApiRequest, campaign_id: str) -> DecisionExplanation:
    """Ask what would become of a lead, without taking it in: the whole trace, nothing stored, nothing counted.

    The same body and the same checks as the real door. Validation services that are switched on are asked for real.
    """
    submission = Submission(
        campaign_id=campaign_id,
        values=bodies.parse_submission(request.raw_body, request.header("content-type") or ""),
        actor=request.caller,
        fresh_id=clock.new_id("lead"),
        idempotency_key=request.header("idempotency-key"),
        password=request.header("x-campaign-password"),
    )
    found = explain_lead(submission, request.now)
    return DecisionExplanation.of(found.decision, found.campaign.version, telling=found.tells_reasons)


@api.route("/v1/leads/{lead_id}/decision", permission=_SEE, answer=DecisionReplay)
def get_decision(request: ApiRequest, lead_id: str) -> DecisionReplay:
    """Make the decision on a lead again, with the settings that judged it: the whole trace, and whether it is the same.

    While its person lives; the reading is recorded.
    """
    access = Access(request.actor, "replay", request.request_id)
    return DecisionReplay.of(replay_decision(access, lead_id, request.now))


@api.route(
    "/v1/campaigns/{campaign_id}/what-would-change",
    methods=["POST"],
    permission=_SEE,
    body=WhatWouldChangeQuestion,
    answer=WouldChange,
)
def post_what_would_change(request: ApiRequest[WhatWouldChangeQuestion], campaign_id: str) -> WouldChange:
    """List which leads of the last days a draft of the settings would have judged otherwise; nothing is changed.

    A page looks at `limit` leads, oldest first, each with the limits as those before it leave them under the draft; a
    page may be empty and still have a next one. Every reading of a person is recorded.
    """
    body, access = request.body, Access(request.actor, "replay", request.request_id)
    after = cursors.decrypt(request, ReplayPosition)
    page = what_would_change(
        access, campaign_id, body.draft.values(), body.days, body.limit, after, request.now
    )
    items = [ChangedDecision.of(one) for one in page.items]
    return WouldChange(items=items, examined=page.examined, next=cursors.encrypt(request, page.next))
