"""Make a stored decision again, with the settings that decided (CAM-20)."""

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Permission
from chalicelib.core.errors import Conflict, Unavailable
from chalicelib.intake.domain.duplicates import without_foreign
from chalicelib.intake.domain.replays import ReplayedDecision, Rules, grading_then, replay, verdict_then
from chalicelib.leads.usecases.cached_lead_type_of import cached_lead_type_of
from chalicelib.leads.usecases.get_project_of import get_project_of
from chalicelib.leads.usecases.read_lead import load_lead
from chalicelib.ledger.domain.entries import Access
from chalicelib.ledger.usecases.record_access import record_access
from chalicelib.organisation import store as configuration
from chalicelib.organisation.usecases.cached_organisation import cached_organisation


def replay_decision(access: Access, lead_id: str, now: int) -> ReplayedDecision:
    """Make the decision on a lead again, with the settings that decided on it (CAM-20).

    The access to the person is recorded. Raise NotFound (ACC-4), Conflict `erased` when the person is gone.
    """
    access.actor.require(Permission.CAMPAIGNS_MANAGE)
    facts, person = load_lead(access.actor, lead_id, now)
    if person is None:
        raise Conflict("The person of this lead is gone.", "erased")
    campaign = settings_version(facts.campaign_id, facts.config_version, now)
    record_access(access, [lead_id], cached_organisation(now), now)
    rules = Rules(campaign, cached_lead_type_of(facts, now), get_project_of(facts, now), grading_then(person))
    decision = without_foreign(access.actor, replay(facts, person, rules, campaign))
    return ReplayedDecision(facts, verdict_then(facts), decision, campaign.version)


def settings_version(campaign_id: str, version: int, now: int) -> Campaign:
    """Return the settings of a campaign that decided on a lead. Raise Unavailable if they cannot be read."""
    campaign = configuration.get_version(Campaign, campaign_id, version, now)
    if campaign is None:
        raise Unavailable("The settings that decided on this lead cannot be read.")
    return campaign
