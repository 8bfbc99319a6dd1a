"""A lead's end moves: facts and parts together (data-model.md, Deadlines and expiry)."""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.leads.domain.lead_retention import ends_later
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.usecases.update_expiries import update_expiries, write_expiries

_A_TRANSACTION = 100


def move_deadline(before: Facts, after: Facts, writes: Sequence[batch.Write], token: str, now: int) -> Facts:
    """Make the `writes` that move a lead's end (facts, and what is recorded of it) and in their transaction the parts.

    What does not fit, comments beyond the ninetieth or so, goes in steps of its own: before the facts when the
    end moves back, and in any case after them, so that a part never ends before its facts and a crash in between
    leaves nothing visible that should be gone. Raises Cancelled where a condition of the writes does not hold.
    """
    parts = update_expiries(after, now)
    room = _A_TRANSACTION - len(writes)
    beside, rest = parts[:room], parts[room:]
    if ends_later(before, after):
        write_expiries(rest, before, now)
    batch.write([*writes, *beside], token)
    written = replace(after, version=before.version + 1)
    write_expiries(rest, written, now)
    return written
