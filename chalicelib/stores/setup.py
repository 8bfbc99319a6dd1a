"""What the organisation sets up, its versions, and the fingerprints of its keys (table `setup`)."""

from typing import Any, ClassVar, TypeVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.domain.requests import PersonRequest
from chalicelib.domain.setup import Campaign, Credential, LeadType, Organisation, Project, Thing, User
from chalicelib.stores import rows
from chalicelib.stores.batch import Delete, Found, Key, Put, Write
from chalicelib.stores.rows import MetaDefaults, Row

T = TypeVar("T", bound=Thing)
KINDS: dict[type[Thing], str] = {
    Organisation: "organisation",
    Project: "project",
    LeadType: "lead_type",
    Campaign: "campaign",
    User: "user",
    Credential: "credential",
    PersonRequest: "request",
}
CACHED_FOR_S = 10
_KEY_KIND = "key"
_cache: dict[tuple[type[Thing], str], tuple[int, Thing]] = {}
_CACHE_SIZE = 1000
_adapters: dict[type[Thing], Any] = {}
_fingerprints: dict[str, str] = {}


class SetupRow(Row):
    """One thing, or one earlier version of it (kind `<kind>#<id>`, id = version)."""

    TABLE: ClassVar[str] = "setup"

    class Meta(MetaDefaults):
        """Table settings."""

    kind = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    version = NumberAttribute(default=0)
    body = UnicodeAttribute()


def key(cls: type[Thing], thing_id: str) -> Key:
    """Return the address of a thing, for a batch read."""
    return Key(SetupRow, KINDS[cls], thing_id)


def found(cls: type[T], thing_id: str, among: Found) -> T | None:
    """Return the thing a batch read found under `key`."""
    row = among.get(SetupRow, KINDS[cls], thing_id)
    return None if row is None else _thing(cls, row)


def get(cls: type[T], thing_id: str, now: int) -> T | None:
    """Return a thing as it is now (strongly consistent), or None."""
    row = rows.get(SetupRow, KINDS[cls], thing_id, now)
    return None if row is None else _thing(cls, row)


def cached(cls: type[T], thing_id: str, now: int, absent: T | None = None) -> T | None:
    """Return a thing as it was at most ten seconds ago, or None; absence is never remembered (ACC-2, ACC-8).

    Where there are defaults for what was never set, they are given as `absent`, and remembered like the thing.
    """
    read_at, thing = _cache.get((cls, thing_id), (0, None))
    if isinstance(thing, cls) and read_at <= now < read_at + CACHED_FOR_S:
        return thing
    fresh = get(cls, thing_id, now) or absent
    if fresh is not None:
        if len(_cache) >= _CACHE_SIZE:
            _cache.clear()
        _cache[cls, thing_id] = (now, fresh)
    return fresh


def forget_cached() -> None:
    """Forget what was cached, as a fresh process would."""
    _cache.clear()
    _fingerprints.clear()


def page(
    cls: type[T], limit: int, after: dict[str, Any] | None = None
) -> tuple[list[T], dict[str, Any] | None]:
    """Return up to `limit` things of a kind in the order they were made, and the key to go on from."""
    raw, following = rows.page(SetupRow, KINDS[cls], limit=limit, after=after)
    return [_thing(cls, SetupRow.from_raw_data(item)) for item in raw], following


def all_of(cls: type[T]) -> list[T]:
    """Return every thing of a kind; for the kinds an organisation has few of."""
    return [_thing(cls, row) for row in rows.remains(SetupRow, KINDS[cls])]


def added(thing: Thing) -> list[Write]:
    """Return the writes that add a thing as version 1, only where nothing is."""
    return [Put(_row(thing), SetupRow.kind.does_not_exist()), _version(thing)]


def changed(thing: Thing) -> list[Write]:
    """Return the writes that replace the version before `thing.version`, and only that one (409 otherwise)."""
    return [Put(_row(thing), SetupRow.version == thing.version - 1), _version(thing)]


def removed(thing: Thing) -> list[Write]:
    """Return the writes that take a thing away as it was last read; its versions stay."""
    return [Delete(_row(thing), SetupRow.version == thing.version)]


def version_of(cls: type[T], thing_id: str, version: int, now: int) -> T | None:
    """Return an earlier version of a thing, or None."""
    row = rows.get(SetupRow, f"{KINDS[cls]}#{thing_id}", f"{version:08d}", now)
    return None if row is None else _thing(cls, row)


def key_fingerprint(name: str, now: int) -> str | None:
    """Return the registered fingerprint of a secret key, or None; it never changes once it is known (data.md)."""
    if name not in _fingerprints:
        row = rows.get(SetupRow, _KEY_KIND, name, now)
        if row is None:
            return None
        _fingerprints[name] = str(row.body)
    return _fingerprints[name]


def key_registered(name: str, fingerprint: str) -> list[Write]:
    """Return the write that registers a key's fingerprint, only where none is."""
    row = SetupRow(_KEY_KIND, name, version=1, body=fingerprint)
    return [Put(row, SetupRow.kind.does_not_exist())]


def _row(thing: Thing) -> SetupRow:
    return SetupRow(KINDS[type(thing)], thing.id, version=thing.version, body=_body(thing))


def _version(thing: Thing) -> Put:
    row = SetupRow(
        f"{KINDS[type(thing)]}#{thing.id}", f"{thing.version:08d}", version=thing.version, body=_body(thing)
    )
    return Put(row, SetupRow.kind.does_not_exist())


def _adapter(cls: type[T]) -> Any:
    from pydantic import TypeAdapter  # 90 ms: only functions that read set-up things pay for it

    if cls not in _adapters:
        _adapters[cls] = TypeAdapter(cls)
    return _adapters[cls]


def _body(thing: Thing) -> str:
    return str(_adapter(type(thing)).dump_json(thing, exclude_defaults=False).decode())


def _thing(cls: type[T], row: SetupRow) -> T:
    thing: T = _adapter(cls).validate_json(row.body)
    return thing
