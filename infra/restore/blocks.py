"""Blocks: the Do Not Call list as the ledger has it, which is without numbers (PRI-12 … PRI-14, PRI-31)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import Block
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_ids import ids_of
from chalicelib.core.retention import gone
from chalicelib.core.times import iso, parse_instant
from chalicelib.ledger.domain.entries import Entry
from chalicelib.privacy.domain.forgetting import BY_FORGET
from infra.restore.report import Report

UNKNOWN = "***"
_VERSION_DIGITS = 8
BlockEntries = Mapping[tuple[str, str], Sequence[Entry]]


def gather(entries: Iterable[Entry]) -> BlockEntries:
    """Group the ledger's entries by contact and scope, oldest first.

    A block's id is the encrypted key of its row; the signing key decrypts it.
    """
    found: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        kind, _, block_id = entry.subject.partition("/")
        if kind == "block":
            found[ids_of(block_id)].append(entry)
    return {key: sorted(group, key=lambda entry: entry.at_id) for key, group in found.items()}


def note_imports(started: Iterable[Entry], report: Report) -> None:
    """Report each file to import again: the ledger holds no entries of the single rows of an import."""
    for entry in started:
        detail = entry.detail or {}
        what = f"{iso(entry.at)} {detail['kind']} import of {detail['scope']}: import the file of {entry.subject} again"
        report.by_hand[what] += 1


def replay(changes: BlockEntries, now: int, report: Report) -> None:
    """Apply to the restored list what was done to the list since the point; repeatable."""
    for (ref, scope), entries in changes.items():
        before = blocks.get_moved(ref, scope, now)
        after = as_recorded(ref, scope, before, entries, now)
        if after == before:
            report.done["blocks already as recorded"] += 1
        else:
            _write(before, after, now)
            report.done[_what(before, after)] += 1


def verify(changes: BlockEntries, now: int, report: Report) -> None:
    """Count the blocks that are as the ledger says, and the numbers that a forget should have removed."""
    right = numbers = 0
    for (ref, scope), entries in changes.items():
        found = blocks.get_moved(ref, scope, now)
        right += found == as_recorded(ref, scope, found, entries, now)
        numbers += found is not None and found.by_kind == BY_FORGET and found.number is not None
    report.expect("blocks as the ledger says", right, len(changes))
    report.expect("numbers of forgotten contacts", numbers, 0)


def as_recorded(
    ref: str, scope: str, before: Block | None, entries: Sequence[Entry], now: int
) -> Block | None:
    """Return the block after these entries. It fails closed: a block without its number still blocks.

    Entries from before the present block began are already part of it.
    """
    block = before
    for entry in entries:
        if before is not None and entry.at < before.blocked_at:
            continue
        block = None if entry.action == "unblocked" else _after(entry, block, ref, scope)
    return None if block is None or gone(block.until, now) else block


def _write(before: Block | None, after: Block | None, now: int) -> None:
    """Write without a condition: nothing else writes a table the application does not use."""
    writes: list[batch.Put | batch.Delete] = []
    if after is not None:
        writes = [blocks.put(after, now), *blocks.put_pointers(after, now)]
    elif before is not None:
        writes = [blocks.delete(before, now), *blocks.delete_pointers(before)]
    for write in writes:
        batch.write_one(replace(write, condition=None))


def _after(entry: Entry, block: Block | None, ref: str, scope: str) -> Block:
    version, fields = int(entry.id[:_VERSION_DIGITS]), {field.name: field.after for field in entry.fields}
    base = block or Block(ref, scope, entry.at, None, entry.actor_kind, entry.actor_id, UNKNOWN)
    until = base.until
    if "until" in fields:
        until = None if fields["until"] is None else parse_instant(fields["until"])
    after = replace(base, until=until, reason=fields.get("reason", base.reason), version=version)
    if (entry.detail or {}).get("by") == BY_FORGET:
        return replace(after, until=None, number=None, by_kind=BY_FORGET)
    return after


def _what(before: Block | None, after: Block | None) -> str:
    if after is None:
        return "blocks removed again"
    if before is None:
        return "blocks added again, without their number"
    if before.number is not None and after.number is None:
        return "numbers removed again"
    return "blocks changed again"
