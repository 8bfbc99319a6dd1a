"""Creates or updates one block, with its entry in the ledger (PRI-12, PRI-27)."""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, NamedTuple

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.blocks.domain import Block, block_entry, end_change
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_ids import public_id
from chalicelib.core.access import Actor
from chalicelib.core.contact_points import Refs
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry, FieldChange
from chalicelib.organisation.usecases.cached_organisation import cached_organisation


@dataclass(frozen=True)
class BlockEntry:
    """How the ledger records the write of a block.

    `request_id` is the request's or the row's own id. It distinguishes this write from an equal one of the same
    second, with an unblocking between the two. `token` derives the transaction's token. `detail` is added to the
    scope. `shows_fields` says whether the end and the reason are shown, `records_new` whether a new block is recorded.
    """

    actor: Actor
    request_id: str
    token: Callable[[Entry, Block], str]
    detail: Mapping[str, Any] = field(default_factory=dict)
    shows_fields: bool = True
    records_new: bool = True


class UpsertedBlock(NamedTuple):
    """The block after the call, and whether the call created it."""

    block: Block
    created: bool


def upsert_block(
    refs: Refs,
    scope: str,
    change: Callable[[Block | None], Block],
    entry: BlockEntry,
    now: int,
    *,
    tries: int,
    message: str,
) -> UpsertedBlock:
    """Write the block that `change` returns, with its ledger entry and its pointers, in one transaction.

    A block under another ref of its contact is changed there; a new one belongs under `refs.write`.

    `change` gets the live block, or None. It returns the new block, or the same object if nothing is to change. It is
    called again after a concurrent write. Raise Unavailable(`message`) after the last try.

    Example: block a contact for good.

        upsert_block(refs, scope, lambda earlier: blocked_again(earlier, None) if earlier else new, entry, now,
                     tries=4, message="Others are changing the same block: repeat the request.")
    """

    def attempt(_: int) -> UpsertedBlock:
        earlier = blocks.find(refs, scope, now)
        block = change(earlier)
        if block is not earlier:
            _save(block, earlier, entry, now)
        return UpsertedBlock(block, created=earlier is None)

    return retrying(attempt, tries=tries, message=message)


def _save(block: Block, earlier: Block | None, entry: BlockEntry, now: int) -> None:
    put, pointers = blocks.put(block, now), blocks.put_pointers(block, now)
    if earlier is None and not entry.records_new:
        if not pointers:
            batch.write_one(put)
            return
        token = batch.token_of("new_block", block.ref, block.scope, entry.request_id, now)
        batch.write([put, *pointers], token)
        return
    recorded = _entry(block, earlier, entry, now)
    writes: list[batch.Write] = [put, *pointers, ledger.insert(recorded, cached_organisation(now))]
    batch.write(writes, entry.token(recorded, block))


def _entry(block: Block, earlier: Block | None, entry: BlockEntry, now: int) -> Entry:
    action = "blocked" if earlier is None else "block_changed"
    reason = (FieldChange("reason", None, block.reason),) if earlier is None and block.reason else ()
    fields = (end_change(earlier, block), *reason) if entry.shows_fields else ()
    detail = {"scope": block.scope, **entry.detail}
    block_id = public_id(block)
    return block_entry(
        entry.actor, block_id, block.version, action, now, entry.request_id, fields=fields, detail=detail
    )
