"""A lead's due moves: facts and parts together (data.md, Time)."""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.domain.lead_retention import ends_later
from chalicelib.domain.leads import Facts
from chalicelib.stores import batch, leads
from chalicelib.usecases.stamp_parts import stamp, stamps

_A_TRANSACTION = 100


def redate(before: Facts, after: Facts, recorded: Sequence[batch.Write], token: str, now: int) -> Facts:
    """Write the facts with their new due, what is `recorded` of it, and in their transaction the parts.

    What does not fit, comments beyond the ninetieth or so, goes in steps of its own: before the facts when the
    end moves back, and in any case after them, so that a part never ends before its facts and a crash in between
    leaves nothing visible that should be gone. Raises Cancelled at or after the initial deadline (RET-11).
    """
    parts = stamps(after, now)
    room = _A_TRANSACTION - 1 - len(recorded)
    beside, rest = parts[:room], parts[room:]
    if ends_later(before, after):
        stamp(rest, before, now)
    batch.write([leads.redated(before, after, now), *recorded, *beside], token)
    written = replace(after, version=before.version + 1)
    stamp(rest, written, now)
    return written
