"""Blocks the contacts of a forgotten person, without their numbers (PRI-10)."""

from collections.abc import Sequence

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.usecases.upsert_block import BlockEntry, upsert_block
from chalicelib.core.access import Actor
from chalicelib.privacy.domain import forgetting
from chalicelib.privacy.domain.forgetting import ContactRef

_TRIES = 8


def suppress_contacts(
    actor: Actor, contacts: Sequence[ContactRef], scopes: Sequence[str], request_id: str, now: int
) -> None:
    """Block each contact in each scope for good. An existing block loses its end and its number.

    Each block is one transaction with its ledger entry. A repeated call changes nothing. Call it before the erasure:
    after a crash a contact may be blocked too early, but none comes in. `request_id` is the digest of the confirmation,
    or the row's own id.
    """
    for contact in contacts:
        for scope in scopes:
            _suppress(actor, contact, scope, request_id, now)


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
