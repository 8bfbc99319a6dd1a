"""Reads one block with its history (PRI-13)."""

from chalicelib.blocks.domain import Block, BlockResult, require_visible_scope
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_ids import ids_of, public_id
from chalicelib.blocks.usecases.block_users import start_of_import, with_user
from chalicelib.core.access import Actor
from chalicelib.core.errors import NotFound
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry


def read_block(actor: Actor, block_id: str, now: int) -> tuple[BlockResult, list[Entry]]:
    """Return a block and its ledger entries, oldest first (PRI-13). Those of a file begin with the start of its import.

    Raise NotFound for an invalid id, a block that ended, or a project that is not the actor's (ACC-4).
    """
    block = load_block(actor, block_id, now)
    block_id = public_id(block)
    started = start_of_import(block, now)
    history = [*([] if started is None else [started]), *ledger.list_subject(f"block/{block_id}", now)]
    return BlockResult(block_id, with_user(block, now), created=False), history


def load_block(actor: Actor, block_id: str, now: int) -> Block:
    """Return the live block of an opaque id, also if it was re-keyed (PRI-12, PRI-15).

    Raise NotFound if the actor may not see it (ACC-4).
    """
    ref, scope = ids_of(block_id)
    require_visible_scope(actor, scope)
    block = blocks.get_moved(ref, scope, now)
    if block is None:
        raise NotFound("There is no such block.")
    return block
