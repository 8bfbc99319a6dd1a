"""A contact may come in and be called again (PRI-14)."""

from chalicelib import clock
from chalicelib.domain.access import Actor
from chalicelib.domain.blocks import entry_of, require_scope
from chalicelib.domain.errors import Unavailable
from chalicelib.stores import batch, blocks
from chalicelib.stores import ledger as record
from chalicelib.usecases.organisation import cached_organisation
from chalicelib.usecases.read_block import load

_TRIES = 4


def unblock_contact(block_id: str, actor: Actor, request_id: str, now: int) -> None:
    """Take a block away at once, number and all; its history stays in the record without the number (PRI-14).

    Raises NotFound for a block that is not there (any more) or that the actor may not see, Forbidden for one for
    all projects unless an admin asks.
    """
    for attempt in range(_TRIES):
        if attempt:
            clock.backoff(attempt)
        block = load(block_id, actor, now)
        require_scope(actor, block.scope)
        detail = {"scope": block.scope}
        entry = entry_of(block_id, block.version + 1, "unblocked", actor, now, request_id, detail=detail)
        writes: list[batch.Write] = [
            blocks.delete(block, now),
            record.insert(entry, cached_organisation(now)),
        ]
        try:
            batch.write(writes, batch.token_of(entry.id))
        except batch.Cancelled:
            continue
        return
    raise Unavailable("Others are changing the same block; nothing was decided.")
