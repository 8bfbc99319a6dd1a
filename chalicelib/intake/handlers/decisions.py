"""The route that makes a stored decision again: the replay (CAM-20)."""

from chalicelib.core.access import Permission
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import AllOf, Api
from chalicelib.intake.schemas.replays import DecisionReplay
from chalicelib.intake.usecases.replay_decision import replay_decision
from chalicelib.ledger.domain.entries import Access

api = Api(__name__)
_SEE = AllOf((Permission.CAMPAIGNS_MANAGE, Permission.LEADS_READ))


@api.route("/v1/leads/{lead_id}/decision", permission=_SEE, answer=DecisionReplay)
def get_decision(request: ApiRequest, lead_id: str) -> DecisionReplay:
    """Replay the decision on a lead with its original settings, and get the trace and whether the result is equal.

    It needs the lead's person. The access is recorded.
    """
    access = Access(request.actor, "replay", request.request_id)
    return DecisionReplay.of(replay_decision(access, lead_id, request.now))
