"""What a change did to a set-up thing, as far as the record may hold it (PRI-27, PRI-31)."""

import json
from collections.abc import Iterator, Set
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from chalicelib.core.providers import host_of
from chalicelib.ledger.domain.entries import FieldChange
from chalicelib.organisation.domain.configuration import ConfigItem

_UNRECORDED = {"id", "version", "confirmed_by"}
_ADDRESS = "url"
_WITHHELD = frozenset({"password_hash", "secrets", "email", "notify", _ADDRESS})


def differences(before: ConfigItem, after: ConfigItem) -> tuple[FieldChange, ...]:
    """Return what changed, by field (PRI-27).

    A personal or secret value, wherever it stands, is named by its place (`consent.notify`) without its values; of
    an address that is asked the host is told, for its path and query may hold a key (PRI-31).
    """
    withheld = _WITHHELD | before.WITHHELD
    return tuple(
        change
        for entry in fields(before)
        if entry.name not in _UNRECORDED and getattr(before, entry.name) != getattr(after, entry.name)
        for change in _changes(entry.name, getattr(before, entry.name), getattr(after, entry.name), withheld)
    )


def _changes(name: str, before: object, after: object, withheld: Set[str]) -> Iterator[FieldChange]:
    old, new = {name: _plain(before)}, {name: _plain(after)}
    told = _text(_recorded(old, withheld).get(name)), _text(_recorded(new, withheld).get(name))
    if told[0] != told[1]:
        yield FieldChange(name, *told)
    kept_back = dict(_places(old, withheld)), dict(_places(new, withheld))
    for place in sorted(kept_back[0].keys() | kept_back[1].keys()):
        if kept_back[0].get(place) != kept_back[1].get(place):
            yield FieldChange(place)


def _recorded(values: Any, withheld: Set[str]) -> Any:
    """Return values without those that are withheld."""
    if isinstance(values, list):
        return [_recorded(one, withheld) for one in values]
    if not isinstance(values, dict):
        return values
    told = {name: _recorded(value, withheld) for name, value in values.items() if name not in withheld}
    return {**told, _ADDRESS: host_of(values[_ADDRESS])} if _ADDRESS in values else told


def _places(values: Any, withheld: Set[str], place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value that is withheld, by its place."""
    if place.rpartition(".")[2] in withheld:
        yield place, values
        return
    named = (
        enumerate(values) if isinstance(values, list) else values.items() if isinstance(values, dict) else ()
    )
    for name, value in named:
        yield from _places(value, withheld, f"{place}.{name}".lstrip("."))


def _plain(value: Any) -> Any:
    """Return a value as it stands in JSON."""
    return json.loads(json.dumps(value, default=_unfolded))


def _unfolded(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, sort_keys=True)
