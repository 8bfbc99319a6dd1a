"""The routes that explain decisions: dry run, replay, and the effect of a draft (CAM-18 … CAM-20)."""

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
from chalicelib.intake.usecases.reconsider_lead import reconsider_lead, reconsider_leads
from chalicelib.intake.usecases.replay_decision import ReplayPosition, replay_decision, what_would_change
from chalicelib.leads.schemas.leads import Lead
from chalicelib.leads.usecases.read_lead import with_clock
from chalicelib.ledger.domain.entries import Access
from chalicelib.work.schemas.quality import BulkReconsideration, Reconsideration
from chalicelib.work.schemas.worklists import LeadResult, LeadResults

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
    """Decide on a lead without storing or counting it, and get the whole trace.

    Body and checks are the same as for a real lead. Enabled validation services are really called.
    """
    submission = Submission(
        campaign_id=campaign_id,
        values=bodies.parse_body(request.raw_body, request.header("content-type") or ""),
        actor=request.caller,
        fresh_id=clock.new_id("lead"),
        idempotency_key=request.header("idempotency-key"),
        password=request.header("x-campaign-password"),
    )
    found = explain_lead(submission, request.now)
    return DecisionExplanation.of(found.decision, found.campaign.version, show_detail=found.show_detail)


@api.route("/v1/leads/{lead_id}/decision", permission=_SEE, answer=DecisionReplay)
def get_decision(request: ApiRequest, lead_id: str) -> DecisionReplay:
    """Replay the decision on a lead with its original settings, and get the trace and whether the result is equal.

    It needs the lead's person. The access is recorded.
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
    """List the leads of the last days on which a draft of the settings would decide otherwise; nothing is changed.

    A page examines `limit` leads, oldest first. Each lead finds the limits as the leads before it leave them under the
    draft. A page may be empty and still have a next one. Every access to a person is recorded.
    """
    body, access = request.body, Access(request.actor, "replay", request.request_id)
    after = cursors.decrypt(request, ReplayPosition)
    page = what_would_change(
        access, campaign_id, body.draft.values(), body.days, body.limit, after, request.now
    )
    items = [ChangedDecision.of(one) for one in page.items]
    return WouldChange(items=items, examined=page.examined, next=cursors.encrypt(request, page.next))


@api.route(
    "/v1/leads/{lead_id}/reconsider", methods=["POST"], permission=_SEE, body=Reconsideration, answer=Lead
)
def post_reconsider(request: ApiRequest[Reconsideration], lead_id: str) -> Lead:
    """Decide on a rejected lead again under today's settings: it becomes accepted or held.

    It needs a confirmation. The lead goes back to the main retention. The access to the person is recorded.
    """
    access = Access(request.actor, "replay", request.request_id)
    facts = reconsider_lead(access, lead_id, request.confirmation, request.now)
    return Lead.of(with_clock(facts, request.now), request.now, with_history=False)


@api.route(
    "/v1/projects/{project_id}/reconsider",
    methods=["POST"],
    permission=_SEE,
    body=BulkReconsideration,
    answer=LeadResults,
)
def post_reconsiderations(request: ApiRequest[BulkReconsideration], project_id: str) -> LeadResults:
    """Decide on up to 100 rejected leads of a project again, each in its own transaction.

    It needs one confirmation for all of them.
    """
    access = Access(request.actor, "replay", request.request_id)
    results = reconsider_leads(access, project_id, request.body.lead_ids, request.confirmation, request.now)
    return LeadResults(results=[LeadResult.of(one) for one in results])
