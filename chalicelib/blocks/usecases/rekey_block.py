"""Moves one block to the ref of another form of its contact (data-model.md, Contacts)."""

from enum import StrEnum
from typing import NamedTuple

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.blocks.domain import Block, block_entry, end_change, rekeyed
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_ids import public_id
from chalicelib.core.access import SYSTEM
from chalicelib.ledger import store as ledger
from chalicelib.organisation.domain.contact_forms import KeyedForm
from chalicelib.organisation.usecases.cached_organisation import cached_organisation

_TRIES = 8


class Rekeyed(StrEnum):
    """What happened to a row: it was re-keyed, it had to be left in its form, or there was nothing to do."""

    CHANGED = "changed"
    LEFT = "left"
    SAME = "same"


class RekeyedRow(NamedTuple):
    """What happened to a row, and the name of the form that it is left in, if that is known."""

    what: Rekeyed
    form: str | None = None


def rekey_block(ref: str, scope: str, target: KeyedForm, now: int) -> RekeyedRow:
    """Move a block to its ref in the target form, with a pointer in its place; its first public id remains.

    A block without a number cannot be moved: it is left. A block that is there already is merged with it, and the
    ledger records the end (PRI-12, PRI-27). May be repeated. Raise Unavailable if contention does not end.
    """

    def attempt(_: int) -> RekeyedRow:
        block = blocks.get(ref, scope, now)
        if block is None or block.moved_to is not None or target.has(block.ref, block.form):
            return RekeyedRow(Rekeyed.SAME)
        return _move(block, target, now)

    return retrying(
        attempt, tries=_TRIES, message="Others are changing the same block; it is re-keyed later."
    )


def _move(block: Block, target: KeyedForm, now: int) -> RekeyedRow:
    if block.number is None:
        return RekeyedRow(Rekeyed.LEFT, f"{block.ref.partition('.')[0]}/{block.form}")
    ref = target.ref("email" if "@" in block.number else "phone", block.number)
    there = blocks.get(ref, block.scope, now)
    if there is not None and there.moved_to is not None:
        if there.moved_to != block.ref:
            return RekeyedRow(
                Rekeyed.CHANGED
            )  # another block of the contact moves first; the next pass merges the two
        there = None
    moved = rekeyed(block, there, ref, target.form)
    writes: list[batch.Write] = [*blocks.move(block, moved, there, now)]
    token = batch.token_of("rekey", block.ref, block.scope, block.version, ref, moved.version, now)
    if there is not None:
        entry = block_entry(
            SYSTEM,
            public_id(moved),
            moved.version,
            "block_changed",
            now,
            token,
            fields=(end_change(there, moved),),
            detail={"scope": moved.scope, "by": "rekey"},
        )
        writes.append(ledger.insert(entry, cached_organisation(now)))
    batch.write(writes, token)
    return RekeyedRow(Rekeyed.CHANGED)
