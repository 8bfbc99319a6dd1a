"""Import rows that block or unblock contacts (PRI-12, PRI-14, PRI-21)."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.blocks.domain import Block, block_entry, blocked_again, unblocked_detail
from chalicelib.blocks.store import blocks, new_blocks
from chalicelib.blocks.usecases.block_ids import public_id
from chalicelib.blocks.usecases.upsert_block import BlockEntry, upsert_block
from chalicelib.core import contact_points
from chalicelib.core.chunks import chunks
from chalicelib.core.contact_points import Refs
from chalicelib.core.contact_reader import Contact
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.times import Present
from chalicelib.imports.domain import verdicts
from chalicelib.imports.domain.columns import RowRequest, columns_of, row_request
from chalicelib.imports.domain.dialect import UnreadableFile
from chalicelib.imports.domain.import_job import Import, ImportKind
from chalicelib.imports.domain.rows import FileRow
from chalicelib.imports.domain.verdicts import Planned, RowResult
from chalicelib.ledger import store as ledger
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.organisation.usecases.cached_region import cached_region
from chalicelib.organisation.usecases.cached_zone import cached_zone
from chalicelib.organisation.usecases.contact_forms import contact_forms

_TRIES = 8
_REMOVED_AT_ONCE = 20  # of five writes each: a block, its entry and three pointers
_SINCE = "blocked_since"
_CONTENTION = "Others are changing the same block; the import tries again."


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A row with valid contacts, and the refs of each."""

    line: int
    request: RowRequest
    refs: tuple[Refs, ...]

    @property
    def masked(self) -> str:
        """Return the masked contacts, as a result shows them."""
        return " ".join([contact_points.mask(contact.normal) for contact in self.request.contacts])

    def result(self, verdict: str, detail: str = "") -> RowResult:
        """Return a verdict on the row, with its note and how many contacts it has."""
        return RowResult(
            self.line, verdict, self.request.note, self.masked, detail, str(len(self.request.contacts))
        )

    def refused(self, reason: str) -> RowResult:
        """Return the verdict `invalid` on the row, with its masked contacts."""
        return verdicts.invalid(self.line, reason, self.masked)


def contact_rows(
    job: Import, rows: Sequence[FileRow], now: int, *, region: str | None = None
) -> list[ContactRow | RowResult]:
    """Return for each row its contacts, or the verdict `invalid`.

    Numbers are read as in the import's project, or in a `region`. Raise UnreadableFile if the header names no contact
    column (PRI-20).
    """
    to_block = job.kind is ImportKind.BLOCK
    columns = columns_of(job.layout.header if job.layout else None, blocks=to_block)
    if columns is None:
        raise UnreadableFile("no_contact_column", 1)
    region = region or cached_region(job.project, now)
    forms, since = contact_forms(now), job.began_at or now
    zone = cached_zone(job.project, now)
    results: list[ContactRow | RowResult] = []
    for row in rows:
        request = row.problem or row_request(row.cells, columns, region, since, blocks=to_block, zone=zone)
        if isinstance(request, str):
            results.append(verdicts.invalid(row.line, request))
        else:
            refs = [forms.refs(contact.kind, contact.normal) for contact in request.contacts]
            results.append(ContactRow(row.line, request, tuple(refs)))
    return results


def block_rows(job: Import, rows: Sequence[FileRow], planned: Planned, clock: Present) -> list[RowResult]:
    """Block a batch of contacts and return each row's verdict (PRI-12).

    A row whose contacts were all blocked before is `already_blocked`.
    A batch that a crash interrupted is repeated. Rows that this import has written then count as blocked, not as
    already blocked, so that the result is that of one uninterrupted run (PRI-23).
    """
    now = clock()
    contacts = contact_rows(job, rows, now)
    lines = range(rows[0].line, rows[-1].line + 1)
    existing = _existing(job, contacts, now)
    own = {ref for ref, block in existing.items() if _is_own(block, job, lines)}
    updates: dict[str, Block] = {}
    results = []
    for row in contacts:
        if isinstance(row, RowResult):
            results.append(row)
            continue
        verdict = verdicts.ALREADY_BLOCKED
        for refs, contact in zip(row.refs, row.request.contacts, strict=True):
            ref = refs.write
            before = updates.get(ref) or (None if ref in own else existing.get(ref))
            if before is None:
                verdict = verdicts.BLOCKED
                updates[ref] = _new(job, row, refs, contact, now)
            else:
                updates[ref] = blocked_again(before, row.request.until)
        results.append(row.result(verdict))
    refs_of = _refs_of(contacts)
    changes = [(refs_of[ref], block) for ref, block in updates.items() if ref not in own]
    _write(job, changes, existing, now)
    return results


def planned_unblocks(job: Import, rows: Sequence[FileRow], now: int) -> list[RowResult]:
    """Return what unblocking a batch would do; nothing is changed.

    The later event prevails: a block made after this file came in stays, and so do the row's other ones (fault row 37).
    """
    contacts = contact_rows(job, rows, now)
    existing = _existing(job, contacts, now)
    results = []
    for row in contacts:
        if isinstance(row, RowResult):
            results.append(row)
            continue
        found = {refs.write: block for refs in row.refs if (block := existing.get(refs.write))}
        if any(block.blocked_at > (job.began_at or now) for block in found.values()):
            results.append(row.refused(_SINCE))
            continue
        results.append(row.result(verdicts.UNBLOCKED if found else verdicts.NOT_BLOCKED))
        for ref in found:
            del existing[ref]
    return results


def unblock_rows(job: Import, rows: Sequence[FileRow], planned: Planned, clock: Present) -> list[RowResult]:
    """Unblock a batch of contacts as planned and return each row's verdict (PRI-14)."""
    results, now = [], clock()
    for row in contact_rows(job, rows, now):
        if isinstance(row, RowResult):
            results.append(row)
            continue
        result = planned[row.line]
        if result.verdict == verdicts.UNBLOCKED:
            stays, changed = _unblock(job, row, now)
            if stays:
                result = replace(result, reason=_SINCE) if changed else row.refused(_SINCE)
        results.append(result)
    return results


def _existing(job: Import, contacts: Iterable[ContactRow | RowResult], now: int) -> dict[str, Block]:
    """Return the existing blocks of this scope by the refs of new rows, strongly consistent (PRI-17)."""
    by_ref = _refs_of(contacts)
    places = [(ref, job.scope) for refs in by_ref.values() for ref in refs.all]
    found = {block.ref: block for block in blocks.find_all(places, now)}
    first = (
        (ref, next((found[one] for one in refs.all if one in found), None)) for ref, refs in by_ref.items()
    )
    return {ref: block for ref, block in first if block is not None}


def _refs_of(contacts: Iterable[ContactRow | RowResult]) -> dict[str, Refs]:
    """Return the refs of every contact, by the ref of new rows."""
    rows = (row for row in contacts if isinstance(row, ContactRow))
    return {refs.write: refs for row in rows for refs in row.refs}


def _is_own(block: Block, job: Import, lines: range) -> bool:
    return (block.by_kind, block.by_id) == ("job", job.id) and block.by_line in lines


def _new(job: Import, row: ContactRow, refs: Refs, contact: Contact, now: int) -> Block:
    return Block(
        ref=refs.write,
        scope=job.scope,
        blocked_at=job.began_at or now,
        until=row.request.until,
        by_kind="job",
        by_id=job.id,
        by_user=job.user_id,
        masked=contact_points.mask(contact.normal),
        number=contact.normal,
        reason=row.request.reason,
        by_line=row.line,
        form=refs.form,
        former_refs=refs.others,
    )


def _write(
    job: Import, updates: Sequence[tuple[Refs, Block]], existing: Mapping[str, Block], now: int
) -> None:
    """Write the blocks of a batch: those that were absent together, the others one by one.

    A block that was made meanwhile is never replaced: one without its number would get it back (PRI-10, PRI-12).
    """
    fresh = {refs.write: _first(block) for refs, block in updates if refs.write not in existing}
    left = {block.ref for block in new_blocks.put_new(list(fresh.values()), f"{job.id}/{job.version}", now)}
    for refs, block in updates:
        if refs.write in left:
            _save(job, refs, fresh[refs.write], now)
        elif refs.write in existing and block is not existing[refs.write]:
            _save(job, refs, block, now)


def _first(block: Block) -> Block:
    return block if block.version == 1 else replace(block, version=1)


def _save(job: Import, refs: Refs, update: Block, now: int) -> None:
    """Write one block under its condition: earlier start, later end, also under concurrent changes (PRI-12).

    A new block names the import itself. A change of an existing block is recorded (PRI-27).
    """
    entry = BlockEntry(
        job.worker, job.id, token=lambda recorded, _: batch.token_of(recorded.id, now), records_new=False
    )

    def change(earlier: Block | None) -> Block:
        return blocked_again(earlier, update.until) if earlier else _first(update)

    upsert_block(refs, update.scope, change, entry, now, tries=_TRIES, message=_CONTENTION)


def _unblock(job: Import, row: ContactRow, now: int) -> tuple[bool, bool]:
    """Remove the blocks of a row's contacts and record it. Return whether one stays, and whether one was removed.

    A block that was made after this file came in stays, and so do the row's other ones (fault row 37): they are removed
    in one transaction. Only a row with more blocks than one transaction can remove may lose some of them before.
    During a migration a contact may have a block in each of two forms: then both are removed.
    """
    places = [(ref, job.scope) for refs in row.refs for ref in refs.all]
    changed = False

    def attempt(_: int) -> bool:
        nonlocal changed
        found = blocks.find_all(places, now)
        if any(block.blocked_at > (job.began_at or now) for block in found):
            return True
        standing = {block.ref for block in found}
        for some in chunks(found, _REMOVED_AT_ONCE):
            writes = [write for block in some for write in _removal(job, row, block, standing, now)]
            batch.write(
                writes, batch.token_of("unblock", job.id, row.line, *(block.ref for block in some), now)
            )
            changed = True
        return False

    return retrying(attempt, tries=_TRIES, message=_CONTENTION), changed


def _removal(
    job: Import, row: ContactRow, block: Block, standing: Container[str], now: int
) -> list[batch.Write]:
    """Return the writes that remove a block, its pointers and its number, with their entry in the ledger."""
    pointers = replace(block, former_refs=tuple(ref for ref in block.former_refs if ref not in standing))
    entry = block_entry(
        job.worker,
        public_id(block),
        block.version + 1,
        "unblocked",
        now,
        f"{job.id}/{row.line}",
        detail=unblocked_detail(block),
    )
    return [
        blocks.delete(block, now),
        *blocks.delete_pointers(pointers),
        ledger.insert(entry, cached_organisation(now)),
    ]
