"""The Do Not Call list, newest first (PRI-13)."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks import store as blocks
from chalicelib.blocks.domain import BlockResult, require_scope
from chalicelib.blocks.store import BlockPlace
from chalicelib.blocks.usecases.block_ids import opaque_id
from chalicelib.core.access import ALL_PROJECTS, Actor
from chalicelib.core.errors import NotFound
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project

_AT_ONCE = 50
_LOOKED_AT = 500


def list_blocks(
    actor: Actor, scope: str | None, limit: int, after: dict[str, Any] | None, now: int
) -> tuple[list[BlockResult], dict[str, Any] | None]:
    """Return up to `limit` live blocks, newest first, and the position to go on from (PRI-13).

    Without a scope those of every project of the actor; for an admin those for all projects as well. The index
    only names blocks: each is read afresh. A page looks at a bounded number, so it may be short and have a next
    one. Raises NotFound or Forbidden for a scope that is not the actor's.
    """
    places = blocks.list_places(_scopes(actor, scope, now), None if after is None else BlockPlace(**after))
    seen: list[BlockResult] = []
    looked_at, last = 0, None
    while looked_at < _LOOKED_AT and len(seen) < limit:
        some = list(islice(places, min(_AT_ONCE, limit - len(seen))))
        if not some:
            return seen, None
        seen += _read(some, now)
        looked_at, last = looked_at + len(some), some[-1]
    return seen, asdict(last) if last and next(places, None) else None


def scopes_of(actor: Actor) -> Iterator[str]:
    """Yield the scopes whose blocks the actor may list: its projects; for an admin every project, and all (ACC-4)."""
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
    found = batch.read([place.key for place in places], now)
    for place in places:
        block = blocks.one_from_batch(place.ref, place.scope, found)
        if block is not None and block.blocked_at == place.blocked_at:
            yield BlockResult(opaque_id(block.ref, block.scope), block, created=False)
