"""Every field of a configuration item by its path, such as `campaign.limits.daily`."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints


def field_paths(shape: type, at: str) -> Iterator[str]:
    """Yield every field by its path under `at`, through nested dataclasses."""
    hints = get_type_hints(shape)
    for entry in fields(shape):
        within = [item for item in _types(hints[entry.name]) if isinstance(item, type) and is_dataclass(item)]
        if entry.name in ("id", "version", "confirmed_by") and at.count(".") == 0:
            continue
        if not within:
            yield f"{at}.{entry.name}"
        for item in within:
            yield from field_paths(item, f"{at}.{entry.name}")


def _types(hint: Any) -> Iterator[Any]:
    yield hint
    for arg in get_args(hint):
        yield from _types(arg)
