"""What came of a row: its verdict, and the line of the result that says so (PRI-21, PRI-22)."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from chalicelib.core.spreadsheets import neutral
from chalicelib.imports.domain.import_job import Progress

BLOCKED = "blocked"
ALREADY_BLOCKED = "already_blocked"
UNBLOCKED = "unblocked"
NOT_BLOCKED = "not_blocked"
FORGOTTEN = "forgotten"
UNKNOWN = "unknown"
INVALID = "invalid"
HEADER = ("row", "verdict", "reason", "contact", "detail")
_FORGERIES = frozenset('",\r\n=+-@\t')


@dataclass(frozen=True, slots=True)
class RowResult:
    """What came of one row: its line, verdict, reason, the masked contact, and a lead's id or a number of leads."""

    line: int
    verdict: str
    reason: str = ""
    masked: str = ""
    detail: str = ""


Planned = Mapping[int, RowResult]


def invalid(line: int, reason: str, masked: str = "") -> RowResult:
    """Return the verdict on a row that is refused for its own sake."""
    return RowResult(line, INVALID, reason, masked)


def written(outcomes: Iterable[RowResult]) -> bytes:
    """Return the rows of the result: no contact in full, no cell that a spreadsheet would run (PRI-25)."""
    return "".join(map(_line, outcomes)).encode()


def read(content: bytes) -> list[RowResult]:
    """Return the outcomes that were written."""
    return [RowResult(int(row[0]), *row[1:]) for row in csv.reader(io.StringIO(content.decode(), newline=""))]


def heading() -> bytes:
    """Return the first row of a result."""
    return (",".join(HEADER) + "\r\n").encode()


def counted(progress: Progress, outcomes: list[RowResult], byte: int, line: int) -> Progress:
    """Return the progress after a batch of rows that ends at this byte and line."""
    verdicts = Counter(progress.by_verdict)
    verdicts.update(outcome.verdict for outcome in outcomes)
    reasons = Counter(progress.invalid_by_reason)
    reasons.update(outcome.reason for outcome in outcomes if outcome.verdict == INVALID)
    return replace(
        progress,
        byte=byte,
        line=line,
        read=progress.read + len(outcomes),
        leads=progress.leads + sum(int(one.detail) for one in outcomes if one.verdict == FORGOTTEN),
        by_verdict=dict(verdicts),
        invalid_by_reason=dict(reasons),
    )


def _line(outcome: RowResult) -> str:
    cells = (outcome.verdict, outcome.reason, outcome.masked, outcome.detail)
    if _FORGERIES.isdisjoint("".join(cells)):
        return f"{outcome.line},{cells[0]},{cells[1]},{cells[2]},{cells[3]}\r\n"
    text = io.StringIO()
    csv.writer(text).writerow((outcome.line, *map(neutral, cells)))
    return text.getvalue()
