"""A forgotten contact is kept out, without its number (PRI-10)."""

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
    """Block each contact in each scope for good; a block that stands already loses its end and its number.

    Each is one transaction with its entry in the record; repeated, nothing changes. It comes before the erasure:
    a crash in between keeps somebody out too early, never lets somebody in. `request_id` is what the forget was
    confirmed by, or the row's own id.
    """
    for contact in contacts:
        for scope in scopes:
            _suppress(actor, contact, scope, request_id, now)


def _suppress(actor: Actor, contact: ContactRef, scope: str, request_id: str, now: int) -> None:
    upsert_block(
        contact.ref,
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
        message="Others are changing the same block; repeat the request.",
    )
