"""Blocks: the Do Not Call list as the record knows it, without a number it does not hold (PRI-12 … PRI-14, PRI-31)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks import store as blocks
from chalicelib.blocks.domain import Block
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
    """Sort the record's entries by contact and scope, oldest first.

    A block's id opens, under the signing key, to the very key of its row.
    """
    found: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        kind, _, block_id = entry.subject.partition("/")
        if kind == "block":
            found[ids_of(block_id)].append(entry)
    return {key: sorted(told, key=lambda entry: entry.at_id) for key, told in found.items()}


def note_imports(started: Iterable[Entry], report: Report) -> None:
    """Note each file to be run again: rows that an import blocked or unblocked are not on record one by one."""
    for entry in started:
        told = entry.detail or {}
        what = (
            f"{iso(entry.at)} {told['kind']} import of {told['scope']}: run the file of {entry.subject} again"
        )
        report.by_hand[what] += 1


def replay(deeds: BlockEntries, now: int, report: Report) -> None:
    """Do to the restored list what was done to the list since; repeatable."""
    for (ref, scope), told in deeds.items():
        before = blocks.get(ref, scope, now)
        after = as_recorded(ref, scope, before, told, now)
        if after == before:
            report.done["blocks known already"] += 1
        else:
            _write(before, after, now)
            report.done[_what(before, after)] += 1


def verify(deeds: BlockEntries, now: int, report: Report) -> None:
    """Count whether the list stands as the record says, and that no number lies there that a forget took out."""
    right = numbers = 0
    for (ref, scope), told in deeds.items():
        found = blocks.get(ref, scope, now)
        right += found == as_recorded(ref, scope, found, told, now)
        numbers += found is not None and found.by_kind == BY_FORGET and found.number is not None
    report.expect("blocks as the record says", right, len(deeds))
    report.expect("numbers of forgotten contacts", numbers, 0)


def as_recorded(ref: str, scope: str, before: Block | None, told: Sequence[Entry], now: int) -> Block | None:
    """Return what the record makes of a block: fails closed, for a block without its number blocks all the same.

    What was recorded before the block that stands began is known to it already.
    """
    block = before
    for entry in told:
        if before is not None and entry.at < before.blocked_at:
            continue
        block = None if entry.action == "unblocked" else _after(entry, block, ref, scope)
    return None if block is None or gone(block.until, now) else block


def _write(before: Block | None, after: Block | None, now: int) -> None:
    """Write without a condition: nobody else writes a table the application does not know."""
    if after is not None:
        batch.write_one(replace(blocks.put(after, now), condition=None))
    elif before is not None:
        batch.write_one(replace(blocks.delete(before, now), condition=None))


def _after(entry: Entry, block: Block | None, ref: str, scope: str) -> Block:
    version, fields = int(entry.id[:_VERSION_DIGITS]), {one.name: one.after for one in entry.fields}
    made = block or Block(ref, scope, entry.at, None, entry.actor_kind, entry.actor_id, UNKNOWN)
    until = made.until
    if "until" in fields:
        until = None if fields["until"] is None else parse_instant(fields["until"])
    after = replace(made, until=until, reason=fields.get("reason", made.reason), version=version)
    if (entry.detail or {}).get("by") == BY_FORGET:
        return replace(after, until=None, number=None, by_kind=BY_FORGET)
    return after


def _what(before: Block | None, after: Block | None) -> str:
    if after is None:
        return "blocks taken away again"
    if before is None:
        return "blocks made again, without their number"
    if before.number is not None and after.number is None:
        return "numbers taken out again"
    return "blocks changed again"
