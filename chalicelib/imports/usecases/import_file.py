"""Examine a file once, then read it row by row, in constant memory (PRI-20, PRI-23, PRI-24)."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain

from chalicelib.aws import s3
from chalicelib.core.damage import holds_damage
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.plain_text import shown
from chalicelib.imports.domain import dialect
from chalicelib.imports.domain.columns import columns_of, is_readable_header, names_in
from chalicelib.imports.domain.dialect import UnreadableFile
from chalicelib.imports.domain.import_job import MAX_BYTES, MAX_ROWS, Import, ImportKind, Layout, Upload
from chalicelib.imports.domain.rows import FileRow, LineCount, Position, lines_of, rows_of

_PIECE = 256 * 1024
_MAX_RATIO = 100
_RATIO_COUNTS_FROM = 1024 * 1024

IsContact = Callable[[str], bool]


def examine(upload: Upload, kind: ImportKind, is_contact: IsContact) -> Layout:
    """Examine the whole file before any work is done; return its layout.

    Raise UnreadableFile, with the line, if it cannot be imported: too large, too many rows, compressed too tightly,
    another encoding, leads without a header, a header that names no contact column.
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
    delimiter, start = dialect.separator_line(beginning) or (None, Position())
    beginning = beginning[start.byte :]
    layout = Layout(
        delimiter or dialect.delimiter_of(beginning), None, packed, length, lines, start.byte, start.line
    )
    first = next(rows_of(lines_of([beginning]), layout.delimiter, start), None)
    if first is None:
        return layout
    if kind is ImportKind.LEADS:
        return _with_header_of_leads(layout, first, is_contact)
    if refusal := dialect.unreadable_header(beginning, layout.delimiter, first):
        raise UnreadableFile(refusal, first.line)
    return _with_header_of_contacts(layout, first, kind, is_contact)


def rows(job: Import) -> Iterator[FileRow]:
    """Yield the rows from the import's checkpoint on; raise UnreadableFile if the file was removed or replaced."""
    assert job.upload is not None  # noqa: S101  # for mypy: only an import with a file is read
    assert job.layout is not None  # noqa: S101
    layout, progress = job.layout, job.progress
    start = Position(progress.line, progress.byte)
    if start.byte < layout.first_byte:
        start = Position(layout.first_line, layout.first_byte)
    packed = _skipped(start.byte, _unpacked(_content(job.upload)))
    pieces = packed if layout.packed else _content(job.upload, start.byte)
    return _located(rows_of(lines_of(_small(pieces)), layout.delimiter, start), start.line)


def _with_header_of_leads(layout: Layout, first: FileRow, is_contact: IsContact) -> Layout:
    names = _names(first)
    if first.problem or any(map(is_contact, names)) or holds_damage(names) or not dialect.holds_words(names):
        raise UnreadableFile("no_header", first.line)
    if not all(names) or len(set(names)) != len(names):
        raise UnreadableFile("bad_header", first.line)
    return replace(layout, header=names, first_byte=first.end, first_line=first.next_line)


def _with_header_of_contacts(
    layout: Layout, first: FileRow, kind: ImportKind, is_contact: IsContact
) -> Layout:
    """Return the layout with the header, if the first row is one; refuse one without a contact column (PRI-20)."""
    if first.problem or not dialect.is_header(first.cells, any(map(is_contact, first.cells))):
        return layout
    names = _names(first)
    if columns_of(names, blocks=kind is ImportKind.BLOCK) is None:
        raise UnreadableFile("no_contact_column", first.line)
    if not is_readable_header(names):
        raise UnreadableFile("bad_header", first.line)
    return replace(layout, header=names_in(names), first_byte=first.end, first_line=first.next_line)


def _names(first: FileRow) -> tuple[str, ...]:
    """Return the names of a header. The last columns may have none."""
    names = [shown(cell).strip() for cell in first.cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _measured(pieces: Iterable[bytes]) -> tuple[int, int]:
    length, count = 0, LineCount()
    for piece in pieces:
        length += len(piece)
        if count.add(piece) > MAX_ROWS:
            raise UnreadableFile("too_many_rows", MAX_ROWS + 1)
    return length, count.lines


def _content(upload: Upload, start: int = 0) -> Iterator[bytes]:
    try:
        yield from s3.pieces(upload.key, upload.etag, upload.size, start)
    except (NotFound, Conflict) as error:
        raise UnreadableFile(error.code) from error


def _unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress gzip piece by piece; refuse a file that grows more than a hundredfold as a bomb (PRI-24)."""
    unpacker = zlib.decompressobj(31)
    size_in = size_out = 0
    for piece in pieces:
        size_in += len(piece)
        rest, content = piece, b""
        while rest or len(content) == _PIECE:
            if unpacker.eof:
                unpacker = zlib.decompressobj(31)
            content, rest = _decompressed(unpacker, rest)
            size_out += len(content)
            if size_out > MAX_BYTES or (size_out > _RATIO_COUNTS_FROM and size_out > size_in * _MAX_RATIO):
                raise UnreadableFile("packed_too_tightly")
            yield content
    if not unpacker.eof:
        raise UnreadableFile("broken_gzip")


def _beginning(pieces: Iterable[bytes]) -> bytes:
    """Return the beginning, as long as a full piece; a compressed file may consist of many small parts."""
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) >= _PIECE:
            break
    return bytes(content)


def _decompressed(unpacker: "zlib._Decompress", packed: bytes) -> tuple[bytes, bytes]:
    try:
        content = unpacker.decompress(packed, _PIECE)
    except zlib.error as error:
        raise UnreadableFile("broken_gzip") from error
    return content, unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail


def _skipped(byte: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        if byte < len(piece):
            yield piece[byte:]
        byte = max(0, byte - len(piece))


def _small(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        for start in range(0, len(piece), _PIECE):
            yield piece[start : start + _PIECE]


def _located(source: Iterator[FileRow], line: int) -> Iterator[FileRow]:
    """Add the line where reading failed to the error."""
    try:
        for row in source:
            line = row.next_line
            yield row
    except UnreadableFile as error:
        raise UnreadableFile(error.code, line) from error
