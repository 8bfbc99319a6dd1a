"""Blocks the contacts of a forgotten person, without their numbers (PRI-10)."""

from collections.abc import Sequence

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.blocks.domain import Block, block_entry
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_ids import public_id
from chalicelib.blocks.usecases.upsert_block import BlockEntry, upsert_block
from chalicelib.core.access import SYSTEM, Actor
from chalicelib.ledger import store as ledger
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.privacy.domain import forgetting
from chalicelib.privacy.domain.forgetting import ContactRef

_TRIES = 8


def suppress_contacts(actor: Actor, contacts: Sequence[ContactRef], request_id: str, now: int) -> None:
    """Block each contact for good in the actor's scopes that read it so. An existing block loses end and number.

    Blocks of other scopes lose their number as well; their ends stay (PRI-8a).

    Each block is one transaction with its ledger entry. A repeated call changes nothing. Call it before the erasure:
    after a crash a contact may be blocked too early, but none comes in. `request_id` is the digest of the confirmation,
    or the row's own id.
    """
    for contact in contacts:
        scopes = contact.scopes_for(actor)
        for scope in scopes:
            _suppress(actor, contact, scope, request_id, now)
        for block in (block for ref in contact.refs.in_turn for block in blocks.list_of(ref)):
            if block.number is not None and block.scope not in scopes:
                _mask(block, request_id, now)


def _mask(block: Block, request_id: str, now: int) -> None:
    """Remove the number from a block of another scope, or the block if it has ended.

    The entry is the system's: it does not name who forgot, nor where (PRI-8a).
    """

    def attempt(_: int) -> None:
        earlier = blocks.get_moved(block.ref, block.scope, now)
        if earlier is None:
            batch.write_one(blocks.delete_ended(block, now))
        elif earlier.number is not None:
            _save_masked(forgetting.without_number(earlier), request_id, now)

    retrying(attempt, tries=_TRIES, message="Others are changing the same block: repeat the request.")


def _save_masked(block: Block, request_id: str, now: int) -> None:
    block_id = public_id(block)
    detail = {"scope": block.scope, "by": forgetting.BY_FORGET}
    entry = block_entry(
        SYSTEM, block_id, block.version, "block_changed", now, request_id, fields=(), detail=detail
    )
    batch.write(
        [
            blocks.put(block, now),
            *blocks.put_pointers(block, now),
            ledger.insert(entry, cached_organisation(now)),
        ],
        batch.token_of("mask", entry.id, now),
    )


def _suppress(actor: Actor, contact: ContactRef, scope: str, request_id: str, now: int) -> None:
    upsert_block(
        contact.refs,
        scope,
        lambda earlier: forgetting.suppressed(actor, earlier, contact, scope, now),
        BlockEntry(
            actor,
            request_id,
            token=lambda recorded, _: batch.token_of("keep_out", recorded.id, now),
            detail={"by": forgetting.BY_FORGET},
            shows_fields=False,
        ),
        now,
        tries=_TRIES,
        message="Others are changing the same block: repeat the request.",
    )
