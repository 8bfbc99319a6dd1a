"""Exports as HTTP gives them: text, with the cursor of the next page in a header (PRI-28)."""

from chalicelib.http.api import Answer

JSON_LINES = "application/jsonl"
CSV = "text/csv"
_KINDS = {"jsonl": JSON_LINES, "csv": CSV}


def exported(text: str, form: str, cursor: str | None) -> Answer:
    """Return a page of an export, `jsonl` or `csv`; `cursor` is None on the last one."""
    following = {"X-Next-Cursor": cursor} if cursor else {}
    return Answer(200, text, {"Content-Type": f"{_KINDS[form]}; charset=utf-8"} | following)
