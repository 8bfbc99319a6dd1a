"""Import rows that forget persons (PRI-6, PRI-10, PRI-11)."""

from collections.abc import Sequence

from chalicelib.core.errors import Conflict, Effect, Throttled
from chalicelib.core.times import Present
from chalicelib.imports.domain import verdicts
from chalicelib.imports.domain.import_job import Import
from chalicelib.imports.domain.rows import FileRow
from chalicelib.imports.domain.verdicts import Planned, RowResult
from chalicelib.imports.usecases.forget_readings import ForgetRow, forget_rows_of
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads
from chalicelib.ledger.domain.entries import entry_id
from chalicelib.privacy.domain import forgetting
from chalicelib.privacy.domain.forgetting import ContactRef
from chalicelib.privacy.usecases.forget_lead import erase
from chalicelib.privacy.usecases.start_forget_order import (
    CountedLeads,
    count_forgettable,
    look_later,
    start_forget_order,
)
from chalicelib.privacy.usecases.suppress_contacts import suppress_contacts


def planned_forgets(job: Import, rows: Sequence[FileRow], now: int) -> list[RowResult]:
    """Return what forgetting a batch would do; nothing is changed (PRI-11)."""
    seen: set[str] = set()
    return [
        row if isinstance(row, RowResult) else _planned(job, row, seen, now)
        for row in forget_rows_of(job, rows, now)
    ]


def forget_rows(job: Import, rows: Sequence[FileRow], planned: Planned, clock: Present) -> list[RowResult]:
    """Forget a batch of contacts as planned and return each row's verdict; a repeat completes it (PRI-8).

    A look that comes a minute later erases leads that were on their way (PRI-8a). It is written first.
    """
    results = []
    contacts = forget_rows_of(job, rows, clock())
    _look_later(job, contacts, planned, clock())
    for row in contacts:
        now = clock()
        if isinstance(row, RowResult):
            results.append(row)
            continue
        result = planned[row.line]
        if result.verdict != verdicts.INVALID:
            try:
                _forget(job, row, now)
            except Conflict as error:
                result = row.read.refused(error.code)
        results.append(result)
    return results


def _look_later(job: Import, rows: Sequence[ForgetRow | RowResult], planned: Planned, now: int) -> None:
    """Write the look for the rows of a batch that are not refused."""
    named = [
        contact
        for row in rows
        if isinstance(row, ForgetRow) and planned[row.line].verdict != verdicts.INVALID
        for contact in row.contacts
    ]
    if named:
        effect = Effect("Leads of the confirmed file that were on their way are erased, too.", {})
        look_later(job.worker, named, f"{job.id}/{rows[0].line}", job.confirmed_by or "", effect, now)


def _planned(job: Import, row: ForgetRow, seen: set[str], now: int) -> RowResult:
    try:
        counted = count_forgettable(job.worker, row.contacts, now)
    except Conflict as error:
        return row.read.refused(error.code)
    named = [lead for lead in counted.named if lead.lead_id not in seen]
    seen.update(lead.lead_id for lead in named)
    more = verdicts.MORE if counted.more else ""
    verdict = verdicts.FORGOTTEN if named or more else verdicts.UNKNOWN
    return row.read.result(verdict, f"{len(named)}{more}" if named or more else "")


def _forget(job: Import, row: ForgetRow, now: int) -> None:
    """Keep the contacts out if requested, and erase their leads, also those that came in before the block existed.

    More than fifty leads become an order. While a hundred are open, the row erases its leads itself (PRI-8a).
    """
    contacts, line = row.contacts, f"{job.id}/{row.line}"
    counted = count_forgettable(job.worker, contacts, now)
    if job.keep_out:
        suppress_contacts(job.worker, contacts, line, now)
        counted = count_forgettable(job.worker, contacts, now)
    effect = forgetting.effect_of(counted.named, job.keep_out, more=counted.more)
    while found := _facts(counted, now):
        if len(counted.named) > forgetting.INLINE and _ordered(job, contacts, line, effect, counted, now):
            return
        for lead in found:
            erase(job.worker, lead, effect, job.confirmed_by or "", now)
        counted = count_forgettable(job.worker, contacts, now) if counted.more else CountedLeads([])


def _facts(counted: CountedLeads, now: int) -> list[Facts]:
    """Return the facts of the counted leads; of more than 1,000 only the entries were read."""
    if not counted.more:
        return counted.facts
    stored = leads.get_many_as_stored([lead.lead_id for lead in counted.named], now).values()
    return [facts for facts in stored if facts.erased_at is None]


def _ordered(
    job: Import, contacts: list[ContactRef], line: str, effect: Effect, counted: CountedLeads, now: int
) -> bool:
    """Start the order of a row, and return True; or return False if a hundred are open."""
    digest, count = entry_id("forget_row", line), len(counted.named)
    try:
        start_forget_order(job.worker, contacts, digest, digest, effect, count, now)
    except Throttled:
        return False
    return True
