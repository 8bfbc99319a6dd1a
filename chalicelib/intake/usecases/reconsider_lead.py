"""Decide on rejected leads again under today's settings, once confirmed (CAM-26)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.store import blocks
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core import confirmations
from chalicelib.core.access import Permission
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import ConfirmationRequired, Conflict, LeadwardenError, Unavailable
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.intake.domain import reconsideration
from chalicelib.intake.domain.duplicates import original_of
from chalicelib.intake.domain.reconsideration import Terms
from chalicelib.intake.domain.replays import Rules, replay
from chalicelib.intake.usecases.replay_decision import settings_version
from chalicelib.leads.domain.lead_work import BulkItemResult
from chalicelib.leads.domain.leads import Facts, Person, Status
from chalicelib.leads.store import contact_index, leads, people
from chalicelib.leads.usecases.cached_lead_type_of import cached_lead_type_of
from chalicelib.leads.usecases.each_lead import each_lead
from chalicelib.leads.usecases.get_project_of import get_project_of
from chalicelib.leads.usecases.move_deadline import move_deadline
from chalicelib.leads.usecases.read_lead import load_lead
from chalicelib.leads.usecases.update_expiries import rejected_windows
from chalicelib.leads.usecases.work_lead import LeadUpdate, work_lead
from chalicelib.ledger.domain.entries import Access, entry_id
from chalicelib.ledger.usecases.record_access import record_access
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import ORGANISATION_ID, ConfigItem, Organisation, Project
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.organisation.usecases.read_projects import read_project
from chalicelib.work.store import notifications
from chalicelib.work.usecases.release_lead import cached_default_agent, require_unblocked
from chalicelib.work.usecases.review_lead import review_entries

Binding = Callable[[Facts, Campaign], tuple[str, ...]]


@dataclass(frozen=True)
class _Reconsideration:
    """The access, the confirmation, what it must be bound to, and the instant."""

    access: Access
    confirmation: Confirmation | None
    bound: Binding
    now: int


def reconsider_lead(access: Access, lead_id: str, confirmation: Confirmation | None, now: int) -> Facts:
    """Decide on a rejected lead again under today's settings, once confirmed; return the facts after it.

    The inputs are those of its receipt, as in a replay (CAM-20); limits count as they were then. Its contacts are
    checked against the Do Not Call list again (INT-11). The access to the person is recorded. Raise Forbidden, NotFound
    (ACC-4), Conflict `not_rejected`, `still_rejected`, `blocked`, `deadline_passed` or why the lead cannot be changed,
    ConfirmationRequired. A confirmed request that is repeated after a lost answer succeeds.
    """

    def bound(facts: Facts, campaign: Campaign) -> tuple[str, ...]:
        return ("reconsider", access.actor.id, lead_id, str(facts.version), str(campaign.version))

    return _reconsider(lead_id, _Reconsideration(access, confirmation, bound, now))


def reconsider_leads(
    access: Access, project_id: str, lead_ids: Sequence[str], confirmation: Confirmation | None, now: int
) -> list[BulkItemResult]:
    """Decide on many rejected leads of one project again, each by itself; they are confirmed once for all (RET-12).

    The confirmation is for the settings of its time: after a change of campaign, project or grading it is asked again.
    Raise Forbidden, NotFound for the project, ConfirmationRequired with the numbers.
    """
    _require_rights(access, now)
    read_project(access.actor, project_id, now)
    bound = ("reconsider_many", access.actor.id, project_id, _settings_of(project_id, lead_ids, now))
    asked = _Reconsideration(access, confirmation, lambda facts, campaign: bound, now)
    if confirmation is None or not confirmation.confirms(bound):
        after = [facts for lead_id in lead_ids if (facts := _preview(project_id, lead_id, asked)) is not None]
        effect = reconsideration.effect_of_many(after, len(lead_ids) - len(after))
        raise ConfirmationRequired(effect, bound)
    return each_lead(project_id, lead_ids, lambda lead_id: _reconsider(lead_id, asked), now)


def _settings_of(project_id: str, lead_ids: Sequence[str], now: int) -> str:
    """Return the digest of the leads and of the settings that decide on them: a change of these is confirmed anew."""
    found = leads.get_many(lead_ids, now).values()
    campaigns = {facts.campaign_id for facts in found if facts.project_id == project_id}
    versions = [_version(Campaign, campaign_id, now) for campaign_id in sorted(campaigns)]
    grading = _version(Organisation, ORGANISATION_ID, now)
    return entry_id(*sorted(lead_ids), *versions, _version(Project, project_id, now), grading)


def _version(cls: type[ConfigItem], item_id: str, now: int) -> str:
    item = configuration.get(cls, item_id, now)
    return f"{item_id}:{item.version if item else 0}"


def _require_rights(access: Access, now: int) -> None:
    for permission in (Permission.CAMPAIGNS_MANAGE, Permission.LEADS_READ):
        access.actor.require(permission)


def _reconsider(lead_id: str, asked: _Reconsideration) -> Facts:
    access, now = asked.access, asked.now
    _require_rights(access, now)

    def compute(facts: Facts) -> LeadUpdate | None:
        if _repeated(facts, asked):
            return None
        after, person, campaign = _decided(facts, asked)
        effect = reconsideration.effect_of(facts, after)
        confirmed = confirmations.require(asked.confirmation, effect, asked.bound(facts, campaign))
        history = {"from": facts.reasons[0] if facts.reasons else None, "to": after.status.value}
        writes: list[batch.Write] = [*blocks.require_absent(person.block_refs, facts.project_id, now)]
        if after.agent_id is not None and after.agent_id != access.actor.id:
            writes.append(notifications.insert(after.agent_id, lead_id, now))
        after = replace(after, confirmed_by=confirmed.digest)
        return LeadUpdate("reconsidered", after, history, writes, effect)

    def write(facts: Facts, update: LeadUpdate) -> Facts:
        after = update.after
        entries = review_entries(access.actor, facts, update, now, effect=update.effect)
        token = batch.token_of("reconsidered", lead_id, facts.version, now, after.confirmed_by)

        def check() -> None:
            _require_first(facts, now)

        if after.retention.due_at != facts.retention.due_at:
            writes = [leads.move_deadline(facts, after, now), *update.extra_writes, *entries]
            return move_deadline(facts, after, writes, token, now, check=check)
        windows = rejected_windows(after, now)
        check()
        batch.write([leads.update(facts, after, now), *windows, *update.extra_writes, *entries], token)
        return replace(after, version=facts.version + 1)

    return work_lead(access.actor, lead_id, Permission.CAMPAIGNS_MANAGE, compute, now, save=write)


def _repeated(facts: Facts, asked: _Reconsideration) -> bool:
    confirmation = asked.confirmation
    confirmed = confirmation is not None and facts.confirmed_by == confirmation.digest
    return confirmed and facts.status is not Status.REJECTED and facts.reconsidered_at is not None


def _decided(facts: Facts, asked: _Reconsideration) -> tuple[Facts, Person, Campaign]:
    """Return the lead after today's decision, its person, and the campaign. The access is recorded first (PRI-30)."""
    now = asked.now
    reconsideration.require_reconsiderable(facts, now)
    current, person = load_lead(asked.access.actor, facts.lead_id, now)
    if person is None or current.version != facts.version:
        raise (
            batch.Cancelled(conflict=True)
            if person
            else Conflict("The person of this lead is gone.", "erased")
        )
    record_access(asked.access, [facts.lead_id], cached_organisation(now), now)
    require_unblocked(person.block_refs, facts.project_id, now)
    campaign = configuration.get(Campaign, facts.campaign_id, now)
    if campaign is None:
        raise Unavailable("The campaign's settings cannot be read.")
    grading = cached_organisation(now).grading
    rules = Rules(campaign, cached_lead_type_of(facts, now), get_project_of(facts, now), grading)
    original = settings_version(facts.campaign_id, facts.config_version, now)
    evaluation = replay(facts, person, rules, original)
    _require_first(facts, now)
    terms = Terms(campaign.price, cached_default_agent(campaign, now), rules.project)
    return reconsideration.reconsidered(facts, evaluation, terms, now), person, campaign


def _require_first(facts: Facts, now: int) -> None:
    """Raise Conflict `duplicate` if an equal lead counts today that is not rejected (CAM-5, CAM-26)."""
    campaign = configuration.get(Campaign, facts.campaign_id, now)
    if campaign is None or not campaign.duplicates.enabled:
        return
    person = people.get_including_expired(facts.lead_id).get(people.PERSON)
    windows = (
        [window for ref in person.windows for window in contact_index.list_windows(ref)] if person else []
    )
    accepted = [
        replace(
            window,
            originals=tuple(
                lead for lead in window.originals if lead.lead_id != facts.lead_id and not lead.rejected
            ),
        )
        for window in windows
    ]
    if original_of(accepted, campaign, now) is not None:
        raise Conflict("An equal lead was accepted already: this one is its duplicate.", "duplicate")


def _preview(project_id: str, lead_id: str, asked: _Reconsideration) -> Facts | None:
    """Return the lead as it would be, or None if it would not change."""
    facts = leads.get(lead_id, asked.now)
    if facts is None or facts.project_id != project_id:
        return None
    try:
        return _decided(facts, asked)[0]
    except (LeadwardenError, batch.Cancelled):
        return None
