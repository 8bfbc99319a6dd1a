"""Removes what is left of files a day after it was written (PRI-25)."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, takewhile

from chalicelib.aws import s3
from chalicelib.aws.s3 import StoredFile
from chalicelib.core.times import DAY_S
from chalicelib.imports.domain import uploads

KEPT_S = DAY_S
_UPLOADS, _RESULTS, _PARTS = "imports/", "results/", "results/parts/"


def remove_old_files(has_time: Callable[[], bool], now: int) -> int:
    """Remove every upload, result, and part of a result that was written a day ago or earlier; return how many.

    Files that were sent in parts and not completed go a day after they were begun.

    It asks the bucket, not the imports, so that files of an import that never began, failed or was lost go as well.
    Stop when the time is over: the next run continues. May run at any time, also twice at once.
    """
    removed = 0
    for file in _old(chain(_uploads(), s3.list_files(_RESULTS), _parts(now)), now):
        if not has_time():
            break
        s3.remove_if(file.key, file.etag)
        removed += 1
    for unfinished in chain(s3.list_unfinished(_UPLOADS), s3.list_unfinished(_RESULTS)):
        if not has_time():
            break
        if is_old(unfinished.began_at, now):
            s3.abort(unfinished)
            removed += 1
    return removed


def is_old(written_at: int, now: int) -> bool:
    """Return True if a file has been in the bucket for a day."""
    return written_at + KEPT_S <= now


def _old(files: Iterable[StoredFile], now: int) -> Iterator[StoredFile]:
    return (file for file in files if is_old(file.written_at, now))


def _uploads() -> Iterator[StoredFile]:
    """Yield the files below the prefix of uploads, at any depth. The empty object of a folder stays."""
    return (file for file in _below(_UPLOADS) if not uploads.is_folder(file.key))


def _below(prefix: str) -> Iterator[StoredFile]:
    yield from s3.list_files(prefix)
    for folder in s3.list_folders(prefix):
        yield from _below(folder)


def _parts(now: int) -> Iterator[StoredFile]:
    """Yield the old parts of each result. Parts are written in the order of their keys: the first young one ends it."""
    for folder in s3.list_folders(_PARTS):
        yield from takewhile(lambda file: is_old(file.written_at, now), s3.list_files(folder))
