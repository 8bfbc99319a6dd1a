"""Reads the rows of a file of contacts to forget, for all projects as each project reads them (PRI-6)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chalicelib.blocks.usecases.list_blocks import scopes_of
from chalicelib.core.access import ALL_PROJECTS
from chalicelib.core.contact_points import Refs
from chalicelib.core.contact_reader import Contact
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.imports.domain.import_job import Import
from chalicelib.imports.domain.rows import FileRow
from chalicelib.imports.domain.verdicts import RowResult
from chalicelib.imports.usecases.import_blocks import ContactRow, contact_rows
from chalicelib.organisation.usecases.cached_region import cached_region
from chalicelib.privacy.domain.forgetting import ContactRef

Scopes = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class ForgetRow:
    """A row as it is read and shown, and its contacts, each with the scopes in which it is meant."""

    read: ContactRow
    contacts: list[ContactRef]

    @property
    def line(self) -> int:
        """Return the number of the row in its file."""
        return self.read.line


def forget_rows_of(job: Import, rows: Sequence[FileRow], now: int) -> list[ForgetRow | RowResult]:
    """Return for each row its contacts, or the verdict `invalid`.

    In a file for all projects a national number may be different numbers in different projects. Then each is meant in
    the projects that read it so, and a project that cannot read the row is left out, as in a forget of one contact.
    """
    scopes = _scopes_by_region(job, now)
    by_region = [contact_rows(job, rows, now, region=region) for region in scopes]
    return [_of_one_row(scopes, readings) for readings in zip(*by_region, strict=True)]


def _scopes_by_region(job: Import, now: int) -> Scopes:
    """Return the scopes of the import by their regions, that of the import first."""
    by_region: dict[str, tuple[str, ...]] = {cached_region(job.project, now): ()}
    for scope in scopes_of(job.worker) if job.project == ALL_PROJECTS else (job.project,):
        region = cached_region(scope, now)
        by_region[region] = (*by_region.get(region, ()), scope)
    return by_region


def _of_one_row(scopes: Scopes, readings: Sequence[ContactRow | RowResult]) -> ForgetRow | RowResult:
    """Return a row from its readings in each region. A contact that all of them have is meant in all scopes."""
    valid = {region: one for region, one in zip(scopes, readings, strict=True) if isinstance(one, ContactRow)}
    if not valid:
        return next(one for one in readings if isinstance(one, RowResult))
    contacts: dict[str, tuple[Contact, Refs]] = {}
    read_in: dict[str, list[str]] = {}
    for region, row in valid.items():
        for contact, refs in zip(row.request.contacts, row.refs, strict=True):
            contacts[contact.normal] = contact, refs
            read_in.setdefault(contact.normal, []).append(region)
    meant = [
        ContactRef(contact.kind, normal, refs, _scopes(scopes, read_in[normal], len(valid)))
        for normal, (contact, refs) in contacts.items()
    ]
    first = next(iter(valid.values()))
    request = replace(first.request, contacts=tuple(contact for contact, _ in contacts.values()))
    return ForgetRow(replace(first, request=request, refs=tuple(one.refs for one in meant)), meant)


def _scopes(scopes: Scopes, regions: Sequence[str], valid: int) -> tuple[str, ...] | None:
    """Return the scopes of the regions that read a contact so; None if all regions that can read the row do."""
    if len(regions) == valid:
        return None
    return tuple(scope for region in regions for scope in scopes[region])
