"""A contact may come in and be called again (PRI-14)."""

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.blocks import store as blocks
from chalicelib.blocks.domain import entry_of, require_scope
from chalicelib.blocks.usecases.read_block import load
from chalicelib.core.access import Actor
from chalicelib.ledger import store as ledger
from chalicelib.organisation.usecases.cached_organisation import cached_organisation

_TRIES = 4


def unblock_contact(actor: Actor, block_id: str, request_id: str, now: int) -> None:
    """Take a block away at once, number and all; its history stays in the record without the number (PRI-14).

    Raises NotFound for a block that is not there (any more) or that the actor may not see, Forbidden for one for
    all projects unless an admin asks.
    """

    def attempt(_: int) -> None:
        block = load(actor, block_id, now)
        require_scope(actor, block.scope)
        detail = {"scope": block.scope}
        entry = entry_of(actor, block_id, block.version + 1, "unblocked", now, request_id, detail=detail)
        writes: list[batch.Write] = [
            blocks.delete(block, now),
            ledger.insert(entry, cached_organisation(now)),
        ]
        batch.write(writes, batch.token_of(entry.id))

    retrying(attempt, tries=_TRIES, message="Others are changing the same block; nothing was decided.")
