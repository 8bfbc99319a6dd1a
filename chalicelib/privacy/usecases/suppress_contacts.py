"""A forgotten contact is kept out, without its number (PRI-10)."""

from collections.abc import Sequence

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.blocks import store as blocks
from chalicelib.blocks.domain import Block, entry_of
from chalicelib.blocks.usecases.block_contact import opaque_id
from chalicelib.core.access import Actor
from chalicelib.ledger import store as ledger
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.privacy.domain import forgetting
from chalicelib.privacy.domain.forgetting import ContactRef

_TRIES = 8


def suppress_contacts(
    actor: Actor, contacts: Sequence[ContactRef], scopes: Sequence[str], request_id: str, now: int
) -> None:
    """Block each contact in each scope for good; a block that stands already loses its end and its number.

    Each is one transaction with its entry in the record; repeated, nothing changes. It comes before the erasure:
    a crash in between keeps somebody out too early, never lets somebody in. `deed` is what the forget was confirmed
    by, or the row's own id: it tells this deed from an equal one of the same second, with an unblocking between.
    """
    for contact in contacts:
        for scope in scopes:
            _suppress(actor, contact, scope, request_id, now)


def _suppress(actor: Actor, contact: ContactRef, scope: str, request_id: str, now: int) -> None:

    def attempt(_: int) -> None:
        earlier = blocks.get(contact.ref, scope, now)
        block = forgetting.suppressed(actor, earlier, contact, scope, now)
        if block is not None:
            _save(actor, block, "blocked" if earlier is None else "block_changed", request_id, now)

    retrying(attempt, tries=_TRIES, message="Others are changing the same block; repeat the request.")


def _save(actor: Actor, block: Block, action: str, request_id: str, now: int) -> None:
    block_id = opaque_id(block.ref, block.scope)
    detail = {"scope": block.scope, "by": forgetting.BY_FORGET}
    entry = entry_of(actor, block_id, block.version, action, now, request_id, detail=detail)
    writes = [blocks.put(block, now), ledger.insert(entry, cached_organisation(now))]
    batch.write(writes, batch.token_of("keep_out", entry.id, now))
