"""The routes for the work on leads (WRK-2, WRK-3, WRK-4, WRK-14)."""

from chalicelib.core.access import Permission
from chalicelib.http import headers
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import Api
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.schemas.leads import Lead
from chalicelib.leads.usecases.read_lead import with_clock
from chalicelib.work.schemas.work import AgentChange, FollowUp, LeadOutcomeChange, NewActivity, StageChange
from chalicelib.work.usecases.assign_lead import assign_lead
from chalicelib.work.usecases.record_activity import Recording, record_activity
from chalicelib.work.usecases.set_follow_up import set_follow_up
from chalicelib.work.usecases.set_outcome import set_outcome
from chalicelib.work.usecases.set_stage import set_stage

api = Api(__name__)
_ONE = "/v1/leads/{lead_id}"
_WORK = Permission.LEADS_WORK


@api.route(
    f"{_ONE}/activities",
    methods=["POST"],
    permission=_WORK,
    body=NewActivity,
    answer=Lead,
    status=201,
    headers=(headers.IDEMPOTENCY_KEY,),
)
def post_activity(request: ApiRequest[NewActivity], lead_id: str) -> Lead:
    """Record what was done with a lead: call, tags, comment, stage, outcome and next follow-up, in one request.

    All of it is recorded, or nothing. The lead's inactivity clock starts again. With an `Idempotency-Key` a repeated
    request records nothing twice. An outcome that moves the lead's deadline needs a confirmation (409, RET-12).
    """
    recording = Recording(request.body.to_domain(), request.header("idempotency-key"), request.confirmation)
    facts = record_activity(request.actor, lead_id, recording, request.request_id, request.now)
    return _answer(facts, request.now)


@api.route(f"{_ONE}/stage", methods=["PUT"], permission=_WORK, body=StageChange, answer=Lead)
def put_stage(request: ApiRequest[StageChange], lead_id: str) -> Lead:
    """Set the stage of a lead; a closing stage closes it. The same stage is no activity."""
    return _answer(set_stage(request.actor, lead_id, request.body.stage, request.now), request.now)


@api.route(f"{_ONE}/follow-up", methods=["PUT"], permission=_WORK, body=FollowUp, answer=Lead)
def put_follow_up(request: ApiRequest[FollowUp], lead_id: str) -> Lead:
    """Set or remove the day of a lead's follow-up. The inactivity clock does not change."""
    return _answer(set_follow_up(request.actor, lead_id, request.body.on, request.now), request.now)


@api.route(f"{_ONE}/outcome", methods=["PUT"], permission=_WORK, body=LeadOutcomeChange, answer=Lead)
def put_outcome(request: ApiRequest[LeadOutcomeChange], lead_id: str) -> Lead:
    """Set the outcome of a lead, which closes it; null removes the outcome.

    If the project's rule for the outcome moves the lead's deadline, it needs a confirmation (409, RET-12).
    """
    return _answer(
        set_outcome(request.actor, lead_id, request.body.outcome, request.confirmation, request.now),
        request.now,
    )


@api.route(
    f"{_ONE}/agent", methods=["PUT"], permission=Permission.LEADS_ASSIGN, body=AgentChange, answer=Lead
)
def put_agent(request: ApiRequest[AgentChange], lead_id: str) -> Lead:
    """Assign a lead to a user of its project, or unassign it.

    The inactivity clock of a retired lead starts again. The user is notified by mail with the lead's id only.
    """
    return _answer(assign_lead(request.actor, lead_id, request.body.user_id, request.now), request.now)


def _answer(facts: Facts, now: int) -> Lead:
    return Lead.of(with_clock(facts, now), now, with_history=False)
