"""Unblocks a contact, so that it may come in and be called again (PRI-14)."""

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.blocks.domain import block_entry, require_scope, unblocked_detail
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_ids import public_id
from chalicelib.blocks.usecases.block_users import with_user
from chalicelib.blocks.usecases.read_block import load_block
from chalicelib.core.access import Actor
from chalicelib.ledger import store as ledger
from chalicelib.organisation.usecases.cached_organisation import cached_organisation

_TRIES = 4


def unblock_contact(actor: Actor, block_id: str, request_id: str, now: int) -> None:
    """Delete a block at once, with its number. Its history stays in the ledger, without the number (PRI-14).

    The entry names who had blocked, and when.

    Raise NotFound for a block that does not exist or that the actor may not see. Raise Forbidden for a block for all
    projects unless the actor is an admin.
    """

    def attempt(_: int) -> None:
        block = load_block(actor, block_id, now)
        require_scope(actor, block.scope)
        detail = unblocked_detail(with_user(block, now))
        entry = block_entry(
            actor, public_id(block), block.version + 1, "unblocked", now, request_id, detail=detail
        )
        writes: list[batch.Write] = [
            blocks.delete(block, now),
            *blocks.delete_pointers(block),
            ledger.insert(entry, cached_organisation(now)),
        ]
        batch.write(writes, batch.token_of(entry.id))

    retrying(attempt, tries=_TRIES, message="Others are changing the same block: repeat the request.")
