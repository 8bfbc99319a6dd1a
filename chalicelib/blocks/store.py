"""The Do Not Call list (table `blocks`)."""

import hashlib
import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.aws.dynamodb import batch, rows
from chalicelib.aws.dynamodb.batch import BatchRows, Check, Delete, Key, Put
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row
from chalicelib.blocks.domain import Block
from chalicelib.core.access import ALL_PROJECTS
from chalicelib.core.paging import LastKey
from chalicelib.core.retention import expires_at

_SHARDS = 16
_AT_ONCE = 50


class ByScope(GlobalSecondaryIndex["BlockRow"]):
    """Blocks of a scope by the instant they were made, in sixteen shards."""

    class Meta:
        """Index settings."""

        index_name = "by_scope"
        projection = KeysOnlyProjection()  # type: ignore[no-untyped-call]

    scope_shard = UnicodeAttribute(hash_key=True)
    blocked_at = NumberAttribute(range_key=True)


class BlockRow(Row):
    """One block of one contact, for one project or for all projects."""

    TABLE: ClassVar[str] = "blocks"

    class Meta(MetaDefaults):
        """Table settings."""

    ref = UnicodeAttribute(hash_key=True)
    scope = UnicodeAttribute(range_key=True)
    scope_shard = UnicodeAttribute()
    blocked_at = NumberAttribute()
    expires_at = NumberAttribute(null=True)
    by_kind = UnicodeAttribute()
    by_id = UnicodeAttribute()
    masked = UnicodeAttribute()
    number = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    version = NumberAttribute()
    by_line = NumberAttribute(null=True)
    by_scope = ByScope()


@dataclass(frozen=True)
class BlockPlace:
    """The position of a block in the list of all blocks: enough to read the block and to continue after it."""

    blocked_at: int
    lane: str
    ref: str

    @property
    def scope(self) -> str:
        """Return the scope of the block."""
        return self.lane.rpartition("#")[0]

    @property
    def key(self) -> Key:
        """Return the block's key, for a batch read."""
        return Key(BlockRow, self.ref, self.scope)


def keys(refs: list[str], project_id: str) -> list[Key]:
    """Return the keys of all possible blocks of these contacts, for the project and for all projects."""
    return [Key(BlockRow, ref, scope) for ref in refs for scope in (project_id, ALL_PROJECTS)]


def from_batch(refs: list[str], project_id: str, batch_rows: BatchRows) -> list[Block]:
    """Return the live blocks of these contacts that a batch read found (PRI-15)."""
    block_rows = (
        batch_rows.get(BlockRow, ref, scope) for ref in refs for scope in (project_id, ALL_PROJECTS)
    )
    return [_block(row) for row in block_rows if row is not None]


def key(ref: str, scope: str) -> Key:
    """Return the key of one block, for a batch read."""
    return Key(BlockRow, ref, scope)


def one_from_batch(ref: str, scope: str, batch_rows: BatchRows) -> Block | None:
    """Return the live block of one ref and scope that a batch read found, or None (PRI-15)."""
    row = batch_rows.get(BlockRow, ref, scope)
    return None if row is None else _block(row)


def require_absent(refs: list[str], project_id: str, now: int) -> list[Check]:
    """Return the conditions that none of these contacts is blocked, for a write that lets them in (PRI-17)."""
    return [
        Check(BlockRow(ref, scope), rows.absent_or_expired(BlockRow, now))
        for ref in refs
        for scope in (project_id, ALL_PROJECTS)
    ]


def get(ref: str, scope: str, now: int) -> Block | None:
    """Return one live block, or None (strongly consistent, PRI-17)."""
    row = rows.get(BlockRow, ref, scope, now)
    return None if row is None else _block(row)


def list_of(ref: str) -> list[Block]:
    """Return every block of a contact in any scope, ended or not; for a forget, which masks them (PRI-8a)."""
    return [_block(row) for row in rows.get_including_expired(BlockRow, ref)]


def delete_ended(block: Block, now: int) -> Delete:
    """Return the write that deletes an ended block before TTL does, if it is absent or still ended."""
    return Delete(BlockRow(block.ref, block.scope), rows.absent_or_expired(BlockRow, now))


def put(block: Block, now: int) -> Put:
    """Return the write of a block over its live version. An ended block counts as absent (data-model.md, Blocks)."""
    row = BlockRow(
        block.ref,
        block.scope,
        scope_shard=f"{block.scope}#{_shard(block.ref):02d}",
        blocked_at=block.blocked_at,
        expires_at=expires_at(block.until, now),
        by_kind=block.by_kind,
        by_id=block.by_id,
        masked=block.masked,
        number=block.number,
        reason=block.reason,
        version=block.version,
        by_line=block.by_line,
    )
    if block.version == 1:
        return Put(row, rows.absent_or_expired(BlockRow, now))
    return Put(row, _unchanged(block.version - 1, block.blocked_at, now))


def put_many(new_blocks: Sequence[Block]) -> None:
    """Write many blocks without an end, which were absent a moment ago, at once and without a condition.

    This is safe: a block that another request made meanwhile ends no later and starts no earlier. So no block is ever
    shortened (PRI-12). Use `put` for a block with an end.
    """
    if any(block.until is not None for block in new_blocks):
        raise ValueError("a block with an end needs a conditional write: use put")
    batch.put_many(BlockRow, [_raw(block) for block in new_blocks])


def delete(block: Block, now: int) -> Delete:
    """Return the write that deletes exactly this version of a block (PRI-14)."""
    return Delete(BlockRow(block.ref, block.scope), _unchanged(block.version, block.blocked_at, now))


def list_places(scopes: Iterable[str], after: BlockPlace | None) -> Iterator[BlockPlace]:
    """Yield the index entries of these scopes, newest first, starting after a place. They include ended blocks.

    The sixteen lanes of each scope are merged as they are read. Blocks of the same second are in the order of their
    lanes, so that one place is a position in every lane.
    """
    lanes = sorted(f"{scope}#{shard:02d}" for scope in set(scopes) for shard in range(_SHARDS))
    return heapq.merge(*(_lane(lane, after) for lane in lanes), key=lambda place: -place.blocked_at)


def _lane(lane: str, after: BlockPlace | None) -> Iterator[BlockPlace]:
    key, between = _start(lane, after)
    while True:
        page = rows.page(
            BlockRow,
            lane,
            limit=_AT_ONCE,
            after=key,
            index="by_scope",
            between=between,
            newest_first=True,
        )
        for item in page.items:
            yield BlockPlace(int(item["blocked_at"]["N"]), lane, item["ref"]["S"])
        key = page.next
        if key is None:
            return


def _start(lane: str, after: BlockPlace | None) -> tuple[LastKey | None, Condition | None]:
    if after is None:
        return None, None
    if lane != after.lane:
        at = BlockRow.blocked_at
        return None, at < after.blocked_at if lane < after.lane else at <= after.blocked_at
    key = {
        "ref": {"S": after.ref},
        "scope": {"S": after.scope},
        "scope_shard": {"S": lane},
        "blocked_at": {"N": str(after.blocked_at)},
    }
    return key, None


def _raw(block: Block) -> dict[str, dict[str, str]]:
    item = {
        "ref": {"S": block.ref},
        "scope": {"S": block.scope},
        "scope_shard": {"S": f"{block.scope}#{_shard(block.ref):02d}"},
        "blocked_at": {"N": str(block.blocked_at)},
        "by_kind": {"S": block.by_kind},
        "by_id": {"S": block.by_id},
        "masked": {"S": block.masked},
        "version": {"N": str(block.version)},
    }
    if block.number is not None:
        item["number"] = {"S": block.number}
    if block.reason is not None:
        item["reason"] = {"S": block.reason}
    if block.by_line is not None:
        item["by_line"] = {"N": str(block.by_line)}
    return item


def _unchanged(version: int, blocked_at: int, now: int) -> Condition:
    live = BlockRow.expires_at.does_not_exist() | (BlockRow.expires_at > now)
    condition: Condition = (BlockRow.version == version) & (BlockRow.blocked_at == blocked_at) & live
    return condition


def _shard(ref: str) -> int:
    return int(hashlib.sha256(ref.encode()).hexdigest()[:8], 16) % _SHARDS


def _block(row: BlockRow) -> Block:
    return Block(
        ref=row.ref,
        scope=row.scope,
        blocked_at=int(row.blocked_at),
        until=None if row.expires_at is None else int(row.expires_at),
        by_kind=row.by_kind,
        by_id=row.by_id,
        masked=row.masked,
        number=row.number,
        reason=row.reason,
        version=int(row.version),
        by_line=None if row.by_line is None else int(row.by_line),
    )
