"""The field changes of a configuration item, in the form that the ledger may keep (PRI-27, PRI-31)."""

import json
import re
from collections.abc import Iterator, Set
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from chalicelib.core.contact_points import mask
from chalicelib.core.providers import host_of
from chalicelib.ledger.domain.entries import FieldChange
from chalicelib.organisation.domain.configuration import ConfigItem

_CONTACT = re.compile(r"[^\s\"'<>,;()]+@[^\s\"'<>,;()]+\.[^\W\d_]{2,}|\+?\(?\d[\d ().-]{8,18}\d")
_LEAST_DIGITS = 10
_UNRECORDED = {"id", "version", "confirmed_by"}
_ADDRESS = "url"
_WITHHELD = frozenset({"password_hash", "secrets", "email", "notify", _ADDRESS})


def config_changes(before: ConfigItem, after: ConfigItem) -> tuple[FieldChange, ...]:
    """Return the changed fields (PRI-27).

    A personal or secret value is recorded by its path (`consent.notify`) without its values. A contact in any other
    value, such as a criterion, is masked. Of a provider's address only the host is recorded, because path and query may
    contain a key (PRI-31).
    """
    withheld = _WITHHELD | before.WITHHELD
    return tuple(
        change
        for field in fields(before)
        if field.name not in _UNRECORDED and getattr(before, field.name) != getattr(after, field.name)
        for change in _changes(field.name, getattr(before, field.name), getattr(after, field.name), withheld)
    )


def _changes(name: str, before: object, after: object, withheld: Set[str]) -> Iterator[FieldChange]:
    old, new = {name: _plain(before)}, {name: _plain(after)}
    old_text = _text(_recorded(old, withheld).get(name))
    new_text = _text(_recorded(new, withheld).get(name))
    if old_text != new_text:
        yield FieldChange(name, old_text, new_text)
    old_withheld, new_withheld = dict(_withheld(old, withheld)), dict(_withheld(new, withheld))
    paths = sorted(old_withheld.keys() | new_withheld.keys())
    changed = [path for path in paths if old_withheld.get(path) != new_withheld.get(path)]
    yield from map(FieldChange, changed)
    if old_text == new_text and not changed:
        yield FieldChange(name)  # only a contact changed, and its mask did not


def _recorded(values: Any, withheld: Set[str]) -> Any:
    """Return values without the withheld ones."""
    if isinstance(values, list):
        return [_recorded(item, withheld) for item in values]
    if isinstance(values, str):
        return _CONTACT.sub(lambda found: _masked(found[0]), values)
    if not isinstance(values, dict):
        return values
    recorded = {name: _recorded(value, withheld) for name, value in values.items() if name not in withheld}
    return {**recorded, _ADDRESS: host_of(values[_ADDRESS])} if _ADDRESS in values else recorded


def _masked(text: str) -> str:
    """Return the mask of what looks like an e-mail address or a phone number, in a criterion for example."""
    if "@" in text:
        return mask(text)
    digits = "".join(filter(str.isdigit, text))
    return mask(digits) if len(digits) >= _LEAST_DIGITS else text


def _withheld(values: Any, withheld: Set[str], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every withheld value with its path."""
    if path.rpartition(".")[2] in withheld:
        yield path, values
        return
    children = (
        enumerate(values) if isinstance(values, list) else values.items() if isinstance(values, dict) else ()
    )
    for name, value in children:
        yield from _withheld(value, withheld, f"{path}.{name}".lstrip("."))


def _plain(value: Any) -> Any:
    """Return a value in its JSON form."""
    return json.loads(json.dumps(value, default=_as_json))


def _as_json(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def _text(value: Any) -> str | None:
    return (
        value
        if value is None or isinstance(value, str)
        else json.dumps(value, sort_keys=True, ensure_ascii=False)
    )
