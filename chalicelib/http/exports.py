"""Responses of exports: text, with the cursor of the next page in a header (PRI-28)."""

from chalicelib.http.headers import NEXT_CURSOR
from chalicelib.http.router import ApiResponse

JSON_LINES = "application/jsonl"
CSV = "text/csv"
_KINDS = {"jsonl": JSON_LINES, "csv": CSV}


def export_response(text: str, form: str, cursor: str | None) -> ApiResponse:
    """Return a page of an export, `jsonl` or `csv`; the last page has no `cursor`."""
    next_header = {NEXT_CURSOR.name: cursor} if cursor else {}
    return ApiResponse(200, text, {"Content-Type": f"{_KINDS[form]}; charset=utf-8"} | next_header)
