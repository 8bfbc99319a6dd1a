"""Moves a lead's end, of its facts and its parts together (data-model.md, Deadlines and expiry)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.leads.domain.lead_retention import ends_later
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.usecases.update_expiries import update_expiries, write_expiries

_A_TRANSACTION = 100


def move_deadline(
    before: Facts,
    after: Facts,
    writes: Sequence[batch.Write],
    token: str,
    now: int,
    *,
    check: Callable[[], None] = lambda: None,
) -> Facts:
    """Make the `writes` that move a lead's end (facts, history, ledger), and update its parts in their transaction.

    Parts that do not fit, comments beyond about the ninetieth, are updated in further transactions: after the facts,
    and before them too if the end moves later. So a part never ends before its facts, and a crash between the steps
    shows no person past the end. `check` is called after the parts were read and before anything is written: what it
    finds cannot change unseen in a row that is written. Raise Cancelled if a condition of the writes does not hold.
    """
    parts = update_expiries(after, now)
    check()
    room = _A_TRANSACTION - len(writes)
    first, rest = parts[:room], parts[room:]
    if ends_later(before, after):
        write_expiries(rest, before, now)
    batch.write([*writes, *first], token)
    written = replace(after, version=before.version + 1)
    write_expiries(rest, written, now)
    return written
