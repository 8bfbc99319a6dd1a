"""Fill the names of things into an answer, from one look-up for the whole answer (ACC-12)."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar, get_args

from chalicelib.core import registry
from chalicelib.core.access import Actor
from chalicelib.core.errors import Unavailable
from chalicelib.core.paging import encoded_size
from chalicelib.http.route_spec import ApiResponse
from chalicelib.http.schemas.base import Contract
from chalicelib.http.schemas.named import Named, NamedItem, Reference

T = TypeVar("T")
NAMES_BYTES = 1_000_000
"""How many bytes the names of an answer may take, besides its page. Names beyond it stay null."""


def with_names(caller: Actor | None, result: T, now: int) -> T:
    """Return an answer, or a list of contracts, with the names that the caller may know (ACC-12).

    The hook `names` reads them in one go for the whole answer. A name that is there already stays. If the names
    cannot be read they are null, because a change that was made must not be answered as an error.
    """
    if caller is None:
        return result
    if isinstance(result, ApiResponse):
        named: T = replace(result, body=with_names(caller, result.body, now))
        return named
    wanted = dict.fromkeys(found.reference for found in _unnamed(result))
    return _filled(result, _read(caller, list(wanted), now)) if wanted else result


def _read(caller: Actor, wanted: Sequence[Reference], now: int) -> Mapping[Reference, str]:
    try:
        found: Mapping[Reference, str] = registry.hook("names")(caller, wanted, now)
    except Unavailable:
        return {}
    return found


def _unnamed(value: object) -> Iterator[Named | NamedItem]:
    if isinstance(value, Named | NamedItem):
        if value.name is None:
            yield value
    elif isinstance(value, Contract):
        for field in _naming_fields(type(value)):
            yield from _unnamed(getattr(value, field))
    elif isinstance(value, list):
        for item in value:
            yield from _unnamed(item)


def _filled(result: T, names: Mapping[Reference, str]) -> T:
    left = NAMES_BYTES

    def fill(value: Any) -> Any:
        nonlocal left
        if isinstance(value, Named | NamedItem):
            name = names.get(value.reference) if value.name is None else None
            size = 0 if name is None else encoded_size(name)
            if name is None or size > left:
                return value
            left -= size
            return value.model_copy(update={"name": name})
        if isinstance(value, Contract):
            update = {field: fill(getattr(value, field)) for field in _naming_fields(type(value))}
            return value.model_copy(update=update) if update else value
        return [fill(item) for item in value] if isinstance(value, list) else value

    filled: T = fill(result)
    return filled


@functools.cache
def _naming_fields(model: type[Contract]) -> tuple[str, ...]:
    """Return the fields of a contract that may hold a named thing, at any depth."""
    return tuple(name for name, field in model.model_fields.items() if _may_name(field.annotation, {model}))


def _may_name(annotation: Any, above: set[type[Contract]]) -> bool:
    if not isinstance(annotation, type) or get_args(annotation):
        return any(_may_name(part, above) for part in get_args(annotation))
    if annotation is Contract or issubclass(annotation, Named | NamedItem):
        return True
    if not issubclass(annotation, Contract) or annotation in above:
        return False
    return any(
        _may_name(field.annotation, above | {annotation}) for field in annotation.model_fields.values()
    )
