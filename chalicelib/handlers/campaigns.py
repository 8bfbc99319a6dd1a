"""Campaigns."""

from chalicelib import clock
from chalicelib.contracts.campaigns import (
    CampaignAnswer,
    CampaignChange,
    CampaignPage,
    CampaignQuery,
    Findings,
    Instructions,
    NewCampaign,
)
from chalicelib.domain.access import Permission
from chalicelib.http import cursors
from chalicelib.http.address import api_url
from chalicelib.http.api import Api
from chalicelib.http.call import Call
from chalicelib.usecases.change_campaign import change_campaign
from chalicelib.usecases.create_campaign import create_campaign
from chalicelib.usecases.read_campaigns import list_campaigns, read_campaign, read_findings
from chalicelib.usecases.write_instructions import write_instructions

campaigns = Api(__name__)
_ONE = "/v1/campaigns/{campaign_id}"


@campaigns.route(
    "/v1/campaigns",
    methods=["POST"],
    permission=Permission.CAMPAIGNS_MANAGE,
    body=NewCampaign,
    answer=CampaignAnswer,
    status=201,
)
def post_campaign(call: Call[NewCampaign]) -> CampaignAnswer:
    """Add a campaign to a project you belong to.

    Without `retention` it starts with the project's default. One with a policy is confirmed first (409, RET-12).
    """
    made = create_campaign(call.actor, clock.new_id("cmp"), call.body.values(), call.confirmation, call.now)
    return CampaignAnswer.of(made.campaign, made.findings)


@campaigns.route(
    "/v1/campaigns", permission=Permission.CAMPAIGNS_MANAGE, query=CampaignQuery, answer=CampaignPage
)
def get_campaigns(call: Call[None, CampaignQuery]) -> CampaignPage:
    """List the campaigns of your projects."""
    query = call.query
    found, following = list_campaigns(call.actor, query.project, query.limit, cursors.opened(call))
    return CampaignPage(items=[CampaignAnswer.of(one) for one in found], next=cursors.sealed(call, following))


@campaigns.route(_ONE, permission=Permission.CAMPAIGNS_MANAGE, answer=CampaignAnswer)
def get_campaign(call: Call, campaign_id: str) -> CampaignAnswer:
    """Read a campaign with its sources and what was refused today."""
    campaign, credentials = read_campaign(call.actor, campaign_id, call.now)
    return CampaignAnswer.of(campaign, credentials=credentials)


@campaigns.route(
    _ONE,
    methods=["PATCH"],
    permission=Permission.CAMPAIGNS_MANAGE,
    body=CampaignChange,
    answer=CampaignAnswer,
)
def patch_campaign(call: Call[CampaignChange], campaign_id: str) -> CampaignAnswer:
    """Change a campaign.

    It touches only leads received afterwards. Another retention is confirmed first (409, RET-12); project,
    lead type, source and channel are fixed (409 `immutable`, INT-2).
    """
    saved = change_campaign(
        call.actor, campaign_id, call.body.version, call.body.values(), call.confirmation, call.now
    )
    return CampaignAnswer.of(saved.campaign, saved.findings)


@campaigns.route(f"{_ONE}/findings", permission=Permission.CAMPAIGNS_MANAGE, answer=Findings)
def get_findings(call: Call, campaign_id: str) -> Findings:
    """Read what is unwise or wrong in a campaign's settings."""
    return Findings.of(read_findings(call.actor, campaign_id, call.now))


@campaigns.route(f"{_ONE}/instructions", permission=Permission.CAMPAIGNS_MANAGE, answer=Instructions)
def get_instructions(call: Call, campaign_id: str) -> Instructions:
    """Read the posting instructions to give to the campaign's source.

    A JSON Schema of a lead, and a page in Markdown with an example and every answer and error.
    """
    schema, page = write_instructions(call.actor, campaign_id, api_url(call), call.now)
    return Instructions(lead_schema=schema, page=page)
