"""Why a lead is judged as it is: the dry run, the decision made again, what a draft would change (CAM-18 … CAM-20)."""

from chalicelib import clock
from chalicelib.contracts.decisions import Changed, DraftQuestion, Explanation, Replay, WouldChange
from chalicelib.domain.access import Permission
from chalicelib.http import bodies, cursors
from chalicelib.http.api import SOURCE, AllOf, Api
from chalicelib.http.call import Call
from chalicelib.usecases.explain_lead import explain_lead
from chalicelib.usecases.judge_lead import Submission
from chalicelib.usecases.record_access import Access
from chalicelib.usecases.replay_decision import replay_decision, what_would_change

decisions = Api(__name__)
_SEE = AllOf((Permission.CAMPAIGNS_MANAGE, Permission.LEADS_READ))


@decisions.route(
    "/v1/campaigns/{campaign_id}/leads/explain",
    methods=["POST"],
    permission=SOURCE,
    answer=Explanation,
    accepts=(bodies.JSON, bodies.FORM),
)
def post_explain(call: Call, campaign_id: str) -> Explanation:
    """Ask what would become of a lead, without taking it in: the whole trace, nothing stored, nothing counted.

    The same body and the same checks as the real door. Validation services that are switched on are asked for real.
    """
    submission = Submission(
        campaign_id=campaign_id,
        values=bodies.parse_submission(call.raw_body, call.header("content-type") or ""),
        actor=call.caller,
        fresh_id=clock.new_id("lead"),
        idempotency_key=call.header("idempotency-key"),
        password=call.header("x-campaign-password"),
    )
    found = explain_lead(submission, call.now)
    return Explanation.of(found.decision, found.campaign.version, telling=found.telling)


@decisions.route("/v1/leads/{lead_id}/decision", permission=_SEE, answer=Replay)
def get_decision(call: Call, lead_id: str) -> Replay:
    """Make the decision on a lead again, with the settings that judged it: the whole trace, and whether it is the same.

    While its person lives; the reading is recorded.
    """
    access = Access(call.actor, "replay", call.request_id)
    return Replay.of(replay_decision(lead_id, access, call.now))


@decisions.route(
    "/v1/campaigns/{campaign_id}/what-would-change",
    methods=["POST"],
    permission=_SEE,
    body=DraftQuestion,
    answer=WouldChange,
)
def post_what_would_change(call: Call[DraftQuestion], campaign_id: str) -> WouldChange:
    """List which leads of the last days a draft of the settings would have judged otherwise; nothing is changed.

    A page looks at `limit` leads, oldest first, each with the limits as those before it leave them under the draft; a
    page may be empty and still have a next one. Every reading of a person is recorded.
    """
    body, access = call.body, Access(call.actor, "replay", call.request_id)
    found, examined, after = what_would_change(
        campaign_id, body.draft.values(), body.days, body.limit, cursors.opened(call), access, call.now
    )
    items = [Changed.of(one) for one in found]
    return WouldChange(items=items, examined=examined, next=cursors.sealed(call, after))
