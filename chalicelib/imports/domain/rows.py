"""A CSV reader in constant memory, which knows the byte to continue from after each row (PRI-20, PRI-23)."""

import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator

from chalicelib.core.plain_text import shown
from chalicelib.core.quick_dataclass import dataclass

MAX_ROW = 10_000
BOM = b"\xef\xbb\xbf"
_MAX_BYTES = 4 * MAX_ROW  # no character is longer than four bytes
_MAX_LINE = len(BOM) + _MAX_BYTES + len(b"\r\n")
_QUOTE = b'"'
_ENDS = (b"\n", b"\r")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row: its first line (from 1), the byte after it, its cells, or the reason it cannot be read."""

    line: int
    end: int
    next_line: int
    cells: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class Position:
    """The position in a file: the number of the next line and its first byte."""

    line: int = 1
    byte: int = 0


_BEGINNING = Position()


def lines_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield physical lines with their ends (CR, LF or CRLF); ones longer than any row may come in parts.

    The first part is longer than any row, and only the last one ends like a line. So memory is bounded.
    """
    rest = b""
    for chunk in chunks:
        lines = (rest + chunk).splitlines(keepends=True)  # of bytes: at CR, LF and CRLF alone
        rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        yield from lines
        if len(rest) > _MAX_LINE and not rest.endswith(
            b"\r"
        ):  # after a CR, the next chunk may begin with its LF
            yield rest
            rest = b""
    if rest:
        yield rest


class LineCount:
    """Counts the lines of a content that comes in pieces, as `lines_of` splits it."""

    def __init__(self) -> None:
        self._ends = 0
        self._last = b""

    def add(self, piece: bytes) -> int:
        """Count a piece; return the number of lines that have ended so far."""
        ends = piece.count(b"\n")
        if b"\r" in piece:
            ends += piece.count(b"\r") - piece.count(b"\r\n")
        self._ends += ends - (self._last == b"\r" and piece.startswith(b"\n"))
        self._last = piece[-1:] or self._last
        return self._ends

    @property
    def lines(self) -> int:
        """Return the number of lines, with a last one that has no end."""
        return self._ends + (self._last not in _ENDS)


def rows_of(lines: Iterable[bytes], delimiter: str, start: Position = _BEGINNING) -> Iterator[FileRow]:
    """Yield every row with a cell that shows something. A bad row does not spoil the next one.

    Quoting is strict: a quotation mark that is not closed makes its line bad, and reading continues with the next
    line. A lenient reader would lose rows without notice.
    """
    source = _Lines(lines)
    number, byte = start.line, start.byte
    while (first := source.take()) is not None:
        row_lines, cells, problem = _read(first, source, delimiter, at_start=byte == 0)
        byte += sum(map(len, row_lines))
        first_line, number = number, number + sum(line.endswith(_ENDS) for line in row_lines)
        if problem:
            length, ends = source.skip_rest_of(row_lines[-1])
            byte, number = byte + length, number + ends
            yield FileRow(first_line, byte, number, (), problem)
        elif cells[0].isalnum() or not all(map(_is_blank, cells)):
            yield FileRow(first_line, byte, number, cells)


class _Lines:
    """Lines that can be put back."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._source = iter(lines)
        self._back: deque[bytes] = deque()

    def take(self) -> bytes | None:
        return self._back.popleft() if self._back else next(self._source, None)

    def put_back(self, lines: list[bytes]) -> None:
        self._back.extendleft(reversed(lines))

    def skip_rest_of(self, part: bytes) -> tuple[int, int]:
        """Skip the rest of a line that came in parts; return its number of bytes and line ends."""
        length = ends = 0
        while not part.endswith(_ENDS) and (next_part := self.take()) is not None:
            part, length, ends = next_part, length + len(next_part), int(next_part.endswith(_ENDS))
        return length, ends


def _read(
    first: bytes, source: _Lines, delimiter: str, at_start: bool
) -> tuple[list[bytes], tuple[str, ...], str | None]:
    content = first.removeprefix(BOM) if at_start else first
    if _QUOTE not in content:
        return [first], *_plain(content, delimiter)
    gathered = _gather(first, source)
    cells, problem = _quoted(content + b"".join(gathered[1:]), delimiter)
    if problem and len(gathered) > 1:
        source.put_back(gathered[1:])
        return [first], (), "open_quote"
    return gathered, cells, problem


def _gather(first: bytes, source: _Lines) -> list[bytes]:
    """Return the lines up to the one that closes the quotation, at most as long as a row may be."""
    gathered, length, quotes = [first], len(first), first.count(_QUOTE)
    while quotes % 2 and length <= _MAX_BYTES and (line := source.take()) is not None:
        gathered.append(line)
        length += len(line)
        quotes += line.count(_QUOTE)
    return gathered


def _plain(line: bytes, delimiter: str) -> tuple[tuple[str, ...], str | None]:
    text, problem = _text(line)
    return ((), problem) if problem else (tuple(text.split(delimiter)), None)


def _quoted(content: bytes, delimiter: str) -> tuple[tuple[str, ...], str | None]:
    text, problem = _text(content)
    if problem:
        return (), problem
    if content.count(_QUOTE) % 2:
        return (), "open_quote"
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return (), "bad_quote"
    return (tuple(rows[0]), None) if len(rows) == 1 else ((), "bad_quote")


def _text(line: bytes) -> tuple[str, str | None]:
    body = line.removesuffix(b"\n").removesuffix(b"\r")
    if len(body) > MAX_ROW and _is_too_long(body):
        return "", "too_long"
    if _CONTROL.search(body):
        return "", "control_character"
    try:
        return body.decode(), None
    except UnicodeDecodeError:
        return "", "bad_encoding"


def _is_blank(cell: str) -> bool:
    return not shown(cell).strip()


def _is_too_long(body: bytes) -> bool:
    return len(body) > _MAX_BYTES or len(body.decode(errors="replace")) > MAX_ROW
