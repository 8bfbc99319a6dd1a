"""The route that shows the effect of a draft on stored leads (CAM-20)."""

from chalicelib.core.access import Permission
from chalicelib.http import cursors
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import AllOf, Api
from chalicelib.intake.schemas.drafts import ChangedDecision, WhatWouldChangeQuestion, WouldChange
from chalicelib.intake.usecases.what_would_change import ReplayPosition, what_would_change
from chalicelib.ledger.domain.entries import Access

api = Api(__name__)
_SEE = AllOf((Permission.CAMPAIGNS_MANAGE, Permission.LEADS_READ))


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
