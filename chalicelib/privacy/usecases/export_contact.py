"""Exports all data on a contact for the person: starts the job, and gives links to its files (PRI-33)."""

from chalicelib.aws import encrypted_tokens, s3
from chalicelib.aws.dynamodb import batch
from chalicelib.core import contact_points
from chalicelib.core.access import ALL_PROJECTS, Actor, Permission
from chalicelib.core.contact_points import Refs
from chalicelib.core.errors import NotFound
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import PERSON_EXPORT, Job, WholePosition
from chalicelib.leads.store import leads
from chalicelib.ledger.domain.entries import Access
from chalicelib.ledger.usecases.record_search import record_search
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.privacy.domain import exports
from chalicelib.privacy.domain.exports import ExportAsked, ExportedTally, ExportWork
from chalicelib.privacy.domain.forgetting import ContactRef
from chalicelib.privacy.usecases.forget_contact import contacts_named

MEDIA_TYPES = {"json": "application/json; charset=utf-8", "html": "text/html; charset=utf-8"}
_PURPOSE = "export"


def export_contact(access: Access, kind: str, contact: str, job_id: str, now: int) -> Job:
    """Start the job that writes the export. The search is recorded first (PRI-5).

    The job holds encrypted contact refs, and no number. Raise Invalid if the contact cannot be read.
    """
    actor = access.actor
    actor.require(Permission.PRIVACY_EXPORT)
    named = contacts_named(actor, kind, contact, now)
    record_search(access, (contact_ref.ref for contact_ref in named), cached_organisation(now), now)
    content = [
        [item.kind, ref, contact_points.mask(item.normal), *([] if item.scopes is None else [item.scopes])]
        for item in named
        for ref in item.refs.all
    ]
    asked: ExportAsked = {"contact": encrypted_tokens.encrypt_token(_PURPOSE, {"named": content})}
    job = Job(job_id, actor.kind, actor.id, now, ExportWork(PERSON_EXPORT, asked, WholePosition(), 1))
    batch.write(jobs.insert(job), batch.token_of("job", job_id))
    return job


def require_right(actor: Actor, work: ExportWork, now: int) -> None:
    """Raise Forbidden without `privacy.export`, NotFound if the export covers a project that is not the actor's.

    A written export covers the projects of its starter at that time. One from before these were stored covers the
    projects of its leads.
    """
    actor.require(Permission.PRIVACY_EXPORT)
    tally = work.tally
    covered = set(tally.get("projects", {}))
    if "projects" not in tally:
        covered = {facts.project_id for facts in leads.get_many(tally.get("leads", {}), now).values()}
    if ALL_PROJECTS in covered and not actor.is_admin:
        raise NotFound("Not found.")
    for project_id in covered - {ALL_PROJECTS}:
        actor.require_project(project_id)


def contacts_asked(asked: ExportAsked) -> tuple[list[ContactRef], list[str]]:
    """Return the contacts of an export job, by ref, and their masked forms."""
    content = encrypted_tokens.decrypt_token(_PURPOSE, asked["contact"])["named"]
    masked = dict.fromkeys(item[2] for item in content)
    scopes = [tuple(item[3]) if len(item) > 3 else None for item in content]
    named = [ContactRef(item[0], "", Refs(item[1]), read) for item, read in zip(content, scopes, strict=True)]
    return named, list(masked)


def links_of(actor: Actor, job: Job, now: int) -> dict[str, str] | None:
    """Return links to the files of an export, valid for five minutes, or None if the actor may not have them (PRI-33).

    Only the user who started the export gets links, while all persons in it are live (RET-14). A reader whose right
    ended sees the job as failed, and so gets none (ACC-11).
    """
    if job.work.kind != PERSON_EXPORT or not exports.may_have(actor, job, now) or not all_live(job, now):
        return None
    keys = exports.keys_of(job.id)
    return {kind: s3.link(key, f"export.{kind}", MEDIA_TYPES[kind]) for kind, key in keys.items()}


def all_live(job: Job, now: int) -> bool:
    """Tell whether every lead in an export is still live."""
    tally: ExportedTally = job.work.tally
    lead_ids = tally.get("leads", {})
    facts_by_id = leads.get_many(lead_ids, now)
    return len(facts_by_id) == len(lead_ids) and all(facts.is_live(now) for facts in facts_by_id.values())
