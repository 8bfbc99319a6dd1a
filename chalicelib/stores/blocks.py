"""The Do Not Call list (table `blocks`)."""

import hashlib
from typing import ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.domain.blocks import ALL_PROJECTS, Block
from chalicelib.domain.retention import expires_at
from chalicelib.stores import rows
from chalicelib.stores.batch import Check, Found, Key, Put
from chalicelib.stores.rows import MetaDefaults, Row

_SHARDS = 16


class ByScope(GlobalSecondaryIndex["BlockRow"]):
    """Blocks of a scope by when they were made, in sixteen shards."""

    class Meta:
        """Index settings."""

        index_name = "by_scope"
        projection = KeysOnlyProjection()  # type: ignore[no-untyped-call]

    scope_shard = UnicodeAttribute(hash_key=True)
    blocked_at = NumberAttribute(range_key=True)


class BlockRow(Row):
    """One block of one contact for one project or for all."""

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
    by_scope = ByScope()


def keys(refs: list[str], project_id: str) -> list[Key]:
    """Return the addresses at which a block of these contacts may stand, for the project and for all."""
    return [Key(BlockRow, ref, scope) for ref in refs for scope in (project_id, ALL_PROJECTS)]


def found(refs: list[str], project_id: str, among: Found) -> list[Block]:
    """Return the live blocks of these contacts that a batch read found (PRI-15)."""
    rows_found = (among.get(BlockRow, ref, scope) for ref in refs for scope in (project_id, ALL_PROJECTS))
    return [_block(row) for row in rows_found if row is not None]


def absent(refs: list[str], project_id: str, now: int) -> list[Check]:
    """Return the conditions that none of these contacts is blocked, for a write that lets them in (PRI-17)."""
    return [
        Check(BlockRow(ref, scope), BlockRow.ref.does_not_exist() | (BlockRow.expires_at <= now))
        for ref in refs
        for scope in (project_id, ALL_PROJECTS)
    ]


def get(ref: str, scope: str, now: int) -> Block | None:
    """Return one live block, or None; strongly consistent (PRI-17)."""
    row = rows.get(BlockRow, ref, scope, now)
    return None if row is None else _block(row)


def saved(block: Block, now: int) -> Put:
    """Return the write of a block over the live version before it; an ended one counts as absent (data.md)."""
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
    )
    if block.version == 1:
        return Put(row, BlockRow.ref.does_not_exist() | (BlockRow.expires_at <= now))
    live = BlockRow.expires_at.does_not_exist() | (BlockRow.expires_at > now)
    return Put(row, (BlockRow.version == block.version - 1) & live)


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
    )
