"""A file is looked through once and then read a row at a time, in constant memory (PRI-20, PRI-23, PRI-24)."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain

from chalicelib.aws import s3
from chalicelib.core.damage import holds_damage
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.imports.domain import dialect
from chalicelib.imports.domain.columns import names_in
from chalicelib.imports.domain.dialect import UnreadableFile
from chalicelib.imports.domain.import_job import MAX_BYTES, MAX_ROWS, Import, ImportKind, Layout, Upload
from chalicelib.imports.domain.rows import FileRow, Position, lines_of, rows_of

_PIECE = 256 * 1024
_MAX_RATIO = 100
_RATIO_COUNTS_FROM = 1024 * 1024

IsContact = Callable[[str], bool]


def examine(upload: Upload, kind: ImportKind, is_contact: IsContact) -> Layout:
    """Look the whole file through before any work is done and return how it is written.

    Raises Unreadable, with the line, for what can be no list: too large, too many rows, packed too tightly, another
    encoding, leads without a header.
    """
    if upload.size > MAX_BYTES:
        raise UnreadableFile("file_too_large")
    content = _content(upload)
    beginning = next(content, b"")
    packed = beginning.startswith(dialect.GZIP)
    pieces = chain([beginning], content)
    if packed:
        pieces = _unpacked(pieces)  # type: ignore[assignment]
        beginning = _beginning(pieces)
        pieces = chain([beginning], pieces)
    if refusal := dialect.unreadable_reason(beginning):
        raise UnreadableFile(refusal, 1)
    length, lines = _measured(pieces)
    delimiter = dialect.delimiter_of(dialect.sample(lines_of([beginning])))
    layout = Layout(delimiter, None, packed, length, lines)
    first = next(rows_of(lines_of([beginning]), delimiter), None)
    return layout if first is None else _with_header(layout, first, kind, is_contact)


def rows(job: Import) -> Iterator[FileRow]:
    """Yield the rows from the import's checkpoint on; Unreadable if the file went away or is another one."""
    assert job.upload is not None  # noqa: S101  # for mypy: only an import with a file is read
    assert job.layout is not None  # noqa: S101
    layout, progress = job.layout, job.progress
    start = Position(progress.line, progress.byte)
    if start.byte < layout.first_byte:
        start = Position(layout.first_line, layout.first_byte)
    packed = _from(start.byte, _unpacked(_content(job.upload)))
    pieces = packed if layout.packed else _content(job.upload, start.byte)
    return _located(rows_of(lines_of(_small(pieces)), layout.delimiter, start), start.line)


def _with_header(layout: Layout, first: FileRow, kind: ImportKind, is_contact: IsContact) -> Layout:
    usable = any(map(is_contact, first.cells))
    names = tuple(cell.strip() for cell in first.cells)
    if kind is ImportKind.LEADS:
        if usable or first.problem or holds_damage(first.cells):
            raise UnreadableFile("no_header", first.line)
        if not all(names) or len(set(names)) != len(names):
            raise UnreadableFile("bad_header", first.line)
    elif first.problem or not dialect.is_header(first.cells, usable):
        return layout
    else:
        names = names_in(names)
    return replace(layout, header=names, first_byte=first.end, first_line=first.next_line)


def _measured(pieces: Iterable[bytes]) -> tuple[int, int]:
    length = lines = 0
    last = b""
    for piece in pieces:
        length += len(piece)
        lines += piece.count(b"\n")
        last = piece[-1:] or last
        if lines > MAX_ROWS:
            raise UnreadableFile("too_many_rows", MAX_ROWS + 1)
    return length, lines + (last != b"\n")


def _content(upload: Upload, start: int = 0) -> Iterator[bytes]:
    try:
        yield from s3.pieces(upload.key, upload.etag, upload.size, start)
    except (NotFound, Conflict) as error:
        raise UnreadableFile(error.code) from error


def _unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack gzip a little at a time; what grows more than a hundredfold is a bomb and stops here (PRI-24)."""
    unpacker = zlib.decompressobj(31)
    taken = given = 0
    for piece in pieces:
        taken += len(piece)
        rest, content = piece, b""
        while rest or len(content) == _PIECE:
            if unpacker.eof:
                unpacker = zlib.decompressobj(31)
            content, rest = _some(unpacker, rest)
            given += len(content)
            if given > MAX_BYTES or (given > _RATIO_COUNTS_FROM and given > taken * _MAX_RATIO):
                raise UnreadableFile("packed_too_tightly")
            yield content
    if not unpacker.eof:
        raise UnreadableFile("broken_gzip")


def _beginning(pieces: Iterable[bytes]) -> bytes:
    """Return as much as a piece has, of as many pieces as that takes: a packing may be of many small parts."""
    begun = bytearray()
    for piece in pieces:
        begun += piece
        if len(begun) >= _PIECE:
            break
    return bytes(begun)


def _some(unpacker: "zlib._Decompress", packed: bytes) -> tuple[bytes, bytes]:
    try:
        content = unpacker.decompress(packed, _PIECE)
    except zlib.error as error:
        raise UnreadableFile("broken_gzip") from error
    return content, unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail


def _from(byte: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        if byte < len(piece):
            yield piece[byte:]
        byte = max(0, byte - len(piece))


def _small(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        for start in range(0, len(piece), _PIECE):
            yield piece[start : start + _PIECE]


def _located(found: Iterator[FileRow], line: int) -> Iterator[FileRow]:
    """Say at which line the reading broke off."""
    try:
        for row in found:
            line = row.next_line
            yield row
    except UnreadableFile as error:
        raise UnreadableFile(error.code, line) from error
