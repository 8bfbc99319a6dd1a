"""The messages for files that are refused (PRI-23, PRI-24)."""

from chalicelib.imports.domain.import_job import MAX_ROWS

_MESSAGES = {
    "empty_file": "The file is empty.",
    "not_utf8": "The file is not UTF-8.",
    "not_csv": "This is an archive, not a CSV file; only gzip is supported.",
    "no_header": "A file of leads must begin with the names of its columns.",
    "no_contact_column": "The header names no column of contacts. Nothing was done.",
    "bad_header": "The header cannot be read: a column without a name, two of the same name, or another wrong sign.",
    "file_too_large": "A file can have at most 1 GiB.",
    "too_many_rows": f"A file can have at most {MAX_ROWS:,} rows.",
    "packed_too_tightly": "The gzip file unpacks to too many bytes.",
    "broken_gzip": "The gzip file is damaged.",
    "file_gone": "The file was removed: while it was read, or a day after it was uploaded.",
    "file_replaced": "The file was replaced by another while it was read.",
    "bad_key": "The file's key names no kind of import, or no project or campaign.",
    "unknown_scope": "There is no such project or campaign.",
    "campaign_not_active": "The campaign does not accept leads at present.",
    "right_ended": "The user who started or confirmed the import may not do so any more.",
    "gave_up": "The import failed too often at the same place.",
}


def import_message(code: str) -> str:
    """Return the message of a code."""
    return _MESSAGES[code]
