"""Finds the blocks of one contact (PRI-13)."""

from chalicelib.blocks.domain import BlockResult
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_ids import public_id
from chalicelib.blocks.usecases.list_blocks import scopes_of
from chalicelib.core.access import ALL_PROJECTS, Actor
from chalicelib.core.contact_points import Refs
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
    record_search(access, sorted({refs.write for refs, _ in refs_and_scopes}), cached_organisation(now), now)
    places = [(ref, scope) for refs, scope in refs_and_scopes for ref in refs.all]
    results = [BlockResult(public_id(block), block, created=False) for block in blocks.find_all(places, now)]
    return sorted(results, key=lambda result: (-result.block.blocked_at, result.block.scope))


def _refs_and_scopes(actor: Actor, kind: str, contact: str, now: int) -> list[tuple[Refs, str]]:
    """Return the refs and scopes under which the contact may be blocked."""
    normals = normals_of(kind, contact, sorted({ALL_PROJECTS, *scopes_of(actor)}), now)
    refs = refs_of(kind, normals.values(), now)
    return [(refs[normal], scope) for scope, normal in normals.items()]
