"""Why a whole file is refused, in words (PRI-23, PRI-24)."""

from chalicelib.imports.domain.import_job import MAX_ROWS

_MESSAGES = {
    "empty_file": "The file is empty.",
    "not_utf8": "The file is not UTF-8.",
    "not_csv": "This is an archive, not a CSV; gzip is the one packing that is read.",
    "no_header": "A file of leads begins with the names of its columns.",
    "bad_header": "A column has no name, or two have the same.",
    "file_too_large": "A file has at most 1 GiB.",
    "too_many_rows": f"A file has at most {MAX_ROWS:,} rows.",
    "packed_too_tightly": "The packed file unpacks to far more than a list does.",
    "broken_gzip": "The packed file is broken.",
    "file_gone": "The file was removed while it was read.",
    "file_replaced": "The file was replaced by another while it was read.",
    "unknown_scope": "There is no such project or campaign.",
    "campaign_not_active": "The campaign takes no leads at present.",
    "gave_up": "The import stopped at the same place too often.",
}


def message_of(code: str) -> str:
    """Return the message of a code."""
    return _MESSAGES[code]
