"""Cells for spreadsheets that must never run as formulas, whatever delimiter the reader uses (PRI-25)."""

import re
from collections.abc import Iterable, Sequence

BOM = "\ufeff"  # without it, spreadsheets read UTF-8 in an old encoding
# The signs, full-width, small, raised and lowered ones too: NFKC makes =, +, - or @ of them.
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u207a\u207b\u207c\u208a\u208b\u208c\u2212"
_NOT_SHOWN = ' "\u00a0\u00ad\u200b-\u200f\u2028\u2029\u2060\u3000\ufeff'
# A reader with another delimiter begins a cell after each of these, also inside quotation marks.
_CELL_ENDS = ";\t\r\n"
_FORMULA = re.compile(rf"(^|[{_CELL_ENDS}])([{_NOT_SHOWN}]*)(?=[{_SIGNS}])")
_RUNS_ALONE = ("\t", "\r", "\n")
_UNSAFE = re.compile(rf"[\"{_CELL_ENDS}{_SIGNS}]")


def neutral(cell: str) -> str:
    """Return the cell, with an apostrophe before each sign that a spreadsheet could run as a formula (PRI-25).

    Example:
        >>> neutral("a;=1+1"), neutral("\uff1d1+1"), neutral("1+1")
        ("a;'=1+1", "'\uff1d1+1", '1+1')
    """
    if is_neutral(cell):
        return cell
    safe = _FORMULA.sub(r"\1'\2", cell)
    return f"'{safe}" if safe.lstrip(" ").startswith(_RUNS_ALONE) else safe


def is_neutral(cell: str) -> bool:
    """Return True if a cell has no sign that could begin a formula or a cell, and none that CSV must quote."""
    return _UNSAFE.search(cell) is None


def sheet(rows: Iterable[Sequence[str]], *, first: bool = True) -> str:
    """Return rows as CSV (RFC 4180), with every cell neutral; the `first` page begins with a byte-order mark."""
    import csv
    import io

    text = io.StringIO()
    csv.writer(text).writerows([neutral(cell) for cell in row] for row in rows)
    return f"{BOM if first else ''}{text.getvalue()}"
