"""The dialect of a file: recognised from its first rows, and reported (PRI-20)."""

import re
from collections.abc import Sequence
from itertools import islice

from chalicelib.core.damage import damage_of, digits_in
from chalicelib.imports.domain.rows import BOM, FileRow, Position, lines_of, rows_of

DELIMITERS = ("\t", ";", "|", ",")
SAMPLE_ROWS = 50
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_PACKED_AS_ZIP = b"PK\x03\x04"
GZIP = b"\x1f\x8b"
_LEAST_DIGITS = 7
_SEPARATOR_LINE = re.compile(r'"?sep=(.)\1*"?', re.IGNORECASE)
_QUOTED = re.compile(rb'(?<![^\t;|,\r\n])"[^"]*(?:""[^"]*)*"')
_MARKS = re.compile(rb'[\t;|,\r\n"]')
_NOT_TEXT = ("bad_encoding", "control_character")


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


def separator_line(beginning: bytes) -> tuple[str, Position] | None:
    """Return the delimiter that a first line `sep=…` names, and where the rows begin; or None.

    Raise UnreadableFile `bad_header` if it names a delimiter that is not read.
    """
    line = next(lines_of([beginning]), b"")
    text = line.removeprefix(BOM).decode(errors="replace").rstrip("\r\n")
    match = _SEPARATOR_LINE.fullmatch(text)
    if match is None:
        return None
    if match[1] not in DELIMITERS:
        raise UnreadableFile("bad_header", 1)
    return match[1], Position(2, len(line))


def delimiter_of(content: bytes) -> str:
    """Return the delimiter that splits most of the first rows, or a comma if none does.

    Whole rows are looked at: what is inside quotation marks counts for nothing, whichever delimiter is before them. A
    first row of words is a header, and has the delimiter.
    """
    headed = _begins_with_words(list(islice(rows_of(lines_of([content]), ","), 1)))
    lines = list(lines_of([_QUOTED.sub(_without_marks, content.removeprefix(BOM))]))
    samples = {mark: list(islice(rows_of(lines, mark), SAMPLE_ROWS)) for mark in DELIMITERS}
    scores = {
        mark: sum(len(row.cells) > 1 for row in rows)
        for mark, rows in samples.items()
        if not headed or len(rows[0].cells) > 1
    }
    best = max(scores, key=lambda mark: scores[mark], default=",")
    return best if scores.get(best) else ","


def _without_marks(quoted: re.Match[bytes]) -> bytes:
    return _MARKS.sub(b" ", quoted[0])


def is_header(cells: Sequence[str], usable: bool) -> bool:
    """Return True if a contact file's first row is a header: it holds words and no usable contact.

    A row that begins with a damaged or masked number is not a header, so that it gets its own reason.
    """
    return not usable and not _begins_with_number(cells) and holds_words(cells)


def holds_words(cells: Sequence[str]) -> bool:
    """Return True if a cell has a letter that is more than the mask of a digit, as in `312XXXXXXX`."""
    return any(sign.isalpha() and sign not in "xX" for cell in cells for sign in cell)


def unreadable_header(content: bytes, delimiter: str, first: FileRow) -> str | None:
    """Return the code of the file's error if its first row cannot be read and may be a header, or None."""
    lines = (line.decode(errors="replace") for line in lines_of([content.removeprefix(BOM)]))
    text = next((line for line in lines if line.strip()), "")
    cells = text.replace("\x00", "").replace('"', "").split(delimiter)
    if not first.problem or not is_header(cells, usable=False):
        return None
    return "not_utf8" if first.problem in _NOT_TEXT else "bad_header"


def _begins_with_words(rows: Sequence[FileRow]) -> bool:
    return bool(rows and rows[0].cells) and is_header((",".join(rows[0].cells),), usable=False)


def _begins_with_number(cells: Sequence[str]) -> bool:
    first = cells[0]
    if "@" in first or digits_in(first) >= _LEAST_DIGITS:
        return True
    if damage_of(first) not in (None, "empty") or damage_of(",".join(cells[:2])) == "exponent":
        return True
    return "x" in first.casefold() and any(map(str.isdigit, first)) and not holds_words((first,))
