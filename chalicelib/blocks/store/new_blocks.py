"""Write the new blocks of a file (table `blocks`)."""

import json
from collections.abc import Sequence

from chalicelib.aws.dynamodb import new_rows
from chalicelib.blocks.domain import Block
from chalicelib.blocks.store.blocks import BlockRow, lane_of

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
            (_raw(block), _NO_LIVE_BLOCK),
            *((_raw_pointer(ref, block), _NO_LIVE_BLOCK_OR_POINTER) for ref in block.former_refs),
        ]
        for block in new_blocks
    ]
    left = new_rows.put_new(BlockRow, groups, {":now": {"N": str(now)}}, intent)
    return [new_blocks[number] for number in left]


def _raw(block: Block) -> dict[str, dict[str, str]]:
    item = {
        "ref": {"S": block.ref},
        "scope": {"S": block.scope},
        "scope_shard": {"S": lane_of(block)},
        "blocked_at": {"N": str(block.blocked_at)},
        "by_kind": {"S": block.by_kind},
        "by_id": {"S": block.by_id},
        "masked": {"S": block.masked},
        "version": {"N": str(block.version)},
    }
    if block.until is not None:
        item["expires_at"] = {"N": str(block.until)}
    if block.number is not None:
        item["number"] = {"S": block.number}
    if block.reason is not None:
        item["reason"] = {"S": block.reason}
    if block.by_line is not None:
        item["by_line"] = {"N": str(block.by_line)}
    if block.form > 1:
        item["form"] = {"N": str(block.form)}
    if block.former_refs:
        item["former_refs"] = {"S": json.dumps(block.former_refs)}
    return item


def _raw_pointer(ref: str, block: Block) -> dict[str, dict[str, str]]:
    names = ("scope", "blocked_at", "by_kind", "by_id", "masked", "version", "expires_at")
    raw = _raw(block)
    return {name: raw[name] for name in names if name in raw} | {
        "ref": {"S": ref},
        "moved_to": {"S": block.ref},
    }
