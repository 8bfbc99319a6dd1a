"""Finds the blocks of one contact, and what was done with those that were lifted (PRI-13, PRI-14)."""

from collections.abc import Iterable, Sequence
from itertools import chain, starmap
from typing import NamedTuple

from chalicelib.aws.side_by_side import result_of_each
from chalicelib.blocks.domain import BlockResult
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_ids import opaque_id, public_id
from chalicelib.blocks.usecases.block_users import with_users
from chalicelib.blocks.usecases.list_blocks import scopes_of
from chalicelib.core.access import ALL_PROJECTS, Actor
from chalicelib.core.contact_points import Refs
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Access, Entry
from chalicelib.ledger.usecases.record_search import record_search
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.organisation.usecases.contact_refs import normals_of, refs_of

_LATEST = 200


class FoundBlocks(NamedTuple):
    """The live blocks of a contact, newest first, and the entries of all its blocks, oldest first."""

    blocks: list[BlockResult]
    history: list[Entry]


def search_blocks(access: Access, kind: str, contact: str, now: int) -> list[BlockResult]:
    """Return the live blocks of a contact for the actor's projects and for all, newest first (PRI-13).

    A phone number is read as for a block: with each project's region, for all projects with the organisation's.
    The search is recorded before the answer (PRI-5). Raise Invalid if the contact cannot be read.
    """
    return _blocks(_places(access, kind, contact, now), now)


def search_with_history(access: Access, kind: str, contact: str, now: int) -> FoundBlocks:
    """Return what `search_blocks` returns, and the latest two hundred entries of the contact's blocks (PRI-14).

    They say who blocked and unblocked, and when, also of blocks that were lifted.
    """
    places = _places(access, kind, contact, now)
    blocks_found = _blocks(places, now)
    ids = [*(result.id for result in blocks_found), *starmap(opaque_id, places)]
    return FoundBlocks(blocks_found, _history(ids, now))


def _places(access: Access, kind: str, contact: str, now: int) -> list[tuple[str, str]]:
    """Return the refs and scopes under which the contact may be blocked, after the search was recorded."""
    refs_and_scopes = _refs_and_scopes(access.actor, kind, contact, now)
    record_search(access, sorted({refs.write for refs, _ in refs_and_scopes}), cached_organisation(now), now)
    return [(ref, scope) for refs, scope in refs_and_scopes for ref in refs.all]


def _blocks(places: Sequence[tuple[str, str]], now: int) -> list[BlockResult]:
    results = [BlockResult(public_id(block), block, created=False) for block in blocks.find_all(places, now)]
    results.sort(key=lambda result: (-result.block.blocked_at, result.block.scope))
    return with_users(results, now)


def _history(block_ids: Iterable[str], now: int) -> list[Entry]:
    """Return the latest entries of these blocks, oldest first. A lifted block has the id of its contact's ref."""
    subjects = sorted({f"block/{block_id}" for block_id in block_ids})
    found = result_of_each(lambda subject: ledger.list_newest(subject, _LATEST, now), subjects)
    return sorted(chain.from_iterable(found), key=lambda entry: entry.at_id)[-_LATEST:]


def _refs_and_scopes(actor: Actor, kind: str, contact: str, now: int) -> list[tuple[Refs, str]]:
    """Return the refs and scopes under which the contact may be blocked."""
    normals = normals_of(kind, contact, sorted({ALL_PROJECTS, *scopes_of(actor)}), now)
    refs = refs_of(kind, normals.values(), now)
    return [(refs[normal], scope) for scope, normal in normals.items()]
