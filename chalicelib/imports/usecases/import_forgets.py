"""Import rows that forget persons (PRI-6, PRI-10, PRI-11)."""

from collections.abc import Sequence

from chalicelib.core.errors import Conflict
from chalicelib.imports.domain import verdicts
from chalicelib.imports.domain.import_job import Import
from chalicelib.imports.domain.rows import FileRow
from chalicelib.imports.domain.verdicts import Planned, RowResult
from chalicelib.imports.usecases.import_blocks import ContactRow, contact_rows
from chalicelib.leads.domain.leads import Facts
from chalicelib.privacy.domain import forgetting
from chalicelib.privacy.domain.forgetting import ContactRef
from chalicelib.privacy.usecases.forget_contact import leads_of
from chalicelib.privacy.usecases.forget_lead import erase
from chalicelib.privacy.usecases.suppress_contacts import suppress_contacts


def planned_forgets(job: Import, rows: Sequence[FileRow], now: int) -> list[RowResult]:
    """Return what forgetting a batch would do; nothing is changed (PRI-11)."""
    seen: set[str] = set()
    return [
        row if isinstance(row, RowResult) else _planned(job, row, seen, now)
        for row in contact_rows(job, rows, now)
    ]


def forget_rows(job: Import, rows: Sequence[FileRow], planned: Planned, now: int) -> list[RowResult]:
    """Forget a batch of contacts as planned and return each row's verdict; a repeat completes it (PRI-8)."""
    results = []
    for row in contact_rows(job, rows, now):
        if isinstance(row, RowResult):
            results.append(row)
            continue
        result = planned[row.line]
        if result.verdict != verdicts.INVALID:
            try:
                _forget(job, row, now)
            except Conflict as error:
                result = verdicts.invalid(row.line, error.code, row.masked)
        results.append(result)
    return results


def _planned(job: Import, row: ContactRow, seen: set[str], now: int) -> RowResult:
    facts = [lead for lead in _leads(job, row, now) if lead.lead_id not in seen]
    try:
        forgetting.require_forgettable(facts, now)
    except Conflict as error:
        return verdicts.invalid(row.line, error.code, row.masked)
    seen.update(lead.lead_id for lead in facts)
    verdict = verdicts.FORGOTTEN if facts else verdicts.UNKNOWN
    return RowResult(row.line, verdict, "", row.masked, str(len(facts)) if facts else "")


def _forget(job: Import, row: ContactRow, now: int) -> None:
    """Keep the contact out if requested, and erase its leads, also those that came in before the block existed."""
    facts = _forgettable(job, row, now)
    if job.keep_out:
        suppress_contacts(job.worker, [_contact(row)], [job.scope], f"{job.id}/{row.line}", now)
        facts = _forgettable(job, row, now)
    effect = forgetting.effect_of(facts, job.keep_out)
    for lead in facts:
        erase(job.worker, lead, effect, job.confirmed_by or "", now)


def _forgettable(job: Import, row: ContactRow, now: int) -> list[Facts]:
    facts = _leads(job, row, now)
    forgetting.require_forgettable(facts, now)
    return facts


def _leads(job: Import, row: ContactRow, now: int) -> list[Facts]:
    return leads_of(job.worker, [_contact(row)], now)


def _contact(row: ContactRow) -> ContactRef:
    return ContactRef(row.request.kind, row.request.normal, row.refs)
