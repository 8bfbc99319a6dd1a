"""Writes exports for persons, and removes them after a day (PRI-33)."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from chalicelib import observability
from chalicelib.aws import s3
from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Actor
from chalicelib.core.errors import Unavailable
from chalicelib.jobs import domain as jobs_domain
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import EXPORTS, Job, JobState
from chalicelib.jobs.usecases.check_rights import may, starter_may
from chalicelib.leads.domain.leads import StoredLead
from chalicelib.leads.store import people
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Access
from chalicelib.ledger.usecases.record_access import record_access
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import LeadType, Project
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.privacy.domain import exports
from chalicelib.privacy.domain.export_page import html_page
from chalicelib.privacy.domain.exports import Content, ExportedLead, ExportedTally, Named
from chalicelib.privacy.usecases.export_contact import MEDIA_TYPES, all_live, contacts_asked
from chalicelib.privacy.usecases.forget_contact import leads_of
from chalicelib.privacy.usecases.search_contact import blocks_on, read_leads, types_of
from chalicelib.users.domain.credentials import Credential
from chalicelib.users.domain.users import User
from chalicelib.users.usecases.current_actor import current_actor

_LEASE_S = 900


def write_exports(has_time: Callable[[], bool], now: int) -> int:
    """Write every waiting export and remove every expired one. Return how many were processed.

    One process at a time works on an export, by a lease. After a crash it starts again, with equal files and entries.
    """
    return sum(_process(job_id, now) for job_id in jobs.list_waiting(now, EXPORTS) if has_time())


def _process(job_id: str, now: int) -> bool:
    try:
        job = jobs.get(job_id, now)
        if job is not None and job.state is JobState.RUNNING:
            return _run(job, now)
        if job is None or exports.is_over(job, now) or not all_live(job, now):
            s3.remove(exports.keys_of(job_id).values())
            batch.write_one(jobs.dequeue(job_id, EXPORTS))
            return True
        if job.state is JobState.DONE and not starter_may(job, now):
            return _remove(job, jobs_domain.RIGHT_ENDED, now)
    except batch.Cancelled:
        return False
    except Exception as error:  # noqa: BLE001  # one export must not stop the others; its lease runs out
        observability.log_failure(error, job_id=job_id)
        observability.metric("ExportsFailed", 1)
    return False


def _run(job: Job, now: int) -> bool:
    acquired = jobs_domain.acquired(job, now + _LEASE_S)
    batch.write_one(jobs.acquire(acquired, now))
    actor = current_actor(job.by_kind, job.by_id, now)
    if not may(actor, job, now):
        return _remove(acquired, jobs_domain.RIGHT_ENDED, now)
    if acquired.tries > jobs_domain.MAX_TRIES:
        return _remove(acquired, jobs_domain.GAVE_UP, now)
    shown, content = _gather(actor, acquired, now)
    _record(Access(actor, "export", job.id), shown, job.started_at)
    texts = {"json": json.dumps(content, indent=2, ensure_ascii=False), "html": html_page(content)}
    for kind, key in exports.keys_of(job.id).items():
        s3.write(key, texts[kind].encode(), MEDIA_TYPES[kind])
    tally: ExportedTally = {
        "leads": {lead.facts.lead_id: 1 for lead in shown},
        "projects": dict.fromkeys(exports.scopes_covered(actor), 1),
    }
    work = replace(acquired.work, position=None, done=1, tally=tally)
    batch.write_one(jobs.put(replace(jobs_domain.ended(acquired, now), work=work)))
    return True


def _remove(job: Job, error: str, now: int) -> bool:
    """Remove the files of an export and end it as failed."""
    s3.remove(exports.keys_of(job.id).values())
    ended = jobs_domain.ended(job, now, error)
    batch.write(jobs.close(ended), batch.token_of("job_end", job.id, ended.version, now))
    return True


def _gather(actor: Actor, job: Job, now: int) -> tuple[list[StoredLead], Content]:
    named, masked = contacts_asked(job.work.asked)
    live = [facts for facts in leads_of(actor, named, now) if facts.is_live(now)]
    shown = read_leads(actor, live, now)
    types = types_of(shown, now)
    exported = [_exported(lead, types, now) for lead in shown]
    blocks = [result.block for result in blocks_on(actor, named, now)]
    settings = cached_organisation(now)
    name_of = _names(now) if settings.name_staff_in_exports else _staff
    return shown, exports.content_of(settings.name, masked, exported, blocks, name_of, now)


def _exported(lead: StoredLead, types: dict[str, LeadType], now: int) -> ExportedLead:
    facts = lead.facts
    campaign = configuration.cached(Campaign, facts.campaign_id, now)
    project = configuration.cached(Project, facts.project_id, now)
    if campaign is None or project is None:
        raise Unavailable("The lead's settings cannot be read.")
    comments = people.list_comments(facts.lead_id, now) if lead.person else {}
    entries = ledger.list_subject(f"lead/{facts.lead_id}", now)
    lead_type = types[facts.campaign_id]
    return ExportedLead(lead, campaign, project, lead_type, comments, entries, _recipients(lead, now))


def _recipients(lead: StoredLead, now: int) -> list[str]:
    """Return the recipients of the lead's data, by the campaign version that decided on it; later ones may differ."""
    if not exports.asked_services(lead):
        return []
    campaign = configuration.get_version(Campaign, lead.facts.campaign_id, lead.facts.config_version, now)
    if campaign is None:
        raise Unavailable("The settings that decided on this lead cannot be read.")
    return exports.recipients_of(lead, campaign)


def _record(access: Access, shown: Sequence[StoredLead], at: int) -> None:
    """Record the reading of each person, before the files can be read (PRI-30). A repeated call changes nothing."""
    for lead in shown:
        if lead.person is not None:
            record_access(access, [lead.facts.lead_id], cached_organisation(at), at)


def _names(now: int) -> Named:
    def named(kind: str, actor_id: str) -> str:
        if kind == "user":
            user = configuration.cached(User, actor_id, now)
            return user.name if user else exports.STAFF
        if kind == "credential":
            credential = configuration.cached(Credential, actor_id, now)
            return credential.name if credential else kind
        return kind

    return named


def _staff(kind: str, _: str) -> str:
    return exports.STAFF if kind == "user" else kind
