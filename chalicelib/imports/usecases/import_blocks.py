"""Rows that block and unblock (PRI-12, PRI-14, PRI-21)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.blocks import store as blocks
from chalicelib.blocks.domain import Block, blocked_again, entry_of
from chalicelib.blocks.usecases.block_ids import opaque_id
from chalicelib.blocks.usecases.upsert_block import BlockEntry, upsert_block
from chalicelib.core import contact_points
from chalicelib.imports.domain import verdicts
from chalicelib.imports.domain.columns import RowRequest, columns_of, row_request
from chalicelib.imports.domain.import_job import Import, ImportKind
from chalicelib.imports.domain.rows import Row
from chalicelib.imports.domain.verdicts import Planned, RowResult
from chalicelib.ledger import store as ledger
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.organisation.usecases.cached_region import cached_region
from chalicelib.organisation.usecases.contact_key import contact_key

_TRIES = 8
_CONTENTION = "Others are changing the same block; it is tried again."


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A row that names a contact, and the ref of that contact."""

    line: int
    asked: RowRequest
    ref: str

    @property
    def masked(self) -> str:
        """Return the contact as a result shows it."""
        return contact_points.mask(self.asked.normal)


def named(job: Import, rows: Sequence[Row], now: int) -> list[NamedRow | RowResult]:
    """Return for each row the contact it names, or the verdict that it names none."""
    columns = columns_of(job.layout.header if job.layout else None)
    region, key, since = cached_region(job.project, now), contact_key(now), job.began_at or now
    to_block = job.kind is ImportKind.BLOCK
    found: list[NamedRow | RowResult] = []
    for row in rows:
        asked = row.problem or row_request(row.cells, columns, region, since, blocks=to_block)
        if isinstance(asked, str):
            found.append(verdicts.invalid(row.line, asked))
        else:
            found.append(NamedRow(row.line, asked, contact_points.ref_of(key, asked.kind, asked.normal)))
    return found


def block_rows(job: Import, rows: Sequence[Row], planned: Planned, now: int) -> list[RowResult]:
    """Block a batch of contacts and return each row's verdict (PRI-12).

    A batch that a crash cut off is repeated: rows that this import wrote for it count as blocked, not as already
    blocked, so that the end result is that of one uninterrupted run (PRI-23).
    """
    asked = named(job, rows, now)
    lines = range(rows[0].line, rows[-1].line + 1)
    standing = _existing(job, asked, now)
    own = {ref: one for ref, one in standing.items() if _is_own(one, job, lines)}
    wanted: dict[str, Block] = {}
    outcomes = []
    for one in asked:
        if isinstance(one, RowResult):
            outcomes.append(one)
            continue
        before = wanted.get(one.ref) or (None if one.ref in own else standing.get(one.ref))
        wanted[one.ref] = _new(job, one, now) if before is None else blocked_again(before, one.asked.until)
        verdict = verdicts.BLOCKED if before is None else verdicts.ALREADY_BLOCKED
        outcomes.append(RowResult(one.line, verdict, "", one.masked))
    _write(job, [one for ref, one in wanted.items() if ref not in own], standing, now)
    return outcomes


def planned_unblocks(job: Import, rows: Sequence[Row], now: int) -> list[RowResult]:
    """Return what unblocking a batch would come to; nothing is changed.

    The last writer is the later event: a block made after this file came in stands (fault row 37).
    """
    asked = named(job, rows, now)
    standing = _existing(job, asked, now)
    outcomes = []
    for one in asked:
        if isinstance(one, RowResult):
            outcomes.append(one)
            continue
        there = standing.get(one.ref)
        if there is None:
            outcomes.append(RowResult(one.line, verdicts.NOT_BLOCKED, "", one.masked))
        elif there.blocked_at > (job.began_at or now):
            outcomes.append(verdicts.invalid(one.line, "blocked_since", one.masked))
        else:
            outcomes.append(RowResult(one.line, verdicts.UNBLOCKED, "", one.masked))
            del standing[one.ref]
    return outcomes


def unblock_rows(job: Import, rows: Sequence[Row], planned: Planned, now: int) -> list[RowResult]:
    """Unblock a batch of contacts as planned and return each row's verdict (PRI-14)."""
    outcomes = []
    for one in named(job, rows, now):
        if isinstance(one, RowResult):
            outcomes.append(one)
            continue
        outcome = planned[one.line]
        if outcome.verdict == verdicts.UNBLOCKED and not _unblock(job, one, now):
            outcome = verdicts.invalid(one.line, "blocked_since", one.masked)
        outcomes.append(outcome)
    return outcomes


def _existing(job: Import, asked: Iterable[NamedRow | RowResult], now: int) -> dict[str, Block]:
    """Return the blocks of this scope that stand now, strongly consistent (PRI-17)."""
    refs = list(dict.fromkeys(one.ref for one in asked if isinstance(one, NamedRow)))
    found = batch.read_many([blocks.key(ref, job.scope) for ref in refs], now)
    return {ref: there for ref in refs if (there := blocks.one_from_batch(ref, job.scope, found))}


def _is_own(block: Block, job: Import, lines: range) -> bool:
    return (block.by_kind, block.by_id) == ("job", job.id) and block.by_line in lines


def _new(job: Import, one: NamedRow, now: int) -> Block:
    return Block(
        ref=one.ref,
        scope=job.scope,
        blocked_at=job.began_at or now,
        until=one.asked.until,
        by_kind="job",
        by_id=job.id,
        masked=one.masked,
        number=one.asked.normal,
        reason=one.asked.reason,
        by_line=one.line,
    )


def _write(job: Import, wanted: Sequence[Block], standing: Mapping[str, Block], now: int) -> None:
    fresh = [_first(one) for one in wanted if one.ref not in standing]
    blocks.put_many([one for one in fresh if one.until is None])
    for one in fresh:
        if one.until is not None:
            _save(job, one, now)
    for one in wanted:
        if one.ref in standing and one is not standing[one.ref]:
            _save(job, one, now)


def _first(block: Block) -> Block:
    return block if block.version == 1 else replace(block, version=1)


def _save(job: Import, wanted: Block, now: int) -> None:
    """Write one block under its condition: earlier start, later end, also with concurrent changes (PRI-12).

    A new block names the import itself. A change of another block is recorded (PRI-27).
    """
    entry = BlockEntry(
        job.worker, job.id, token=lambda recorded, _: batch.token_of(recorded.id, now), records_new=False
    )

    def change(earlier: Block | None) -> Block:
        return blocked_again(earlier, wanted.until) if earlier else _first(wanted)

    upsert_block(wanted.ref, wanted.scope, change, entry, now, tries=_TRIES, message=_CONTENTION)


def _unblock(job: Import, one: NamedRow, now: int) -> bool:
    """Take a block away, on record; False for one that was made after this file came in."""

    def attempt(_: int) -> bool:
        there = blocks.get(one.ref, job.scope, now)
        if there is None:
            return True
        if there.blocked_at > (job.began_at or now):
            return False
        block_id = opaque_id(there.ref, there.scope)
        detail = {"scope": there.scope}
        entry = entry_of(
            job.worker, block_id, there.version + 1, "unblocked", now, f"{job.id}/{one.line}", detail=detail
        )
        writes: list[batch.Write] = [
            blocks.delete(there, now),
            ledger.insert(entry, cached_organisation(now)),
        ]
        batch.write(writes, batch.token_of(entry.id, now))
        return True

    return retrying(attempt, tries=_TRIES, message=_CONTENTION)
