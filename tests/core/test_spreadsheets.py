"""Cells that no spreadsheet runs, whatever delimiter it reads (PRI-25)."""

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.spreadsheets import BOM, neutral, sheet

ALPHABET = st.sampled_from(
    [*"=+-@;,\t\r\n \"'a1", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\u200b", "\u00a0"]
)


@pytest.mark.parametrize(
    "sign", "= + - @ \uff1d \uff0b \uff0d \uff20 \ufe66 \ufe62 \ufe63 \ufe6b \u207a \u207b \u207c".split()
)
@pytest.mark.parametrize("before", ["", " ", "\u200b", "\u00a0", "\ufeff", '"'])
def test_FILE_B9_full_width_and_other_signs_are_neutralised(sign: str, before: str) -> None:
    assert neutral(f"{before}{sign}1+1") == f"'{before}{sign}1+1"


@pytest.mark.parametrize("mark", [";", "\t", "\n", "\r", "\r\n", '";"', "; ", ";;"])
def test_SEC_B6_a_formula_after_another_delimiter_is_neutralised(mark: str) -> None:
    assert "=1+1" not in _cells_of(neutral(f"x{mark}=1+1"))
    assert neutral(f"x{mark}1+1") == f"x{mark}1+1"


@pytest.mark.parametrize("text", ["Ann", "a; b", "1+1", "ada@example.org", "2026-11-30", "a, -b", "it's", ""])
def test_PRI_25_other_text_is_as_it_was(text: str) -> None:
    assert neutral(text) == text


@given(st.lists(st.text(ALPHABET, max_size=12), min_size=1, max_size=4))
def test_SEC_B6_no_reader_finds_a_formula(cells: list[str]) -> None:
    text = sheet([cells], first=False)

    assert [cell.replace("'", "") for cell in _row(text)] == [cell.replace("'", "") for cell in cells]
    for cell in [*_row(text), *_cells_of(text)]:
        shown = unicodedata.normalize("NFKC", cell.lstrip(' "\u200b\u00a0'))
        assert not shown.startswith(("=", "+", "-", "@"))


def test_FILE_B9_only_the_first_page_begins_with_a_mark() -> None:
    assert sheet([["a"]]) == f"{BOM}a\r\n"
    assert sheet([["a"]], first=False) == "a\r\n"


def _row(text: str) -> list[str]:
    return next(csv.reader(io.StringIO(text, newline="")), [])


def _cells_of(text: str) -> list[str]:
    """Return the cells after the first that a reader of semicolons or tabs sees, which knows no quotation marks."""
    for mark in "\t\r\n":
        text = text.replace(mark, ";")
    return text.split(";")[1:]
