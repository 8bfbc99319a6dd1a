"""Data about places: postal codes from the package, IP addresses from the operator's own file.

A file is read at its first use, once in a process (CAM-13).
"""

import functools
import gzip
import tempfile
import threading
from bisect import bisect_left
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib import settings
from chalicelib.aws import s3

if TYPE_CHECKING:
    from maxminddb import Reader

_POSTAL_CODES = Path(__file__).resolve().parents[1] / "data" / "us-postal-codes.txt.gz"
POSTAL_COUNTRIES = frozenset({"US"})
_loading = threading.Lock()


def city_and_state(postal_code: str) -> tuple[str, str] | None:
    """Return the city and the state of a US postal code of five digits, or None if the code does not exist."""
    rows = _postal_codes()
    at = bisect_left(rows, f"{postal_code}\t")
    code, *place = rows[at].split("\t") if at < len(rows) else ("",)
    return (place[0], place[1]) if code == postal_code and place else None


def has_database() -> bool:
    """Tell whether this deployment has a database of IP addresses: a file of the package, or a key of the bucket."""
    where = settings.current().geo_database
    return (
        Path(where).is_file() if where.startswith("/") else bool(where and settings.current().imports_bucket)
    )


def country_and_region(ip: str) -> tuple[str | None, str | None]:
    """Return the country (ISO 3166, two letters) and the region of an IP address, each None if not known.

    Raise any error of the file, its store or its format. The caller reports it as a failed service.
    """
    row: Any = _database(settings.current().geo_database).get(ip)
    record = row if isinstance(row, dict) else {}
    country = _in(record, "country", "iso_code") or _in(record, "registered_country", "iso_code")
    divisions = record.get("subdivisions")
    region = _in(divisions[0], "iso_code") if isinstance(divisions, list) and divisions else None
    return country, region


def clear_cache() -> None:
    """Clear the caches, as in a new process."""
    _postal_codes.cache_clear()
    _opened.cache_clear()


def _in(record: Any, *names: str) -> str | None:
    for name in names:
        record = record.get(name) if isinstance(record, dict) else None
    return record if isinstance(record, str) else None


@functools.cache
def _postal_codes() -> list[str]:
    """Return the rows, ordered by postal code."""
    return gzip.decompress(_POSTAL_CODES.read_bytes()).decode().split("\n")


def _database(where: str) -> "Reader":
    """Return the open database. Concurrent leads wait for one read of it."""
    with _loading:
        return _opened(where)


@functools.cache
def _opened(where: str) -> "Reader":
    import maxminddb

    if where.startswith("/"):
        return maxminddb.open_database(where)
    with tempfile.NamedTemporaryFile(suffix=".mmdb") as copy:
        copy.write(s3.read(where))
        copy.flush()
        return maxminddb.open_database(copy.name)
