"""Cells for spreadsheets that must never run as formulas (PRI-25)."""

from collections.abc import Iterable, Sequence

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def neutral(cell: str) -> str:
    """Return the cell, with an apostrophe in front if a spreadsheet would read it as a formula (PRI-25)."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_STARTS_A_FORMULA) else cell


def sheet(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV (RFC 4180), with every cell neutral."""
    import csv
    import io

    text = io.StringIO()
    csv.writer(text).writerows([neutral(cell) for cell in row] for row in rows)
    return text.getvalue()
