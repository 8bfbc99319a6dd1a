"""Read, list, cancel and confirm imports (PRI-11, PRI-22)."""

from typing import Any, TypedDict

from chalicelib.aws import s3
from chalicelib.aws.dynamodb import batch
from chalicelib.core import confirmations
from chalicelib.core.access import ALL_PROJECTS, Actor
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import ConfirmationRequired, Conflict, Effect, NotFound
from chalicelib.core.paging import Page
from chalicelib.imports import store as imports
from chalicelib.imports.domain import import_job
from chalicelib.imports.domain.import_job import OPEN, PERMISSIONS, Import, ImportState
from chalicelib.imports.domain.verdicts import FORGOTTEN, MORE
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases.cached_organisation import cached_organisation


class ImportPosition(TypedDict):
    """The last import of a page, by its sort key in the lists."""

    after: str


def read_import(actor: Actor, job_id: str, now: int) -> Import:
    """Return an import of the actor's projects; raise NotFound for any other (ACC-4)."""
    job = imports.get(job_id, now)
    if job is None or not import_job.may_see_import(actor, job):
        raise NotFound("There is no such import.")
    return job


def list_imports(
    actor: Actor, limit: int, after: ImportPosition | None, now: int
) -> Page[Import, ImportPosition]:
    """Return a page of the imports of the actor's projects, newest first."""
    projects = sorted(actor.project_ids)
    if actor.is_admin:
        projects = [ALL_PROJECTS, *(project.id for project in configuration.list_all(Project))]
    page = imports.list_page(projects, limit, None if after is None else after["after"], now)
    return Page(page.items, None if page.next is None else {"after": page.next})


def result_link(actor: Actor, job: Import, now: int) -> str | None:
    """Return a link to the result, valid for a few minutes, or None if there is no result (any more).

    The actor needs the permission of the import's kind, too: the result shows contacts and their verdicts (ACC-11).
    """
    if job.ended_at is None or job.upload is None or job.counting or not actor.has(PERMISSIONS[job.kind]):
        return None
    return (
        s3.link(job.result_key, f"{job.id}.csv") if now < job.ended_at + import_job.RESULT_OFFERED_S else None
    )


def cancel_import(actor: Actor, job_id: str, now: int) -> Import:
    """Stop an import between two batches and record it; what was done stays done, and is in the result.

    An import that is already stopping is returned unchanged. Raise Conflict `import_ended` if it has ended,
    `version_conflict` if it was changed meanwhile.
    """
    job = read_import(actor, job_id, now)
    actor.require(PERMISSIONS[job.kind])
    if job.state not in OPEN:
        raise Conflict("The import has ended already.", "import_ended")
    if job.cancelling:
        return job
    if job.state is ImportState.WAITING:
        changed = import_job.ended(job, ImportState.CANCELLED, now)
        writes: list[batch.Write] = [imports.put(changed)]
    else:
        changed = import_job.stopping(job)
        writes = [imports.put(changed), imports.mark_open(changed)]
    _write(actor, writes, changed, "import_cancelled", now)
    return changed


def effect_of(job: Import) -> ConfirmationRequired:
    """Return what a forget import will do, and what its confirmation is bound to (PRI-11)."""
    leads, verdict = job.progress.leads, job.progress.by_verdict
    suffix = " The contacts are kept out from now on." if job.keep_out else ""
    more = job.progress.more
    count = f"More than {leads:,} leads" if more else f"Up to {leads} lead(s)"
    summary = f"{count} will be erased at once and for good. This cannot be undone.{suffix}"
    numbers = {
        "leads": leads,
        "more": more,
        "contacts": verdict.get(FORGOTTEN, 0),
        "rows": job.progress.read,
        "keep_out": job.keep_out,
    }
    counted = f"{leads}{MORE}" if more else str(leads)
    binding = ("import", job.id, counted, str(job.progress.read), str(job.keep_out))
    return ConfirmationRequired(Effect(summary, numbers), binding)


def confirm_import(actor: Actor, job_id: str, confirmation: Confirmation | None, now: int) -> Import:
    """Start a counted forget import once its effect is confirmed; the ledger names the user and the effect (PRI-29).

    The same confirmation again, after a lost answer, returns the import as it is now (RET-12). Raise Conflict
    `nothing_to_confirm` if it does not wait for one, ConfirmationRequired with the effect (PRI-11).
    """
    job = read_import(actor, job_id, now)
    actor.require(PERMISSIONS[job.kind])
    if _confirmed_by(confirmation, job):
        return job
    if job.state is not ImportState.AWAITING_CONFIRMATION:
        raise Conflict("The import does not wait for a confirmation.", "nothing_to_confirm")
    required = effect_of(job)
    confirmed = confirmations.require(confirmation, required.effect, required.binding)
    changed = import_job.confirmed(job, confirmed.digest, actor.id, now)
    writes: list[batch.Write] = [imports.put(changed), imports.mark_open(changed)]
    try:
        _write(actor, writes, changed, "import_confirmed", now, detail={"effect": required.effect.summary})
    except Conflict:
        job = read_import(actor, job_id, now)
        if not _confirmed_by(confirmation, job):
            raise
        return job
    return changed


def _confirmed_by(confirmation: Confirmation | None, job: Import) -> bool:
    return confirmation is not None and job.confirmed_by == confirmation.digest


def _write(
    actor: Actor,
    writes: list[batch.Write],
    job: Import,
    action: str,
    now: int,
    *,
    detail: dict[str, Any] | None = None,
) -> None:
    entry_id = ledger_entries.entry_id(action, job.id)
    entry = ledger_entries.change(actor, f"import/{job.id}", action, now, entry_id, detail=detail)
    try:
        batch.write(
            [*writes, ledger.insert(entry, cached_organisation(now))],
            batch.token_of(action, job.id, job.version, now),
        )
    except batch.Cancelled as error:
        raise Conflict("The import was changed meanwhile: try again.", "version_conflict") from error
