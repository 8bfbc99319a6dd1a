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
_text = json.encoder.encode_basestring_ascii


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


def json_of(block: Block) -> str:
    """Return the row of a block as JSON. It is written out: an encoder of any value takes much longer (B6)."""
    number, by_user = block.number, block.by_user
    return (
        f'{{"ref":{{"S":{_text(block.ref)}}},"scope_shard":{{"S":{_text(_lane_of(block))}}},{_shared_json(block)}'
        f"{'' if number is None else _named('number', number)}{'' if by_user is None else _named('by_user', by_user)}"
        f"{'' if block.by_line is None else _counted('by_line', block.by_line)}"
        f"{_rare_json(block) if block.reason is not None or block.form > 1 or block.former_refs else ''}}}"
    )


def pointer_json_of(ref: str, block: Block) -> str:
    """Return the row of a pointer to a block as JSON. It ends with the block."""
    return f'{{"ref":{{"S":{_text(ref)}}},{_shared_json(block)}{_named("moved_to", block.ref)}}}'


def _shared_json(block: Block) -> str:
    """Return what a block and its pointers share."""
    return (
        f'"scope":{{"S":{_text(block.scope)}}},"blocked_at":{{"N":"{block.blocked_at}"}},'
        f'"by_kind":{{"S":{_text(block.by_kind)}}},"by_id":{{"S":{_text(block.by_id)}}},'
        f'"masked":{{"S":{_text(block.masked)}}},"version":{{"N":"{block.version}"}}'
        f"{'' if block.until is None else _counted('expires_at', block.until)}"
    )


def _rare_json(block: Block) -> str:
    former_refs = json.dumps(block.former_refs) if block.former_refs else None
    return (
        f"{'' if block.reason is None else _named('reason', block.reason)}"
        f"{_counted('form', block.form) if block.form > 1 else ''}"
        f"{'' if former_refs is None else _named('former_refs', former_refs)}"
    )


def _named(name: str, value: str) -> str:
    return f',"{name}":{{"S":{_text(value)}}}'


def _counted(name: str, value: int) -> str:
    return f',"{name}":{{"N":"{value}"}}'


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
    return int.from_bytes(hashlib.sha256(ref.encode()).digest()[:4]) % SHARDS


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
