"""The index of blocks by scope, newest first (PRI-13)."""

import heapq
from collections.abc import Iterable, Iterator

from pynamodb.expressions.condition import Condition

from chalicelib.aws.dynamodb import rows
from chalicelib.aws.dynamodb.batch import Key
from chalicelib.blocks.store.block_rows import SHARDS, BlockRow
from chalicelib.core.paging import LastKey, Page
from chalicelib.core.quick_dataclass import dataclass

_AT_ONCE = 50


@dataclass(frozen=True)
class BlockPlace:
    """The position of a block in the list of all blocks: enough to read the block and to continue after it."""

    blocked_at: int
    lane: str
    ref: str

    @property
    def scope(self) -> str:
        """Return the scope of the block."""
        return self.lane.rpartition("#")[0]

    @property
    def key(self) -> Key:
        """Return the block's key, for a batch read."""
        return Key(BlockRow, self.ref, self.scope)


def scan_page(limit: int, after: LastKey | None) -> Page[tuple[str, str]]:
    """Return refs and scopes of the next `limit` rows of the whole table, ended or not, for a migration of contacts."""
    page = rows.scan_page(BlockRow, limit=limit, after=after)
    return Page([(item["ref"]["S"], item["scope"]["S"]) for item in page.items], page.next)


def list_places(scopes: Iterable[str], after: BlockPlace | None) -> Iterator[BlockPlace]:
    """Yield the index entries of these scopes, newest first, starting after a place. They include ended blocks.

    The sixteen lanes of each scope are merged as they are read. Blocks of the same second are in the order of their
    lanes, so that one place is a position in every lane.
    """
    lanes = sorted(f"{scope}#{shard:02d}" for scope in set(scopes) for shard in range(SHARDS))
    return heapq.merge(*(_lane(lane, after) for lane in lanes), key=lambda place: -place.blocked_at)


def _lane(lane: str, after: BlockPlace | None) -> Iterator[BlockPlace]:
    key, between = _start(lane, after)
    while True:
        page = rows.page(
            BlockRow,
            lane,
            limit=_AT_ONCE,
            after=key,
            index="by_scope",
            between=between,
            newest_first=True,
        )
        for item in page.items:
            yield BlockPlace(int(item["blocked_at"]["N"]), lane, item["ref"]["S"])
        key = page.next
        if key is None:
            return


def _start(lane: str, after: BlockPlace | None) -> tuple[LastKey | None, Condition | None]:
    if after is None:
        return None, None
    if lane != after.lane:
        at = BlockRow.blocked_at
        return None, at < after.blocked_at if lane < after.lane else at <= after.blocked_at
    key = {
        "ref": {"S": after.ref},
        "scope": {"S": after.scope},
        "scope_shard": {"S": lane},
        "blocked_at": {"N": str(after.blocked_at)},
    }
    return key, None
