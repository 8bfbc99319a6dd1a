"""Migrates the contacts to another form: the job's steps, and its start (data-model.md, Contacts)."""

from collections.abc import Callable, Iterable

from chalicelib import observability
from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.store import block_list
from chalicelib.blocks.usecases.rekey_block import Rekeyed, RekeyedRow, rekey_block
from chalicelib.core.contact_points import NORMALISER_VERSION
from chalicelib.core.errors import Conflict, Unavailable
from chalicelib.core.times import Present
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import REKEYS, Job, JobState
from chalicelib.jobs.usecases.continue_jobs import continue_jobs
from chalicelib.leads.domain import rekeying
from chalicelib.leads.domain.rekeying import PageCounts, RekeyWork
from chalicelib.leads.store import contact_index
from chalicelib.leads.usecases.rekey_lead import rekey_lead
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain import contact_forms as domain
from chalicelib.organisation.domain.contact_forms import SETTLES_IN_S, ContactForm, ContactForms, LiveForms
from chalicelib.organisation.usecases.contact_forms import get_contact_forms, keyed

_PAGE = 100


def start_migration(target: ContactForm, job_id: str, now: int) -> None:
    """Start to migrate the contacts to another form. From now on both forms are looked up.

    Raise Conflict `migrating` while another migration runs, `same_form` if it is the present one. Raise Unavailable if
    the key of the target cannot be read.
    """
    keyed(target)
    forms = get_contact_forms(now)
    if forms.target is not None:
        raise Conflict("A migration of contacts is running; wait for its end.", "migrating")
    if target == forms.current:
        raise Conflict("The contacts have this form already.", "same_form")
    begun = domain.begun(forms, target, job_id, now)
    writes = configuration.insert(begun) if forms.version == 0 else configuration.update(begun)
    try:
        batch.write([*writes, *jobs.insert(_job(job_id, now))], batch.token_of("migrate", job_id, now))
    except batch.Cancelled:
        raise Conflict("A migration of contacts is running; wait for its end.", "migrating") from None


def newest_form(now: int) -> ContactForm:
    """Return the present key with the newest normal form."""
    return ContactForm(get_contact_forms(now).current.fingerprint, NORMALISER_VERSION)


def rekey_contacts(clock: Present, has_time: Callable[[], bool], *, event_id: str | None = None) -> bool:
    """Go on with the running migration while `has_time` is true; return whether one runs. A lost job starts again."""
    forms = get_contact_forms(clock())
    if forms.target is None or forms.job_id is None:
        return False
    _restore_job(forms.job_id, clock())
    continue_jobs(clock, has_time, REKEYS, event_id=event_id)
    return get_contact_forms(clock()).target is not None


def step(work: RekeyWork, now: int) -> RekeyWork:
    """Do one page of the work, or wait for the next phase. It may be repeated, and two processes may do it at once."""
    forms, phase = get_contact_forms(now), work.require_position()["phase"]
    if forms.target is None or forms.job_id != work.asked["job_id"]:
        return rekeying.as_complete(work)
    if phase == "reading":
        return _begin_writing(work, forms, now)
    if phase == "writing":
        return work if now < forms.since + SETTLES_IN_S else rekeying.in_phase(work, "blocks")
    if phase == "settle":
        return _settle(work, forms, now)
    return _blocks_page(work, forms, now) if phase == "blocks" else _leads_page(work, forms, now)


def _begin_writing(work: RekeyWork, forms: ContactForms, now: int) -> RekeyWork:
    """Write in the new form, once every process looks both forms up."""
    if not forms.writing:
        if now < forms.since + SETTLES_IN_S:
            return work
        _save(domain.writing(forms, now))
    return rekeying.in_phase(work, "writing")


def _settle(work: RekeyWork, forms: ContactForms, now: int) -> RekeyWork:
    _save(domain.settled(forms, work.tally["forms_left"], now))
    return rekeying.as_complete(work)


def _save(forms: ContactForms) -> None:
    try:
        batch.write(configuration.update(forms), batch.token_of("contact_forms", forms.version, forms.since))
    except batch.Cancelled as error:
        raise Unavailable("Another process changed the forms of contacts; the job goes on later.") from error


def _blocks_page(work: RekeyWork, forms: ContactForms, now: int) -> RekeyWork:
    page = block_list.scan_page(_PAGE, work.require_position()["after"])
    target = keyed(forms.written)
    done = (rekey_block(ref, scope, target, now) for ref, scope in page.items)
    return rekeying.after_page(work, _counts(done, forms), page.next)


def _leads_page(work: RekeyWork, forms: ContactForms, now: int) -> RekeyWork:
    page = contact_index.scan_leads(_PAGE, work.require_position()["after"], now)
    live = _live_forms(forms)
    done = (_rekey_or_leave(lead_id, live, now) for lead_id in page.items)
    return rekeying.after_page(work, _counts(done, forms), page.next)


def _rekey_or_leave(lead_id: str, forms: LiveForms, now: int) -> RekeyedRow:
    """Re-key a lead. One that fails for its own reason is left, and does not stop the others."""
    try:
        return rekey_lead(lead_id, forms, now)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001  # its entries stay under the former form, which is then kept
        observability.log_failure(error, lead_id=lead_id)
        return RekeyedRow(Rekeyed.LEFT)


def _counts(outcomes: Iterable[RekeyedRow], forms: ContactForms) -> PageCounts:
    """Return the counts of a page. A row that is left in an unknown form may be in any of the former ones."""
    listed = list(outcomes)
    left = [row for row in listed if row.what is Rekeyed.LEFT]
    former = [form.name for form in forms.former]
    names = {name for row in left for name in ([row.form] if row.form else former)}
    return PageCounts(sum(row.what is Rekeyed.CHANGED for row in listed), len(left), frozenset(names))


def _live_forms(forms: ContactForms) -> LiveForms:
    other = keyed(forms.other) if forms.other else None
    return LiveForms(keyed(forms.written), other, tuple(keyed(form) for form in forms.kept))


def _job(job_id: str, now: int) -> Job:
    return Job(job_id, "system", "contacts", now, rekeying.new_work(job_id))


def _restore_job(job_id: str, now: int) -> None:
    job = jobs.get(job_id, now)
    if job is not None and job.state is JobState.RUNNING:
        return
    writes = jobs.insert(_job(job_id, now)) if job is None else jobs.restart(_job(job_id, now), job)
    try:
        batch.write(writes, batch.token_of("job", job_id, now))
    except batch.Cancelled:
        return  # another process has restored it
