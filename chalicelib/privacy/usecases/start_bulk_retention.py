"""Start the bulk changes of retention at project level, once confirmed (RET-20)."""

import json

from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core import confirmations
from chalicelib.core.access import Actor, Permission
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import Effect
from chalicelib.core.retention import MAX_AHEAD_S, Policy
from chalicelib.core.times import utc_day
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import APPLY_OUTCOMES, SET_CAMPAIGNS, Job
from chalicelib.leads.domain.bulk_retention import outcome_rules
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.organisation import store as configuration
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.organisation.usecases.read_projects import read_project
from chalicelib.privacy.domain import bulk_retention
from chalicelib.privacy.domain.bulk_retention import BulkAsked, BulkWork, Preview
from chalicelib.privacy.usecases.restamp_leads import changed_facts, first_position, pages

_MOST_PAGES = 200
_MOST_LEADS = 1_000


def apply_outcomes(actor: Actor, project_id: str, confirmation: Confirmation | None, now: int) -> str:
    """Give leads that have an outcome the days of the project's rules; return the id of the job (RET-20).

    Raise Forbidden, NotFound (ACC-4), ConfirmationRequired with the numbers. The confirmed request may be repeated.
    """
    asked = _asked(actor, project_id, now)
    asked["rules"] = outcome_rules(read_project(actor, project_id, now))
    return _start(actor, asked, confirmation, now)


def set_campaigns(
    actor: Actor,
    project_id: str,
    policy: Policy,
    confirmation: Confirmation | None,
    now: int,
    *,
    existing: bool,
) -> str:
    """Give all campaigns of a project one policy; with `existing` also the leads that are there (RET-20).

    Return the id of the job. Raise as `apply_outcomes` does.
    """
    asked = _asked(actor, project_id, now)
    asked["leads"] = existing
    asked["policy"] = {"days": policy.days, "rejected_days": policy.rejected_days}
    return _start(actor, asked, confirmation, now)


def require_right(actor: Actor, work: BulkWork, now: int) -> None:
    """Raise Forbidden or NotFound unless the actor may make this bulk change (ACC-4, RET-13)."""
    needed = Permission.CAMPAIGNS_MANAGE if "policy" in work.asked else Permission.PROJECTS_MANAGE
    actor.require(Permission.RETENTION_MANAGE)
    actor.require(needed)
    actor.require_project(work.asked["project_id"])


def _asked(actor: Actor, project_id: str, now: int) -> BulkAsked:
    actor.require(Permission.RETENTION_MANAGE)
    read_project(actor, project_id, now)
    campaigns = _campaigns(project_id)
    return {
        "project_id": project_id,
        "campaigns": [campaign.id for campaign in campaigns],
        "first_days": [_first_day(campaign.id, now) for campaign in campaigns],
        "by": [actor.kind, actor.id],
        "now": now,
        "leads": True,
    }


def _start(actor: Actor, asked: BulkAsked, confirmation: Confirmation | None, now: int) -> str:
    kind = SET_CAMPAIGNS if "policy" in asked else APPLY_OUTCOMES
    work = BulkWork(
        kind,
        asked,
        first_position(asked) if asked["campaigns"] else None,
        of=len(asked["campaigns"]),
        tally={"counts": {"campaigns": 0, "changed": 0, "erased": 0, "failed": 0}},
    )
    require_right(actor, work, now)
    if confirmation is not None and _is_started(confirmation, work, now):
        return _job_id(confirmation)
    effect = _effect(work, now)
    confirmed = confirmations.require(confirmation, effect, _binding(actor, work, now))
    _write(actor, work, _job_id(confirmed), effect, now)
    return _job_id(confirmed)


def _write(actor: Actor, work: BulkWork, job_id: str, effect: Effect, now: int) -> None:
    """Store the job and the entry of its own in one transaction. Two equal requests at once start one job."""
    entry_id = ledger_entries.entry_id(work.kind, job_id)
    subject = f"project/{work.asked['project_id']}"
    detail = {"effect": effect.summary, "job_id": job_id}
    entry = ledger_entries.change(actor, subject, work.kind, now, entry_id, detail=detail)
    writes = [
        *jobs.insert(Job(job_id, actor.kind, actor.id, now, work)),
        ledger.insert(entry, cached_organisation(now)),
    ]
    try:
        batch.write(writes, batch.token_of(work.kind, job_id, now))
    except batch.Cancelled as cancelled:
        if cancelled.conflict:
            raise


def _is_started(confirmation: Confirmation, work: BulkWork, now: int) -> bool:
    """Tell whether this confirmation has started the same job already: the answer was lost (RET-12)."""
    job = jobs.get(_job_id(confirmation), now)
    return job is not None and job.work.kind == work.kind and _values(job.work.asked) == _values(work.asked)


def _values(asked: BulkAsked) -> tuple[object, ...]:
    """Return what a user asks for. The rules are not part of it: those of the confirmation were stored."""
    return (asked["project_id"], asked["leads"], asked.get("policy"))


def _job_id(confirmation: Confirmation) -> str:
    return f"job_retention_{confirmation.digest[:26]}"


def _binding(actor: Actor, work: BulkWork, now: int) -> tuple[str, ...]:
    """Return the binding: the actor, the action and its values, and the versions of project and campaigns (RET-12)."""
    asked = work.asked
    project = read_project(actor, asked["project_id"], now)
    versions = [f"{campaign.id}:{campaign.version}" for campaign in _campaigns(project.id)]
    values = json.dumps(asked.get("policy"), sort_keys=True)
    digest = ledger_entries.entry_id(*versions)
    return (work.kind, actor.id, project.id, str(project.version), values, str(asked["leads"]), digest)


def _effect(work: BulkWork, now: int) -> Effect:
    asked = work.asked
    preview = _preview(work, now) if asked["leads"] else None
    if "policy" not in asked:
        return bulk_retention.effect_of_outcomes(preview or Preview())
    policy = bulk_retention.policy_of(asked)
    others = [campaign for campaign in _campaigns(asked["project_id"]) if campaign.retention != policy]
    return bulk_retention.effect_of_policy(policy, len(others), preview)


def _preview(work: BulkWork, now: int) -> Preview:
    """Count the leads that would change, on at most 200 pages with at most 1,000 leads."""
    preview, examined = Preview(), 0
    for number, page in enumerate(pages(work.asked, now)):
        examined += len(page)
        if number >= _MOST_PAGES or examined > _MOST_LEADS:
            preview.complete = False
            break
        for facts, after in changed_facts(work, page, now):
            preview.add(facts, after, now)
    return preview


def _campaigns(project_id: str) -> list[Campaign]:
    found = [each for each in configuration.list_all(Campaign) if each.project_id == project_id]
    return sorted(found, key=lambda campaign: campaign.id)


def _first_day(campaign_id: str, now: int) -> str:
    """Return the day of the campaign's creation, or of ten years ago if the ledger no longer has that entry."""
    entry = ledger.first_entry(f"campaign/{campaign_id}")
    return utc_day(entry.at if entry is not None and entry.action == "created" else now - MAX_AHEAD_S)
