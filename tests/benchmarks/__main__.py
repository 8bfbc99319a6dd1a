"""Measure every figure, print the table, and write it to docs/benchmarks.md: `python -m tests.benchmarks`."""

import platform
import sys
from pathlib import Path

from tests.benchmarks import archives, bulk, conflicts, cost, cpu, forgets, imports, latency, sweep
from tests.benchmarks.figures import Figure, table

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
_WORDS = """# Benchmarks

Written by `make bench`. Every line is a ratio of one run: the figure and its floor are measured in turns on the
same machine, and the least of several rounds counts. The ratio must not pass its bar; with `≥` it must reach it.
A changed bar is a decision in the changelog.

{table}

- **B1** counts the requests that are sent, by DynamoDB's documented size rules (`tests/harness/units.py`), without an
  emulator's figures. The floor is the budget of the data model. An index entry counts one unit, also in a transaction,
  because the documentation does not say whether it counts two. Reads: {reads}.
- **B2** counts the calls of a warm function: one batch read and one transaction.
- **B3** replaces the stores by stubs and has everything off, also the access line in the log (`LOG_LEVEL=WARNING`).
  The floor is a Chalice app with one route that answers a constant.
- **B4** subtracts the time inside the SDK's calls from the request at the 99th percentile. The floor is that request.
- **B5** is the CPU time of the import in a fresh interpreter. The floor imports `chalice` and makes a botocore
  DynamoDB client. The API loads a handler module at the first request to it (`chalicelib/http/lazy_app.py`). Its line
  is for the module that loads the most. The line *from its archives* starts the same from the unpacked archives as
  they are packaged. Its floor is the same without their compiled modules. Neither side keeps what Python compiles.
- **B6** is the CPU time of a row above the network, with normalising, the look-up of blocks, the verdict, the result
  and the checkpoints. The floor is `csv` and boto3's `batch_writer` on the same file. Rows a second and core are its
  inverse.
- **B7** is the peak memory of a process that imports the file.
- **B8** counts read units as B1 does, for a whole run of each schedule. Ten leads are due for it among others: open,
  closed, retired, unassigned, rejected, erased, without an end, and of a project whose leads never retire. All are in
  the emulator's memory. {pace}
- **B9** counts the calls of a confirmed request on a warm function. An item is a row that the forget writes or removes:
  facts, person, comments, rows of the contact index and of the duplicate index, two entries of the ledger, and the
  statistic. Rows of the contact index are removed one by one, because each costs
  twice in a transaction. Rows of the duplicate index are removed together with the mark.
- **B10, B17, B18** run the real code in simulated time, where transactions cancel each other as DynamoDB documents it
  ([Conflicts](testing.md#conflicts)). The limits are never reached, except where their cost is measured. That is the
  cost of the transactions that are made: it is not documented whether cancelled ones cost. In B10 and B17 answers are
  lost and callers killed now and then. The floors are of one row for each campaign, and of one erasure after another.

## Curves

Many callers at once, in simulated time. A caller begins its next call when the last one was answered.

{charts}

Taken with Python {python} on {machine}.
"""


def main() -> int:
    """Measure and write the figures. Return 1 if a bar was missed."""
    figures: list[Figure] = []
    for part in (cost, cpu, imports, archives, latency, bulk, forgets, sweep, conflicts):
        figures += part.figures()
    shown = table(sorted(figures, key=lambda item: (len(item.number), item.number)))
    print(shown)
    reads = ", ".join(f"{what} {units:g} RRU" for what, units in cost.read_units().items())
    words = {"python": platform.python_version(), "machine": platform.machine(), "reads": reads}
    words |= {"pace": sweep.pace(), "charts": conflicts.charts()}
    PAGE.write_text(_WORDS.format(table=shown, **words))
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
