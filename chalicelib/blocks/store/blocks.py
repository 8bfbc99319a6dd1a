"""The Do Not Call list (table `blocks`)."""

from collections.abc import Sequence
from dataclasses import replace

from pynamodb.expressions.condition import Condition

from chalicelib.aws.dynamodb import batch, rows
from chalicelib.aws.dynamodb.batch import BatchRows, Check, Delete, Key, Put
from chalicelib.blocks.domain import Block
from chalicelib.blocks.store import block_rows
from chalicelib.blocks.store.block_rows import block_of, pointer_of, row_of
from chalicelib.core.access import ALL_PROJECTS
from chalicelib.core.contact_points import Refs

_MOVES = 8
BlockRow = block_rows.BlockRow


def keys(refs: list[str], project_id: str) -> list[Key]:
    """Return the keys of all possible blocks of these contacts, for the project and for all projects."""
    return [Key(BlockRow, ref, scope) for ref in refs for scope in (project_id, ALL_PROJECTS)]


def from_batch(refs: list[str], project_id: str, batch_rows: BatchRows) -> list[Block]:
    """Return the live blocks of these contacts that a batch read found (PRI-15)."""
    found = [batch_rows.get(BlockRow, ref, scope) for ref in refs for scope in (project_id, ALL_PROJECTS)]
    return [block_of(row) for row in found if row is not None]


def key(ref: str, scope: str) -> Key:
    """Return the key of one block, for a batch read."""
    return Key(BlockRow, ref, scope)


def one_from_batch(ref: str, scope: str, batch_rows: BatchRows) -> Block | None:
    """Return the live block of one ref and scope that a batch read found, or None (PRI-15)."""
    row = batch_rows.get(BlockRow, ref, scope)
    return None if row is None else block_of(row)


def require_absent(refs: list[str], project_id: str, now: int) -> list[Check]:
    """Return the conditions that none of these contacts is blocked, for a write that lets them in (PRI-17)."""
    return [
        Check(BlockRow(ref, scope), rows.absent_or_expired(BlockRow, now))
        for ref in refs
        for scope in (project_id, ALL_PROJECTS)
    ]


def get(ref: str, scope: str, now: int) -> Block | None:
    """Return one live block or pointer, or None (strongly consistent, PRI-17)."""
    row = rows.get(BlockRow, ref, scope, now)
    return None if row is None else block_of(row)


def get_moved(ref: str, scope: str, now: int) -> Block | None:
    """Return the live block that stood under a ref, wherever it is now, or None."""
    block = get(ref, scope, now)
    for _ in range(_MOVES):
        if block is None or block.moved_to is None:
            return block
        block = get(block.moved_to, scope, now)
    return None


def find(refs: Refs, scope: str, now: int) -> Block | None:
    """Return the live block of a contact under any of its refs, the one of new rows first; or None."""
    if not refs.others:
        return get_moved(refs.write, scope, now)
    return next(iter(find_all([(ref, scope) for ref in refs.all], now)), None)


def find_all(places: Sequence[tuple[str, str]], now: int) -> list[Block]:
    """Return the live blocks of these refs and scopes, each once, in their order.

    A block that is re-keyed while it is read is under one of the two refs; then the pointer is followed.
    """
    found = batch.read_many([Key(BlockRow, ref, scope) for ref, scope in places], now)
    blocks: dict[tuple[str, str], Block] = {}
    for ref, scope in places:
        block = one_from_batch(ref, scope, found)
        if block is not None and block.moved_to is not None and (block.moved_to, scope) not in blocks:
            block = get_moved(ref, scope, now)
        if block is not None and block.moved_to is None:
            blocks.setdefault((block.ref, scope), block)
    return list(blocks.values())


def list_of(ref: str) -> list[Block]:
    """Return every block of a contact in any scope, ended or not; for a forget, which masks them (PRI-8a)."""
    return [block_of(row) for row in rows.get_including_expired(BlockRow, ref)]


def delete_ended(block: Block, now: int) -> Delete:
    """Return the write that deletes an ended block before TTL does, if it is absent or still ended."""
    return Delete(BlockRow(block.ref, block.scope), rows.absent_or_expired(BlockRow, now))


def put(block: Block, now: int) -> Put:
    """Return the write of a block over its live version. An ended block counts as absent (data-model.md, Blocks)."""
    row = row_of(block, now)
    if block.version == 1:
        return Put(row, rows.absent_or_expired(BlockRow, now))
    return Put(row, _unchanged(block.version - 1, block.blocked_at, now))


def move(earlier: Block, block: Block, standing: Block | None, now: int) -> list[Put]:
    """Return the writes that move exactly this version of a block to another ref, over what is there as read.

    A pointer takes its place in the same transaction, and every earlier pointer leads to the new ref.
    """
    if standing is None:
        condition = rows.absent_or_expired(BlockRow, now) | (BlockRow.moved_to == earlier.ref)
    else:
        condition = _unchanged(standing.version, standing.blocked_at, now)
    in_place = Put(pointer_of(earlier.ref, block, now), _unchanged(earlier.version, earlier.blocked_at, now))
    others = tuple(ref for ref in block.former_refs if ref != earlier.ref)
    return [
        Put(row_of(block, now), condition),
        in_place,
        *put_pointers(replace(block, former_refs=others), now),
    ]


def put_pointers(block: Block, now: int) -> list[Put]:
    """Return the writes of a block's pointers, which end with it. They never replace a live block.

    A pointer counts as a block of its contact wherever contacts come in. It has no number, and is not in the list.
    """
    condition = rows.absent_or_expired(BlockRow, now) | BlockRow.moved_to.exists()
    return [Put(pointer_of(ref, block, now), condition) for ref in block.former_refs]


def delete_pointers(block: Block) -> list[Delete]:
    """Return the writes that delete a block's pointers, with the block."""
    condition = BlockRow.ref.does_not_exist() | (BlockRow.moved_to == block.ref)
    return [Delete(BlockRow(ref, block.scope), condition) for ref in block.former_refs]


def delete(block: Block, now: int) -> Delete:
    """Return the write that deletes exactly this version of a block (PRI-14)."""
    return Delete(BlockRow(block.ref, block.scope), _unchanged(block.version, block.blocked_at, now))


def _unchanged(version: int, blocked_at: int, now: int) -> Condition:
    live = BlockRow.expires_at.does_not_exist() | (BlockRow.expires_at > now)
    same: Condition = (BlockRow.version == version) & (BlockRow.blocked_at == blocked_at)
    condition: Condition = same & live & BlockRow.moved_to.does_not_exist()
    return condition
