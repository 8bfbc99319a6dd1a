"""The verdict on each row, and its line in the result (PRI-21, PRI-22)."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.spreadsheets import BOM, is_neutral, neutral
from chalicelib.imports.domain.import_job import ImportProgress

BLOCKED = "blocked"
ALREADY_BLOCKED = "already_blocked"
UNBLOCKED = "unblocked"
NOT_BLOCKED = "not_blocked"
FORGOTTEN = "forgotten"
UNKNOWN = "unknown"
INVALID = "invalid"
HEADER = ("row", "verdict", "reason", "contact", "detail", "contacts")


@dataclass(frozen=True, slots=True)
class RowResult:
    """The result of one row: line, verdict, reason, masked contacts, a lead id or number of leads, and how many
    contacts counted (of a row of leads: blank). A number that ends with `+` says: more than so many leads."""

    line: int
    verdict: str
    reason: str = ""
    masked: str = ""
    detail: str = ""
    contacts: str = ""


MORE = "+"
Planned = Mapping[int, RowResult]


def invalid(line: int, reason: str, masked: str = "") -> RowResult:
    """Return the verdict on an invalid row."""
    return RowResult(line, INVALID, reason, masked)


def written(outcomes: Iterable[RowResult]) -> bytes:
    """Return the rows of the result file: contacts masked, cells safe in spreadsheets (PRI-25)."""
    return "".join(map(_line, outcomes)).encode()


def read_results(content: bytes) -> list[RowResult]:
    """Return the results in the rows of a result file."""
    return [RowResult(int(row[0]), *row[1:]) for row in csv.reader(io.StringIO(content.decode(), newline=""))]


def heading() -> bytes:
    """Return the byte-order mark and the header row of a result file (PRI-25)."""
    return f"{BOM}{','.join(HEADER)}\r\n".encode()


def with_results(progress: ImportProgress, outcomes: list[RowResult], byte: int, line: int) -> ImportProgress:
    """Return the progress after a batch of rows that ends at this byte and line."""
    verdicts = Counter(progress.by_verdict)
    verdicts.update(outcome.verdict for outcome in outcomes)
    reasons = Counter(progress.invalid_by_reason)
    reasons.update(outcome.reason for outcome in outcomes if outcome.verdict == INVALID)
    forgotten = [outcome.detail for outcome in outcomes if outcome.verdict == FORGOTTEN]
    return replace(
        progress,
        byte=byte,
        line=line,
        read=progress.read + len(outcomes),
        leads=progress.leads + sum(int(detail.removesuffix(MORE)) for detail in forgotten),
        more=progress.more or any(detail.endswith(MORE) for detail in forgotten),
        by_verdict=dict(verdicts),
        invalid_by_reason=dict(reasons),
    )


def _line(outcome: RowResult) -> str:
    cells = (outcome.verdict, outcome.reason, outcome.masked, outcome.detail, outcome.contacts)
    joined = "".join(cells)
    if "," not in joined and is_neutral(joined):
        return f"{outcome.line},{cells[0]},{cells[1]},{cells[2]},{cells[3]},{cells[4]}\r\n"
    text = io.StringIO()
    csv.writer(text).writerow((outcome.line, *map(neutral, cells)))
    return text.getvalue()
