"""The end of a block is set, moved or taken away (PRI-13)."""

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks import store as blocks
from chalicelib.blocks.domain import BlockResult, end_change, entry_of, require_end, require_scope, with_end
from chalicelib.blocks.usecases.read_block import load
from chalicelib.core.access import Actor
from chalicelib.core.errors import Conflict
from chalicelib.ledger import store as ledger
from chalicelib.organisation.usecases.cached_organisation import cached_organisation


def change_block(
    actor: Actor, block_id: str, version: int, until: int | None, request_id: str, now: int
) -> BlockResult:
    """Give a block another end, or none, and record it in the same transaction (PRI-13, PRI-27).

    Raises NotFound for a block the actor may not see, Forbidden for one for all projects unless an admin asks,
    Invalid for an end that is past or too far, Conflict `version_conflict` if another changed it in between.
    """
    earlier = load(actor, block_id, now)
    require_scope(actor, earlier.scope)
    require_end(until, now)
    if earlier.version != version:
        raise _overtaken()
    block = with_end(earlier, until)
    if block is not earlier:
        told = {"fields": (end_change(earlier, block),), "detail": {"scope": block.scope}}
        entry = entry_of(actor, block_id, block.version, "block_changed", now, request_id, **told)
        try:
            writes = [blocks.put(block, now), ledger.insert(entry, cached_organisation(now))]
            batch.write(writes, batch.token_of(entry.id, until))
        except batch.Cancelled as error:
            raise _overtaken() from error
    return BlockResult(block_id, block, created=False)


def _overtaken() -> Conflict:
    return Conflict("Someone else changed this: read it again.", "version_conflict")
