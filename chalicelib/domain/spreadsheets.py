"""Cells that a spreadsheet must show and never run (PRI-25)."""

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def neutral(cell: str) -> str:
    """Return the cell with an apostrophe before what a spreadsheet would take for a formula (PRI-25)."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_STARTS_A_FORMULA) else cell
