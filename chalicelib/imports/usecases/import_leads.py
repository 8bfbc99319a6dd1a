"""Import rows that are leads: each passes the intake as if it were posted (PRI-22, PRI-26)."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core import contact_points
from chalicelib.core.contact_reader import Contact, read_contact
from chalicelib.core.damage import damage_of
from chalicelib.core.errors import LeadwardenError, Unavailable
from chalicelib.core.plain_text import shown
from chalicelib.core.times import Present
from chalicelib.core.words import canonical_key
from chalicelib.imports.domain import verdicts
from chalicelib.imports.domain.dialect import UnreadableFile
from chalicelib.imports.domain.import_job import Import
from chalicelib.imports.domain.rows import FileRow
from chalicelib.imports.domain.verdicts import Planned, RowResult
from chalicelib.intake.usecases.receive_lead import IntakeResult, Submission, receive_lead
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.organisation.usecases.cached_region import cached_region

_REJECTED = "rejected"
Phones = Mapping[
    int, str | None
]  # the column of each phone field, and the delimiter if it takes several numbers


def require_active(job: Import, now: int) -> None:
    """Raise UnreadableFile unless the campaign takes leads, before the first row is read (PRI-23)."""
    campaign = configuration.get(Campaign, job.scope, now)
    if campaign is None:
        raise UnreadableFile("unknown_scope")
    if not campaign.accepts_leads:
        raise UnreadableFile("campaign_not_active")


def receive_rows(job: Import, rows: Sequence[FileRow], planned: Planned, clock: Present) -> list[RowResult]:
    """Receive a batch of leads; return the verdict of the intake on each.

    Each row is received at its own instant: a batch may last longer than a forget waits for late leads (PRI-8a).
    A row's key is import and line: a repeat after a crash results in the same lead and verdict (PRI-26).
    """
    header = (job.layout.header if job.layout else None) or ()
    now = clock()
    phones, region = _phones(job, header, now), cached_region(job.project, now)
    return [_received(job, row, header, phones, region, clock()) for row in rows]


def _received(
    job: Import, row: FileRow, header: Sequence[str], phones: Phones, region: str, now: int
) -> RowResult:
    if row.problem:
        return verdicts.invalid(row.line, row.problem)
    cells = row.cells + ("",) * (len(header) - len(row.cells))  # spreadsheets leave out the last empty cells
    if any(shown(cell).strip() for cell in cells[len(header) :]):
        return verdicts.invalid(row.line, "columns")
    for number in _numbers(cells, phones):
        damage = damage_of(number)
        if damage and damage != "empty":
            return verdicts.invalid(row.line, damage)
    masked = _masked(cells, phones, region)
    values = {name: cell for name, cell in zip(header, cells, strict=False) if cell.strip()}
    try:
        result = receive_lead(_submission(job, row, values), now)
    except Unavailable:
        raise
    except LeadwardenError as error:
        return verdicts.invalid(row.line, error.fields[0].code if error.fields else error.code, masked)
    return _outcome(row.line, masked, result)


def _submission(job: Import, row: FileRow, values: dict[str, str]) -> Submission:
    key = f"{job.id}/{row.line}"
    fresh_id = f"lead_{hashlib.sha256(key.encode()).hexdigest()[:26]}"
    return Submission(job.scope, values, job.worker, fresh_id, idempotency_key=key)


def _outcome(line: int, masked: str, result: IntakeResult) -> RowResult:
    if result.facts is None:
        return RowResult(line, _REJECTED, result.declined or "", masked)
    facts = result.facts
    return RowResult(line, facts.status.value, " ".join(facts.reasons), masked, facts.lead_id)


def _phones(job: Import, header: Sequence[str], now: int) -> Phones:
    campaign = configuration.cached(Campaign, job.scope, now)
    lead_type = configuration.cached(LeadType, campaign.lead_type_id, now) if campaign else None
    if campaign is None or lead_type is None:
        return {}
    delimiters = {
        entry.key: campaign.delimiter if entry.multiple else None
        for entry in lead_type.fields
        if entry.kind == "phone" and not entry.retired
    }
    keys = [name if name in delimiters else canonical_key(name) for name in header]
    return {column: delimiters[key] for column, key in enumerate(keys) if key in delimiters}


def _numbers(cells: Sequence[str], phones: Phones) -> Iterator[str]:
    """Yield the numbers of each phone field, split as the intake splits them (CAM-24)."""
    for column, delimiter in phones.items():
        yield from cells[column].split(delimiter) if delimiter else [cells[column]]


def _masked(cells: Sequence[str], phones: Phones, region: str) -> str:
    for number in _numbers(cells, phones):
        contact = read_contact(number, region)
        if isinstance(contact, Contact):
            return contact_points.mask(contact.normal)
    return ""
