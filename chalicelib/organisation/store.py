"""The organisation's configuration, its versions, and the fingerprints of its keys (table `setup`)."""

from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.dynamodb import batch, rows
from chalicelib.aws.dynamodb.batch import BatchRows, Delete, Key, Put, Write
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row
from chalicelib.core.paging import LastKey, Page, encoded_size
from chalicelib.organisation.domain.configuration import ConfigItem

T = TypeVar("T", bound=ConfigItem)
CACHED_FOR_S = 10
_KEY_KIND = "key"
_FRAME, _NAMED_ID = 2_000, 200
_FIRST, _LAST = "00000001", "last"
ItemKey = tuple[type[ConfigItem], str]
_cache: dict[ItemKey, tuple[int, ConfigItem]] = {}
_parsed: dict[ItemKey, tuple[str, ConfigItem]] = {}
_CACHE_SIZE = 1000
_adapters: dict[type[ConfigItem], Any] = {}
_fingerprints: dict[str, str] = {}


class ConfigRow(Row):
    """One configuration item, or one version of it (kind `<kind>#<id>`, id = version)."""

    TABLE: ClassVar[str] = "setup"

    class Meta(MetaDefaults):
        """Table settings."""

    kind = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    version = NumberAttribute(default=0)
    body = UnicodeAttribute()


def key(cls: type[ConfigItem], item_id: str) -> Key:
    """Return the key of an item, for a batch read."""
    return Key(ConfigRow, cls.CONFIG_KIND, item_id)


def from_batch(cls: type[T], item_id: str, batch_rows: BatchRows) -> T | None:
    """Return the item that a batch read found, or None. A row with the text of the last one is not parsed again."""
    row = batch_rows.get(ConfigRow, cls.CONFIG_KIND, item_id)
    if row is None:
        return None
    body, item = _parsed.get((cls, item_id), ("", None))
    if body != row.body or not isinstance(item, cls):
        item = _item(cls, row)
        _remember(_parsed, (cls, item_id), (row.body, item))
    return item


def get(cls: type[T], item_id: str, now: int) -> T | None:
    """Return an item as it is now (strongly consistent), or None."""
    row = rows.get(ConfigRow, cls.CONFIG_KIND, item_id, now)
    return None if row is None else _item(cls, row)


def cached(cls: type[T], item_id: str, now: int, absent: T | None = None) -> T | None:
    """Return an item, at most ten seconds old, or None. Absence is never cached (ACC-2, ACC-8).

    `absent` is the default for an item that was never set. It is returned and cached like an item.
    """
    known = _from_cache(cls, item_id, now)
    if known is not None:
        return known
    fresh = get(cls, item_id, now) or absent
    if fresh is not None:
        _to_cache(fresh, now)
    return fresh


def cached_many(wanted: Iterable[ItemKey], now: int) -> dict[ItemKey, ConfigItem]:
    """Return items of any classes by class and id, at most ten seconds old; absent ones are left out.

    Those that are not cached are read together, one round trip for each hundred.
    """
    keys = list(dict.fromkeys(wanted))
    found = {each: item for each in keys if (item := _from_cache(*each, now)) is not None}
    missing = [each for each in keys if each not in found]
    fresh = _read_together({each: [key(*each)] for each in missing}, now)
    for item in fresh.values():
        _to_cache(item, now)
    return found | fresh


def get_deleted(wanted: Iterable[ItemKey], now: int) -> dict[ItemKey, ConfigItem]:
    """Return items as they were when they were deleted, by class and id; never cached.

    Of an item that was deleted before its last version was marked, the first version is returned.
    """
    return _read_together(
        {each: [_version_key(*each, id_) for id_ in (_LAST, _FIRST)] for each in wanted}, now
    )


def clear_cache() -> None:
    """Clear the caches, as in a new process."""
    _cache.clear()
    _parsed.clear()
    _fingerprints.clear()


def list_page(cls: type[T], limit: int, after: LastKey | None = None) -> Page[T]:
    """Return up to `limit` items of a kind, in the order of their ids."""
    page = rows.page(ConfigRow, cls.CONFIG_KIND, limit=limit, after=after)
    return Page([_item(cls, ConfigRow.from_raw_data(item)) for item in page.items], page.next)


def list_position(item: ConfigItem) -> LastKey:
    """Return the position after an item in the list of its kind."""
    return {"kind": {"S": item.CONFIG_KIND}, "id": {"S": item.id}}


def size_of(item: ConfigItem) -> int:
    """Return the bytes of an item as it is stored."""
    return len(_body(item).encode())


def encoded_size_of(item: ConfigItem) -> int:
    """Return about how many bytes an item has in an answer, which shows what is stored under longer names.

    Ids of other things are shown twice, the second time with their names (ACC-12).
    """
    lists = (value for name, value in vars(item).items() if name.endswith("_ids"))
    return _FRAME + encoded_size(_body(item)) + _NAMED_ID * sum(map(len, lists))


def list_all(cls: type[T]) -> list[T]:
    """Return all items of a kind; only for kinds of which an organisation has few."""
    return [_item(cls, row) for row in rows.get_including_expired(ConfigRow, cls.CONFIG_KIND)]


def insert(item: ConfigItem) -> list[Write]:
    """Return the writes that add an item as version 1, if its id is not in use."""
    return [Put(_row(item), ConfigRow.kind.does_not_exist()), _version(item)]


def update(item: ConfigItem) -> list[Write]:
    """Return the writes that replace exactly the version before `item.version`; otherwise they are cancelled."""
    return [Put(_row(item), ConfigRow.version == item.version - 1), _version(item)]


def delete(item: ConfigItem) -> list[Write]:
    """Return the writes that delete an item, if it is unchanged. Its versions stay, the last one marked (ACC-12)."""
    last = ConfigRow(f"{item.CONFIG_KIND}#{item.id}", _LAST, version=item.version, body=_body(item))
    return [Delete(_row(item), ConfigRow.version == item.version), Put(last, ConfigRow.kind.does_not_exist())]


def get_version(cls: type[T], item_id: str, version: int, now: int) -> T | None:
    """Return one version of an item, or None."""
    row = rows.get(ConfigRow, f"{cls.CONFIG_KIND}#{item_id}", f"{version:08d}", now)
    return None if row is None else _item(cls, row)


def key_fingerprint(name: str, now: int) -> str | None:
    """Return the registered fingerprint of a secret key, or None. It never changes (data-model.md, Contacts)."""
    if name not in _fingerprints:
        row = rows.get(ConfigRow, _KEY_KIND, name, now)
        if row is None:
            return None
        _fingerprints[name] = str(row.body)
    return _fingerprints[name]


def register_key(name: str, fingerprint: str) -> list[Write]:
    """Return the write that registers a key's fingerprint, if none is registered."""
    row = ConfigRow(_KEY_KIND, name, version=1, body=fingerprint)
    return [Put(row, ConfigRow.kind.does_not_exist())]


def _read_together(wanted: dict[ItemKey, list[Key]], now: int) -> dict[ItemKey, ConfigItem]:
    """Return for each item the first of its rows that exists."""
    if not wanted:
        return {}
    read = batch.read_many([each for keys in wanted.values() for each in keys], now)
    found = {}
    for each, keys in wanted.items():
        read_rows = (read.get(ConfigRow, one.hash_key, one.range_key) for one in keys)
        row = next((row for row in read_rows if row is not None), None)
        if row is not None:
            found[each] = _item(each[0], row)
    return found


def _version_key(cls: type[ConfigItem], item_id: str, version: str) -> Key:
    return Key(ConfigRow, f"{cls.CONFIG_KIND}#{item_id}", version)


def _from_cache(cls: type[T], item_id: str, now: int) -> T | None:
    read_at, item = _cache.get((cls, item_id), (0, None))
    return item if isinstance(item, cls) and read_at <= now < read_at + CACHED_FOR_S else None


def _to_cache(item: ConfigItem, now: int) -> None:
    _remember(_cache, (type(item), item.id), (now, item))


def _remember(cache: dict[Any, Any], item_key: ItemKey, entry: tuple[object, ConfigItem]) -> None:
    if len(cache) >= _CACHE_SIZE:
        cache.clear()
    cache[item_key] = entry


def _row(item: ConfigItem) -> ConfigRow:
    return ConfigRow(item.CONFIG_KIND, item.id, version=item.version, body=_body(item))


def _version(item: ConfigItem) -> Put:
    row = ConfigRow(
        f"{item.CONFIG_KIND}#{item.id}", f"{item.version:08d}", version=item.version, body=_body(item)
    )
    return Put(row, ConfigRow.kind.does_not_exist())


def _adapter(cls: type[T]) -> Any:
    from pydantic import TypeAdapter  # 90 ms: only for functions that read configuration

    if cls not in _adapters:
        _adapters[cls] = TypeAdapter(cls)
    return _adapters[cls]


def _body(item: ConfigItem) -> str:
    return str(_adapter(type(item)).dump_json(item, exclude_defaults=False).decode())


def _item(cls: type[T], row: ConfigRow) -> T:
    item: T = _adapter(cls).validate_json(row.body)
    return item
