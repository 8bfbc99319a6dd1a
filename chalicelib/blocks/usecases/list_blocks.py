"""The Do Not Call list, newest first (PRI-13)."""

from collections.abc import Iterator
from itertools import islice
from typing import TypedDict

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import BlockResult, require_scope
from chalicelib.blocks.store import block_list, blocks
from chalicelib.blocks.store.block_list import BlockPlace
from chalicelib.blocks.usecases.block_ids import public_id
from chalicelib.blocks.usecases.block_users import with_users
from chalicelib.core.access import ALL_PROJECTS, Actor
from chalicelib.core.errors import NotFound
from chalicelib.core.paging import Page
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project

_AT_ONCE = 50
_MAX_READ = 500


class BlockPosition(TypedDict):
    """The last block that was read: its instant, its partition of the index, and its contact ref."""

    blocked_at: int
    lane: str
    ref: str


def list_blocks(
    actor: Actor, scope: str | None, limit: int, after: BlockPosition | None, now: int
) -> Page[BlockResult, BlockPosition]:
    """Return up to `limit` live blocks, newest first (PRI-13).

    Without a scope, return the blocks of every project of the actor; for an admin also the blocks for all projects.
    Each block that the index names is read from the table. A page reads a bounded number, so a short page may have a
    next page. Raise NotFound or Forbidden for a scope that is not the actor's.
    """
    start = None if after is None else BlockPlace(after["blocked_at"], after["lane"], after["ref"])
    places = block_list.list_places(_scopes(actor, scope, now), start)
    results: list[BlockResult] = []
    read, last = 0, None
    while read < _MAX_READ and len(results) < limit:
        chunk = list(islice(places, min(_AT_ONCE, limit - len(results))))
        if not chunk:
            return Page(with_users(results, now), None)
        results += _read(chunk, now)
        read, last = read + len(chunk), chunk[-1]
    if last is None or next(places, None) is None:
        return Page(with_users(results, now), None)
    return Page(with_users(results, now), {"blocked_at": last.blocked_at, "lane": last.lane, "ref": last.ref})


def scopes_of(actor: Actor) -> Iterator[str]:
    """Yield the scopes whose blocks the actor may list: its projects, or for an admin every project and `*` (ACC-4)."""
    if not actor.is_admin:
        yield from actor.project_ids
        return
    yield ALL_PROJECTS
    yield from (project.id for project in configuration.list_all(Project))


def _scopes(actor: Actor, scope: str | None, now: int) -> list[str]:
    if scope is None:
        return list(scopes_of(actor))
    require_scope(actor, scope)
    if scope != ALL_PROJECTS and configuration.cached(Project, scope, now) is None:
        raise NotFound("There is no such project.")
    return [scope]


def _read(places: list[BlockPlace], now: int) -> Iterator[BlockResult]:
    rows = batch.read([place.key for place in places], now)
    for place in places:
        block = blocks.one_from_batch(place.ref, place.scope, rows)
        if block is not None and block.moved_to is None and block.blocked_at == place.blocked_at:
            yield BlockResult(public_id(block), block, created=False)
