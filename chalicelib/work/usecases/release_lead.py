"""Release a lead that waits in quality control (CAM-15)."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.store import blocks
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import Conflict, Unavailable
from chalicelib.leads.domain.lead_work import BulkItemResult
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads, people
from chalicelib.leads.usecases.each_lead import each_lead
from chalicelib.leads.usecases.get_project_of import get_project_of
from chalicelib.leads.usecases.work_lead import LeadUpdate, work_lead
from chalicelib.ledger.domain.entries import Access
from chalicelib.ledger.usecases.record_access import record_access
from chalicelib.organisation import store as configuration
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.users.domain.users import User
from chalicelib.work.domain import quality
from chalicelib.work.domain.quality import ChosenAgent
from chalicelib.work.store import notifications
from chalicelib.work.usecases.assign_lead import require_assignable
from chalicelib.work.usecases.review_lead import require_reviewer, review_entries


def release_lead(actor: Actor, lead_id: str, now: int, chosen: ChosenAgent | None = None) -> Facts:
    """Accept a held lead, with price and agent as at the intake, or a chosen agent; return the facts (CAM-15).

    Its contacts are checked against the Do Not Call list again, and once more by the write's condition (INT-11). A
    blocked lead stays held, and the answer is recorded like a search (PRI-5). Raise Forbidden, NotFound (ACC-4),
    Conflict `blocked`, `not_held` or why the lead cannot be reviewed, Unavailable when the list cannot be read, the
    look-up cannot be recorded or contention does not end.
    """

    if chosen is not None:
        actor.require(Permission.LEADS_ASSIGN)

    def compute(facts: Facts) -> LeadUpdate:
        quality.require_reviewable(facts, now)
        refs = _refs(facts, now)
        _require_unblocked_on_record(actor, facts, refs, now)
        campaign = _cached_campaign(facts, now)
        agent_id, price = _agent(chosen, campaign, now), _price(campaign, facts, now)
        after = quality.release(facts, price, agent_id, get_project_of(facts, now), now)
        extra_writes: list[batch.Write] = [*blocks.require_absent(refs, facts.project_id, now)]
        if agent_id is not None and agent_id != actor.id:
            extra_writes.append(notifications.insert(agent_id, lead_id, now))
        return LeadUpdate("released", after, {"user_id": agent_id}, extra_writes)

    def write(facts: Facts, update: LeadUpdate) -> Facts:
        writes = [
            leads.update(facts, update.after, now),
            *update.extra_writes,
            *review_entries(actor, facts, update, now),
        ]
        batch.write(writes, batch.token_of("released", lead_id, facts.version, now, actor.id))
        return replace(update.after, version=facts.version + 1)

    return work_lead(actor, lead_id, Permission.QUALITY_REVIEW, compute, now, save=write)


def release_leads(
    actor: Actor, project_id: str, lead_ids: Sequence[str], now: int, chosen: ChosenAgent | None = None
) -> list[BulkItemResult]:
    """Release many held leads of one project, each by itself, with their agents or a chosen one (CAM-15).

    Raise Forbidden, NotFound for a project that is not the actor's (ACC-4), Invalid for a user who may not have its
    leads.
    """
    require_reviewer(actor, project_id, now)
    if chosen is not None:
        actor.require(Permission.LEADS_ASSIGN)
        _require_choosable(chosen, project_id, now)
    return each_lead(project_id, lead_ids, lambda lead_id: release_lead(actor, lead_id, now, chosen), now)


def _refs(facts: Facts, now: int) -> list[str]:
    """Return the person's contact refs, read after the facts: a change of them changes the facts, too."""
    person = people.from_batch(facts.lead_id, batch.read([people.key(facts.lead_id)], now))
    if person is None:
        raise Conflict("The person of this lead is gone.", "erased")
    return person.block_refs


def _agent(chosen: ChosenAgent | None, campaign: Campaign, now: int) -> str | None:
    if chosen is None:
        return cached_default_agent(campaign, now)
    _require_choosable(chosen, campaign.project_id, now)
    return chosen.user_id


def _require_choosable(chosen: ChosenAgent, project_id: str, now: int) -> None:
    """Raise Invalid for a user who may not have leads of the project; nobody may be chosen (WRK-2, ACC-8)."""
    if chosen.user_id is not None:
        require_assignable(configuration.get(User, chosen.user_id, now), project_id)


def _require_unblocked_on_record(actor: Actor, facts: Facts, refs: list[str], now: int) -> None:
    """Raise Conflict `blocked` for a blocked lead. That it is blocked is recorded like a search (PRI-5)."""
    try:
        require_unblocked(refs, facts.project_id, now)
    except Conflict:
        access = Access(actor, "search", f"release/{actor.id}/{facts.version}/{now}")
        record_access(access, [facts.lead_id], cached_organisation(now), now)
        raise


def require_unblocked(refs: list[str], project_id: str, now: int) -> None:
    """Raise Conflict `blocked` if one of these contacts is on the Do Not Call list (INT-11)."""
    if refs and blocks.from_batch(refs, project_id, batch.read_many(blocks.keys(refs, project_id), now)):
        raise Conflict("A contact of this lead may not be contacted: it stays as it is.", "blocked")


def _cached_campaign(facts: Facts, now: int) -> Campaign:
    campaign = configuration.cached(Campaign, facts.campaign_id, now)
    if campaign is None:
        raise Unavailable("The campaign's settings cannot be read.")
    return campaign


def _price(campaign: Campaign, facts: Facts, now: int) -> Decimal | None:
    """Return the lead's price by the settings that decided on it, or the price corrected since (INT-4)."""
    if facts.price is not None:
        return facts.price
    if campaign.version == facts.config_version:
        return campaign.price
    version = configuration.get_version(Campaign, campaign.id, facts.config_version, now)
    return (version or campaign).price


def cached_default_agent(campaign: Campaign, now: int) -> str | None:
    """Return the campaign's default user if it may be assigned leads at present (WRK-2, ACC-8)."""
    user_id = campaign.assignment.user_id
    user = configuration.cached(User, user_id, now) if user_id else None
    return user.id if user is not None and user.may_be_assigned(campaign.project_id) else None
