"""Finds the blocks of one contact (PRI-13)."""

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks import store as blocks
from chalicelib.blocks.domain import BlockResult
from chalicelib.blocks.usecases.block_ids import opaque_id
from chalicelib.blocks.usecases.list_blocks import scopes_of
from chalicelib.core.access import ALL_PROJECTS, Actor
from chalicelib.ledger.domain.entries import Access
from chalicelib.ledger.usecases.record_search import record_search
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.organisation.usecases.contact_refs import normals_of, refs_of


def search_blocks(access: Access, kind: str, contact: str, now: int) -> list[BlockResult]:
    """Return the live blocks of a contact for the actor's projects and for all, newest first (PRI-13).

    A phone number is read as for a block: with each project's region, for all projects with the organisation's.
    The search is recorded before the answer (PRI-5). Raise Invalid if the contact cannot be read.
    """
    refs_and_scopes = _refs_and_scopes(access.actor, kind, contact, now)
    record_search(access, sorted({ref for ref, _ in refs_and_scopes}), cached_organisation(now), now)
    rows = batch.read_many([blocks.key(ref, scope) for ref, scope in refs_and_scopes], now)
    live = (blocks.one_from_batch(ref, scope, rows) for ref, scope in refs_and_scopes)
    results = [
        BlockResult(opaque_id(block.ref, block.scope), block, created=False) for block in live if block
    ]
    return sorted(results, key=lambda result: (-result.block.blocked_at, result.block.scope))


def _refs_and_scopes(actor: Actor, kind: str, contact: str, now: int) -> list[tuple[str, str]]:
    """Return the refs and scopes under which the contact may be blocked."""
    normals = normals_of(kind, contact, sorted({ALL_PROJECTS, *scopes_of(actor)}), now)
    refs = {normal: ref for ref, normal in refs_of(kind, normals.values(), now).items()}
    return [(refs[normal], scope) for scope, normal in normals.items()]
