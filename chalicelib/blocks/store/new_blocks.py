"""Write the new blocks of a file (table `blocks`)."""

from collections.abc import Sequence

from chalicelib.aws.dynamodb import new_rows
from chalicelib.blocks.domain import Block
from chalicelib.blocks.store.block_rows import BlockRow, json_of, pointer_json_of

_NO_LIVE_BLOCK = "attribute_not_exists(blocked_at) OR expires_at <= :now"
_NO_LIVE_BLOCK_OR_POINTER = f"{_NO_LIVE_BLOCK} OR attribute_exists(moved_to)"


def put_new(new_blocks: Sequence[Block], intent: str, now: int) -> list[Block]:
    """Write many new blocks that were absent a moment ago, each with its pointers. Return those that were not written.

    A block that another request made meanwhile is never replaced: it may be one without its number (PRI-10). A write
    that fails leaves the others of its transaction unwritten, too. Write those by `put`, one by one. `intent` names the
    call: no two calls have the same.
    """
    groups = [
        [
            (json_of(block), _NO_LIVE_BLOCK),
            *((pointer_json_of(ref, block), _NO_LIVE_BLOCK_OR_POINTER) for ref in block.former_refs),
        ]
        for block in new_blocks
    ]
    left = new_rows.put_new(BlockRow, groups, {":now": {"N": str(now)}}, intent)
    return [new_blocks[number] for number in left]
