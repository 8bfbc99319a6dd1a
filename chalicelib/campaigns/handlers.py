"""The routes of campaigns."""

from chalicelib import clock
from chalicelib.campaigns.schemas.campaigns import (
    CampaignChange,
    CampaignPage,
    CampaignQuery,
    CampaignResponse,
    Findings,
    Instructions,
    NewCampaign,
)
from chalicelib.campaigns.usecases.change_campaign import change_campaign
from chalicelib.campaigns.usecases.create_campaign import create_campaign
from chalicelib.campaigns.usecases.read_campaigns import list_campaigns, read_campaign, read_findings
from chalicelib.campaigns.usecases.write_instructions import write_instructions
from chalicelib.core.access import Permission
from chalicelib.core.paging import LastKey
from chalicelib.http import cursors
from chalicelib.http.address import api_url
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import AnyOf, Api

api = Api(__name__)
_ONE = "/v1/campaigns/{campaign_id}"
_READ = AnyOf((Permission.CAMPAIGNS_MANAGE, Permission.CONFIGURATION_READ))


@api.route(
    "/v1/campaigns",
    methods=["POST"],
    permission=Permission.CAMPAIGNS_MANAGE,
    body=NewCampaign,
    answer=CampaignResponse,
    status=201,
)
def post_campaign(request: ApiRequest[NewCampaign]) -> CampaignResponse:
    """Add a campaign to one of your projects.

    Without `retention` it starts with the project's default. A retention policy needs a confirmation first (409,
    RET-12).
    """
    saved = create_campaign(
        request.actor, clock.new_id("cmp"), request.body.values(), request.confirmation, request.now
    )
    return CampaignResponse.of(saved.campaign, saved.findings)


@api.route("/v1/campaigns", permission=_READ, query=CampaignQuery, answer=CampaignPage)
def get_campaigns(request: ApiRequest[None, CampaignQuery]) -> CampaignPage:
    """List the campaigns of your projects."""
    query = request.query
    after = cursors.decrypt(request, LastKey)
    page = list_campaigns(request.actor, query.project, query.limit, after)
    items = [CampaignResponse.of(campaign) for campaign in page.items]
    return CampaignPage(items=items, next=cursors.encrypt(request, page.next))


@api.route(_ONE, permission=_READ, answer=CampaignResponse)
def get_campaign(request: ApiRequest, campaign_id: str) -> CampaignResponse:
    """Read a campaign with its credentials and today's rejections."""
    campaign, credentials = read_campaign(request.actor, campaign_id, request.now)
    return CampaignResponse.of(campaign, credentials=credentials)


@api.route(
    _ONE,
    methods=["PATCH"],
    permission=Permission.CAMPAIGNS_MANAGE,
    body=CampaignChange,
    answer=CampaignResponse,
)
def patch_campaign(request: ApiRequest[CampaignChange], campaign_id: str) -> CampaignResponse:
    """Change a campaign.

    The change applies only to leads received afterwards. Another retention needs a confirmation first (409, RET-12).
    Project, lead type, source and channel are fixed (409 `immutable`, INT-2).
    """
    saved = change_campaign(
        request.actor,
        campaign_id,
        request.body.version,
        request.body.values(),
        request.confirmation,
        request.now,
    )
    return CampaignResponse.of(saved.campaign, saved.findings)


@api.route(f"{_ONE}/findings", permission=_READ, answer=Findings)
def get_findings(request: ApiRequest, campaign_id: str) -> Findings:
    """Read the errors and warnings about a campaign's settings."""
    return Findings.of(read_findings(request.actor, campaign_id, request.now))


@api.route(f"{_ONE}/instructions", permission=_READ, answer=Instructions)
def get_instructions(request: ApiRequest, campaign_id: str) -> Instructions:
    """Read the posting instructions for the campaign's source.

    The answer has a JSON Schema of a lead, and a page in Markdown with an example and all answers and errors.
    """
    schema, page = write_instructions(request.actor, campaign_id, api_url(request), request.now)
    return Instructions(lead_schema=schema, page=page)
