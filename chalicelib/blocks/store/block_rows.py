"""The rows of the Do Not Call list (table `blocks`)."""

import hashlib
import json
from typing import ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.aws.dynamodb.rows import MetaDefaults, Row
from chalicelib.blocks.domain import Block
from chalicelib.core.retention import expires_at

SHARDS = 16


class ByScope(GlobalSecondaryIndex["BlockRow"]):
    """Blocks of a scope by the instant they were made, in sixteen shards."""

    class Meta:
        """Index settings."""

        index_name = "by_scope"
        projection = KeysOnlyProjection()  # type: ignore[no-untyped-call]

    scope_shard = UnicodeAttribute(hash_key=True)
    blocked_at = NumberAttribute(range_key=True)


class BlockRow(Row):
    """One block of one contact, for one project or for all projects; or a pointer to a block that was re-keyed."""

    TABLE: ClassVar[str] = "blocks"

    class Meta(MetaDefaults):
        """Table settings."""

    ref = UnicodeAttribute(hash_key=True)
    scope = UnicodeAttribute(range_key=True)
    scope_shard = UnicodeAttribute(null=True)
    blocked_at = NumberAttribute()
    expires_at = NumberAttribute(null=True)
    by_kind = UnicodeAttribute()
    by_id = UnicodeAttribute()
    masked = UnicodeAttribute()
    number = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    version = NumberAttribute()
    by_user = UnicodeAttribute(null=True)
    by_line = NumberAttribute(null=True)
    form = NumberAttribute(null=True)
    first_ref = UnicodeAttribute(null=True)
    former_refs = UnicodeAttribute(null=True)
    moved_to = UnicodeAttribute(null=True)
    by_scope = ByScope()


def row_of(block: Block, now: int) -> BlockRow:
    return BlockRow(
        block.ref,
        block.scope,
        scope_shard=_lane_of(block),
        blocked_at=block.blocked_at,
        expires_at=expires_at(block.until, now),
        by_kind=block.by_kind,
        by_id=block.by_id,
        masked=block.masked,
        number=block.number,
        reason=block.reason,
        version=block.version,
        by_user=block.by_user,
        by_line=block.by_line,
        form=block.form if block.form > 1 else None,
        first_ref=block.first_ref,
        former_refs=json.dumps(block.former_refs) if block.former_refs else None,
    )


def raw_of(block: Block) -> dict[str, dict[str, str]]:
    item = {
        "ref": {"S": block.ref},
        "scope": {"S": block.scope},
        "scope_shard": {"S": _lane_of(block)},
        "blocked_at": {"N": str(block.blocked_at)},
        "by_kind": {"S": block.by_kind},
        "by_id": {"S": block.by_id},
        "masked": {"S": block.masked},
        "version": {"N": str(block.version)},
    }
    if block.until is not None:
        item["expires_at"] = {"N": str(block.until)}
    if block.number is not None:
        item["number"] = {"S": block.number}
    if block.reason is not None:
        item["reason"] = {"S": block.reason}
    if block.by_user is not None:
        item["by_user"] = {"S": block.by_user}
    if block.by_line is not None:
        item["by_line"] = {"N": str(block.by_line)}
    if block.form > 1:
        item["form"] = {"N": str(block.form)}
    if block.former_refs:
        item["former_refs"] = {"S": json.dumps(block.former_refs)}
    return item


def raw_pointer_of(ref: str, block: Block) -> dict[str, dict[str, str]]:
    """Return the raw row of a pointer to a block, which ends with it."""
    names = ("scope", "blocked_at", "by_kind", "by_id", "masked", "version", "expires_at")
    raw = raw_of(block)
    return {name: raw[name] for name in names if name in raw} | {
        "ref": {"S": ref},
        "moved_to": {"S": block.ref},
    }


def pointer_of(ref: str, block: Block, now: int) -> BlockRow:
    return BlockRow(
        ref,
        block.scope,
        blocked_at=block.blocked_at,
        expires_at=expires_at(block.until, now),
        by_kind=block.by_kind,
        by_id=block.by_id,
        masked=block.masked,
        version=block.version,
        moved_to=block.ref,
    )


def _lane_of(block: Block) -> str:
    return f"{block.scope}#{_shard(block.ref):02d}"


def _shard(ref: str) -> int:
    return int(hashlib.sha256(ref.encode()).hexdigest()[:8], 16) % SHARDS


def block_of(row: BlockRow) -> Block:
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
        by_user=row.by_user,
        by_line=None if row.by_line is None else int(row.by_line),
        form=int(row.form or 1),
        first_ref=row.first_ref,
        former_refs=tuple(json.loads(row.former_refs or "[]")),
        moved_to=row.moved_to,
    )
