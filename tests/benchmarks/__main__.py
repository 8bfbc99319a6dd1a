"""Measure every figure, print the table, and write it to docs/benchmarks.md: `python -m tests.benchmarks`."""

import platform
import sys
from pathlib import Path

from tests.benchmarks import bulk, cost, cpu, forgets, imports, latency, limited, sweep
from tests.benchmarks.figures import Figure, table

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
_WORDS = """# Benchmarks

Written by `make bench`. Every line is a ratio of one run: the figure and its floor are measured in turns on the
same machine, the least of several rounds counts, and the ratio must not pass its bar. A changed bar is a decision
in the changelog.

{table}

- **B1** counts what is really sent by DynamoDB's documented size rules (`tests/harness/units.py`), not by an
  emulator's figure; the floor is the budget of the data model. An index entry counts one unit, also in a
  transaction, where the documentation does not say whether it counts two. Reads: {reads}.
- **B2** counts the calls of a warm function: one batch read and one transaction.
- **B3** stubs the store functions and has everything off, the access line in the log too (`LOG_LEVEL=WARNING`); the
  floor is a Chalice app with one route that answers a constant.
- **B4** takes the time inside the SDK's calls out of the request at the 99th percentile; the floor is that request.
- **B5** is the CPU time of the import in a fresh interpreter; the floor imports `chalice` and makes a botocore
  DynamoDB client. The API loads a module at its first request (`chalicelib/http/lazy_app.py`): its line is the one that
  loads the most.
- **B6** is the CPU time of a row above the network: normalising, the look at the list, the verdict, result and
  checkpoints are in it; the floor is `csv` and boto3's `batch_writer` on the same file. Rows a second and core are
  its inverse.
- **B7** is the most memory of a process that imports the file.
- **B8** counts read units as B1 does, of a whole run of each schedule, with ten leads due for it among the others: open
  ones, closed, retired, unassigned, rejected, erased, without an end, of a project whose leads never retire; all in the
  emulator's memory. {pace}
- **B9** counts the calls of a confirmed request on a warm function. An item is a row that the forget has to write or
  remove: facts, person, comments, directory entries, windows, and what is owed for them, two entries of the record and
  the statistic. Directory entries go one by one, for in a transaction each costs twice; windows go with the mark.
- **Limits** (CAM-10) have no line: what a campaign with limits takes a second is a model, not a measurement, for no
  emulator lets transactions cancel each other. In it {limited}.

Taken with Python {python} on {machine}.
"""


def main() -> int:
    """Measure and write the figures. Return 1 if a bar was missed."""
    figures: list[Figure] = []
    for part in (cost, cpu, imports, latency, bulk, forgets, sweep):
        figures += part.figures()
    shown = table(sorted(figures, key=lambda item: item.number))
    print(shown)
    reads = ", ".join(f"{what} {units:g} RRU" for what, units in cost.read_units().items())
    words = {"python": platform.python_version(), "machine": platform.machine(), "reads": reads}
    words |= {"pace": sweep.pace(), "limited": limited.ceiling()}
    PAGE.write_text(_WORDS.format(table=shown, **words))
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
