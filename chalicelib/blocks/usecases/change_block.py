"""Sets, moves or removes the end of a block (PRI-13)."""

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import (
    BlockResult,
    block_entry,
    end_change,
    require_end,
    require_scope,
    with_end,
)
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_ids import public_id
from chalicelib.blocks.usecases.block_users import with_user
from chalicelib.blocks.usecases.read_block import load_block
from chalicelib.core.access import Actor
from chalicelib.core.errors import Conflict
from chalicelib.core.times import Moment, ends_at
from chalicelib.ledger import store as ledger
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.organisation.usecases.cached_zone import cached_zone


def change_block(
    actor: Actor, block_id: str, version: int, end: Moment | None, request_id: str, now: int
) -> BlockResult:
    """Change or remove the end of a block, with a ledger entry in the same transaction (PRI-13, PRI-27).

    A day as the end is included, in the zone of the block's scope.
    Raise NotFound for a block the actor may not see, Forbidden for a block for all projects unless the actor is an
    admin, Invalid for an end in the past or too far ahead, Conflict `version_conflict` after a concurrent change.
    """
    earlier = load_block(actor, block_id, now)
    block_id = public_id(earlier)
    require_scope(actor, earlier.scope)
    until = None if end is None else ends_at(end, cached_zone(earlier.scope, now))
    require_end(until, now)
    if earlier.version != version:
        raise _version_conflict(earlier.version)
    block = with_end(earlier, until)
    if block is not earlier:
        changes = {"fields": (end_change(earlier, block),), "detail": {"scope": block.scope}}
        entry = block_entry(actor, block_id, block.version, "block_changed", now, request_id, **changes)
        try:
            writes = [
                blocks.put(block, now),
                *blocks.put_pointers(block, now),
                ledger.insert(entry, cached_organisation(now)),
            ]
            batch.write(writes, batch.token_of(entry.id, until))
        except batch.Cancelled as error:
            raise _version_conflict() from error
    return BlockResult(block_id, with_user(block, now), created=False)


def _version_conflict(current: int | None = None) -> Conflict:
    known = "" if current is None else f" The version is now {current}."
    return Conflict(f"Someone else changed this: read it again.{known}", "version_conflict")
