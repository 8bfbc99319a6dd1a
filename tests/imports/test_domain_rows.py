"""Rows of a CSV, complete and broken."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.damage import damage_of
from chalicelib.core.plain_text import shown
from chalicelib.imports.domain.rows import MAX_ROW, FileRow, Position, lines_of, rows_of


def shows(row: list[str]) -> bool:
    """Return True if a row has a cell that shows something."""
    return any(shown(cell).strip() for cell in row)


cells = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")),
    max_size=8,
)
tables = st.lists(st.lists(cells, min_size=1, max_size=4).filter(shows), max_size=8)


def read(content: bytes, delimiter: str = ",", size: int = 7) -> list[FileRow]:
    chunks = [content[start : start + size] for start in range(0, len(content), size)]
    return list(rows_of(lines_of(chunks), delimiter))


@given(
    tables,
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.sampled_from([",", ";", "\t", "|"]),
    st.integers(1, 50),
)
def test_PRI_20_the_reader_reads_what_a_strict_csv_writer_wrote(
    table: list[list[str]], end: str, bom: bool, delimiter: str, size: int
) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(table)
    content = (b"\xef\xbb\xbf" if bom else b"") + out.getvalue().encode()

    assert [list(row.cells) for row in read(content, delimiter, size)] == table


@given(st.binary(max_size=200), st.integers(1, 20))
def test_PRI_23_any_bytes_are_read_and_every_row_can_be_resumed(content: bytes, size: int) -> None:
    rows = read(content, size=size)

    for row in rows:
        rest = rows_of(lines_of([content[row.end :]]), ",", Position(row.next_line, row.end))
        later_rows = [other for other in rows if other.end > row.end]
        assert list(rest) == later_rows


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (
            b'2025550101\n"2025550102\n2025550103\n"2025550104\n2025550105\n',
            [None, "open_quote", None, "open_quote", None],
        ),
        (b"a\x00b\n2025550101\n", ["control_character", None]),
        (b"\xff\xfe\n2025550101\n", ["bad_encoding", None]),
        (b"x" * (MAX_ROW + 1) + b"\n2025550101\n", ["too_long", None]),
        (b'ab"c"d\n2025550101\n', [None, None]),
        (b'"ab"c\n2025550101\n', ["bad_quote", None]),
        (b"a\rb\n2025550101", [None, None, None]),
    ],
)
def test_PRI_23_a_bad_row_never_affects_the_next(content: bytes, problems: list[str | None]) -> None:
    assert [row.problem for row in read(content)] == problems


NUMBER = b"+12025550101"
LINES = (
    NUMBER, b"", b'"a', b'b"', b'"a,"', b"\xff" * 10_001, b"x" * MAX_ROW, b"x" * MAX_ROW + NUMBER,
    "é".encode() * MAX_ROW, "é".encode() * MAX_ROW + NUMBER, "\U0001f600".encode() * MAX_ROW,
    b"x" * 4 * MAX_ROW + NUMBER, b'"' + b"x" * 4 * MAX_ROW + NUMBER, b"x" * 90_000 + b'"\r' + NUMBER,
)  # fmt: skip


@given(
    st.lists(st.integers(0, len(LINES) - 1), max_size=7),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.booleans(),
    st.sampled_from([4_001, 4 * MAX_ROW, 4 * MAX_ROW + 5, 65_536]),
)
def test_PRI_21_a_line_is_one_row_wherever_a_chunk_ends(
    lines: list[int], end: bytes, bom: bool, size: int
) -> None:
    content = (b"\xef\xbb\xbf" if bom else b"") + end.join(LINES[line] for line in lines)

    rows = read(content, size=size)

    assert rows == read(content, size=max(1, len(content)))
    for place, row in enumerate(rows):
        rest = rows_of(lines_of([content[row.end :]]), ",", Position(row.next_line, row.end))
        assert list(rest) == rows[place + 1 :]


@pytest.mark.parametrize(
    ("character", "count", "problem"),
    [
        ("x", MAX_ROW, None),
        ("é", MAX_ROW, None),
        ("\U0001f600", MAX_ROW, None),
        ("x", MAX_ROW + 1, "too_long"),
        ("é", MAX_ROW + 1, "too_long"),
        ("\U0001f600", MAX_ROW + 1, "too_long"),
    ],
)
def test_PRI_24_a_row_is_limited_in_characters_not_bytes(
    character: str, count: int, problem: str | None
) -> None:
    for end in ("", "\n", "\r\n"):
        assert [row.problem for row in read((character * count + end).encode(), size=30_000)] == [problem]


def test_PRI_24_a_row_of_several_lines_is_limited_too() -> None:
    content = '"' + "é\n" * 4_000 + '"\n'

    assert [(row.problem, row.next_line) for row in read(content.encode(), size=30_000)] == [(None, 4_002)]


def test_PRI_24_an_endless_line_does_not_grow_memory() -> None:
    chunks = (b"x" * 65_536 for _ in range(200))

    assert max(len(line) for line in lines_of(chunks)) <= 4 * MAX_ROW + 65_536
    assert [row.end for row in rows_of(lines_of(b"x" * 65_536 for _ in range(200)), ",")] == [200 * 65_536]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("4.47911E+11", "exponent"),
        ("4,47911E+11", "exponent"),
        ("2.02555e10", "exponent"),
        ("07911123456.0", "trailing_zero"),
        ("2025550101.00", "trailing_zero"),
        ("2025550101 / 2025550102", "two_numbers"),
        ("2025550101\n2025550102", "two_numbers"),
        ("  ", "empty"),
        ("'+12025550101", None),
        ('="2025550101"', None),
        ("202.555.0101", None),
        ("+44 (0) 20 7946 0018", None),
    ],
)
def test_PRI_21_spreadsheet_damage_has_its_own_reason(cell: str, reason: str | None) -> None:
    assert damage_of(cell) == reason
