"""The uploaded files of imports: their keys in the bucket, and the order of uploads (PRI-18, PRI-19)."""

import re

from chalicelib.core.access import ALL_PROJECTS, Actor
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.imports.domain.import_job import ImportKind, Upload

BUCKET = Actor(kind="system", id="bucket")
_KEY = re.compile(
    r"imports/(block|unblock|forget|leads)/(all|[A-Za-z0-9_.:@-]{1,128})/"
    r"(?:(?!\.\.?/)[^/]+/)*([^/]+?)(?i:\.csv(?:\.gz)?)?"
)
_KIND = re.compile(r"imports/(block|unblock|forget|leads)/|imports/")
_ALL_IN_A_KEY = "all"


@dataclass(frozen=True)
class UploadPlace:
    """The meaning of a key: the kind of the import, and its scope: a project, `*`, a campaign, or blank if unknown."""

    kind: ImportKind
    scope: str
    stem: str


def key_of(kind: ImportKind, scope: str, upload_id: str) -> str:
    """Return the key of an upload. The user's file name is not part of it (PRI-18)."""
    return f"imports/{kind}/{_ALL_IN_A_KEY if scope == ALL_PROJECTS else scope}/{upload_id}.csv"


def place_of(key: str) -> UploadPlace | None:
    """Return the meaning of a key, also in folders below its scope, whatever its ending (PRI-18).

    A key below `imports/` that names no kind or scope has a blank scope: its import fails. None for others.
    """
    match = _KEY.fullmatch(key)
    if match is None:
        kind_only = _KIND.match(key)
        return UploadPlace(ImportKind(kind_only[1] or "block"), "", "") if kind_only else None
    kind, scope = ImportKind(match[1]), match[2]
    if scope == _ALL_IN_A_KEY:
        return UploadPlace(kind, "" if kind is ImportKind.LEADS else ALL_PROJECTS, match[3])
    return UploadPlace(kind, scope, match[3])


def is_folder(key: str) -> bool:
    """Return True for the empty object that a console makes for a folder."""
    return key.endswith("/")


def dropped_id(upload: Upload) -> str:
    """Return the import id of a file that was put into the bucket directly: one id for one event (PRI-19)."""
    return f"imp_{upload.identity[:26]}"


def is_later(sequencer: str, than: str) -> bool:
    """Return True if one write of a key came after the other: hexadecimal, the shorter one padded on the right."""
    width = max(len(sequencer), len(than))
    return sequencer.lower().ljust(width, "0") > than.lower().ljust(width, "0")
