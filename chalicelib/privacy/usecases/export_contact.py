"""A person is given everything held on their contact: the job starts, and its files are handed out (PRI-33)."""

from chalicelib.aws import encrypted_tokens, s3
from chalicelib.aws.dynamodb import batch
from chalicelib.core import contact_points
from chalicelib.core.access import Actor, Permission
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
_SEAL = "export"


def export_contact(access: Access, kind: str, contact: str, job_id: str, now: int) -> Job:
    """Start the job that writes the export; the search is recorded first (PRI-5).

    The job keeps the contact as refs, sealed, and no number. Raises Invalid for what can be no contact.
    """
    actor = access.actor
    actor.require(Permission.PRIVACY_EXPORT)
    named = contacts_named(actor, kind, contact, now)
    record_search(access, (one.ref for one in named), cached_organisation(now), now)
    content = [[one.kind, one.ref, contact_points.mask(one.normal)] for one in named]
    asked: ExportAsked = {"contact": encrypted_tokens.encrypt_token(_SEAL, {"named": content})}
    job = Job(job_id, actor.kind, actor.id, now, ExportWork(PERSON_EXPORT, asked, WholePosition(), 1))
    batch.write(jobs.insert(job), batch.token_of("job", job_id))
    return job


def contacts_asked(asked: ExportAsked) -> tuple[list[ContactRef], list[str]]:
    """Return the contacts a job is about, by ref, and their masked forms."""
    content = encrypted_tokens.decrypt_token(_SEAL, asked["contact"])["named"]
    return [ContactRef(kind, "", ref) for kind, ref, _ in content], [masked for _, _, masked in content]


def links_of(actor: Actor, job: Job, now: int) -> dict[str, str] | None:
    """Return where its starter may download the files of an export, for five minutes; else None (PRI-33).

    From the second on that one of the persons in it is gone, nobody may any more (RET-14).
    """
    if job.work.kind != PERSON_EXPORT or not exports.may_have(actor, job, now) or not all_live(job, now):
        return None
    keys = exports.keys_of(job.id)
    return {kind: s3.link(key, f"export.{kind}", MEDIA_TYPES[kind]) for kind, key in keys.items()}


def all_live(job: Job, now: int) -> bool:
    """Tell whether every lead in an export is still live."""
    tally: ExportedTally = job.work.tally
    lead_ids = tally.get("leads", {})
    found = leads.get_many(lead_ids, now)
    return len(found) == len(lead_ids) and all(facts.is_live(now) for facts in found.values())
