"""Finds the user who put the file that made a block, for blocks that do not name the user themselves (PRI-29)."""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.blocks.domain import Block, BlockResult
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry

_STARTED = "import_started"


def start_of_import(block: Block, now: int) -> Entry | None:
    """Return the entry of the start of the import that made a block, or None."""
    if block.import_id is None:
        return None
    entries = ledger.list_subject(f"import/{block.import_id}", now)
    return next((entry for entry in entries if entry.action == _STARTED), None)


def with_user(block: Block, now: int) -> Block:
    """Return the block with the user who put its file; blocks of before lack the user."""
    if block.user_id is not None:
        return block
    started = start_of_import(block, now)
    return block if started is None else replace(block, by_user=started.user_id)


def with_users(results: Sequence[BlockResult], now: int) -> list[BlockResult]:
    """Return the blocks with the users who put their files. Each import is read once."""
    users: dict[str, str | None] = {}
    shown = []
    for result in results:
        block = result.block
        if block.user_id is None and block.import_id is not None:
            if block.import_id not in users:
                users[block.import_id] = with_user(block, now).by_user
            block = replace(block, by_user=users[block.import_id])
        shown.append(replace(result, block=block))
    return shown
