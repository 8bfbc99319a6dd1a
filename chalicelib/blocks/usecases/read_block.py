"""One block, with all that happened to it (PRI-13)."""

from chalicelib.blocks import store as blocks
from chalicelib.blocks.domain import Block, BlockResult, require_visible_scope
from chalicelib.blocks.usecases.block_ids import ids_of
from chalicelib.core.access import Actor
from chalicelib.core.errors import NotFound
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry


def read_block(actor: Actor, block_id: str, now: int) -> tuple[BlockResult, list[Entry]]:
    """Return a block and the entries of its record, oldest first (PRI-13).

    Raises NotFound for an id that is none, a block that ended, and one of a project the actor is not in (ACC-4).
    """
    block = load(actor, block_id, now)
    return BlockResult(block_id, block, created=False), ledger.list_subject(f"block/{block_id}", now)


def load(actor: Actor, block_id: str, now: int) -> Block:
    """Return the live block of an opaque id for those who may see it; NotFound otherwise (ACC-4, PRI-15)."""
    ref, scope = ids_of(block_id)
    require_visible_scope(actor, scope)
    block = blocks.get(ref, scope, now)
    if block is None:
        raise NotFound("There is no such block.")
    return block
