"""Rows that forget (PRI-6, PRI-10, PRI-11)."""

from collections.abc import Sequence

from chalicelib.core.errors import Conflict
from chalicelib.imports.domain import verdicts
from chalicelib.imports.domain.import_job import Import
from chalicelib.imports.domain.rows import FileRow
from chalicelib.imports.domain.verdicts import Planned, RowResult
from chalicelib.imports.usecases.import_blocks import NamedRow, named
from chalicelib.leads.domain.leads import Facts
from chalicelib.privacy.domain import forgetting
from chalicelib.privacy.domain.forgetting import ContactRef
from chalicelib.privacy.usecases.forget_contact import leads_of
from chalicelib.privacy.usecases.forget_lead import erase
from chalicelib.privacy.usecases.suppress_contacts import suppress_contacts


def planned_forgets(job: Import, rows: Sequence[FileRow], now: int) -> list[RowResult]:
    """Return what forgetting a batch would come to; nothing is changed (PRI-11)."""
    seen: set[str] = set()
    return [
        one if isinstance(one, RowResult) else _planned(job, one, seen, now) for one in named(job, rows, now)
    ]


def forget_rows(job: Import, rows: Sequence[FileRow], planned: Planned, now: int) -> list[RowResult]:
    """Forget a batch of contacts as planned and return each row's verdict; repeated, it completes (PRI-8)."""
    outcomes = []
    for one in named(job, rows, now):
        if isinstance(one, RowResult):
            outcomes.append(one)
            continue
        outcome = planned[one.line]
        if outcome.verdict != verdicts.INVALID:
            try:
                _forget(job, one, now)
            except Conflict as error:
                outcome = verdicts.invalid(one.line, error.code, one.masked)
        outcomes.append(outcome)
    return outcomes


def _planned(job: Import, one: NamedRow, seen: set[str], now: int) -> RowResult:
    facts = [lead for lead in _leads(job, one, now) if lead.lead_id not in seen]
    try:
        forgetting.require_forgettable(facts, now)
    except Conflict as error:
        return verdicts.invalid(one.line, error.code, one.masked)
    seen.update(lead.lead_id for lead in facts)
    verdict = verdicts.FORGOTTEN if facts else verdicts.UNKNOWN
    return RowResult(one.line, verdict, "", one.masked, str(len(facts)) if facts else "")


def _forget(job: Import, one: NamedRow, now: int) -> None:
    """Keep the contact out, if that is asked, and erase its leads: those, too, that came in before the block stood."""
    facts = _forgettable(job, one, now)
    if job.keep_out:
        suppress_contacts(job.worker, [_contact(one)], [job.scope], f"{job.id}/{one.line}", now)
        facts = _forgettable(job, one, now)
    effect = forgetting.effect_of(facts, job.keep_out)
    for lead in facts:
        erase(job.worker, lead, effect, job.confirmed_by or "", now)


def _forgettable(job: Import, one: NamedRow, now: int) -> list[Facts]:
    facts = _leads(job, one, now)
    forgetting.require_forgettable(facts, now)
    return facts


def _leads(job: Import, one: NamedRow, now: int) -> list[Facts]:
    return leads_of(job.worker, [_contact(one)], now)


def _contact(one: NamedRow) -> ContactRef:
    return ContactRef(one.asked.kind, one.asked.normal, one.ref)
