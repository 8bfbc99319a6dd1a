"""The dialect of a file: recognised from its first lines, and reported (PRI-20)."""

from collections.abc import Iterable, Sequence

from chalicelib.core.damage import digits_in, holds_damage
from chalicelib.imports.domain.rows import BOM

DELIMITERS = (b"\t", b";", b",")
SAMPLE_LINES = 50
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_PACKED_AS_ZIP = b"PK\x03\x04"
GZIP = b"\x1f\x8b"
_LEAST_DIGITS = 7


class UnreadableFile(Exception):
    """The whole file is refused: a stable code, and the bad line if there is one (PRI-23)."""

    def __init__(self, code: str, line: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.line = line


def unreadable_reason(beginning: bytes) -> str | None:
    """Return why a file cannot be read, from its first bytes, or None."""
    if not beginning.removeprefix(BOM).strip():
        return "empty_file"
    if beginning.startswith(_WIDE):
        return "not_utf8"
    if beginning.startswith(_PACKED_AS_ZIP):
        return "not_csv"
    return None


def delimiter_of(lines: Sequence[bytes]) -> str:
    """Return the delimiter that most lines contain outside quotation marks; a comma if no line contains any."""
    outside = [_outside_quotes(line) for line in lines]
    scores = {delimiter: sum(delimiter in line for line in outside) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    return (best if scores[best] else b",").decode()


def is_header(cells: Sequence[str], usable: bool) -> bool:
    """Return True if a contact file's first row is a header: no usable contact and no part of a number.

    A damaged number in the first row is not a header, so that it gets its own reason.
    """
    first = cells[0]
    if usable or "@" in first or digits_in(first) >= _LEAST_DIGITS:
        return False
    return bool(first.strip()) and not holds_damage(cells)


def sample(lines: Iterable[bytes]) -> list[bytes]:
    """Return the first lines, which are enough to recognise the dialect."""
    first_lines = []
    for line in lines:
        first_lines.append(line)
        if len(first_lines) == SAMPLE_LINES:
            break
    return first_lines


def _outside_quotes(line: bytes) -> bytes:
    return b"".join(line.split(b'"')[::2])
