"""What a criterion compared, as a trace may show it: nothing that identifies anybody (CAM-18)."""

from collections.abc import Collection, Mapping
from typing import Any

from chalicelib.campaigns.domain.criteria.cel.problems import InvalidExpression
from chalicelib.campaigns.domain.criteria.conditions import Unmet

MASK = "…"
_MOST_CHARACTERS = 100
_MOST_VALUES = 10


def describe_unmet(found: Unmet, values: Mapping[str, Any], shown: Collection[str]) -> dict[str, Any]:
    """Return a criterion that is not met and why, what it wants and what it found; of a group each of `any`.

    A field that is not there is found as None, one that is not among the `shown` as a mask, whatever its value is. Of
    what is long the beginning is shown.
    """
    detail: dict[str, Any] = {"criterion": found.name, "why": found.why}
    if found.members:
        return {**detail, "any": [describe_unmet(one, values, shown) for one in found.members]}
    asked = found.asked
    if "expression" in asked:
        named = _named(asked["expression"])
        said = {key: _found(key, values, shown) for key in named}
        return {**detail, "wanted": _short(asked["expression"]), "found": said}
    wanted = {"wanted": _short(asked["value"])} if "value" in asked else {}
    return {**detail, **wanted, "found": _found(asked.get("field"), values, shown)}


def _found(key: Any, values: Mapping[str, Any], shown: Collection[str]) -> Any:
    if not isinstance(key, str) or values.get(key) is None:
        return None
    return _short(values[key]) if key in shown else MASK


def _short(value: Any) -> Any:
    if isinstance(value, list | tuple):
        more = [MASK] if len(value) > _MOST_VALUES else []
        return [*map(_short, value[:_MOST_VALUES]), *more]
    if isinstance(value, str) and len(value) > _MOST_CHARACTERS:
        return value[:_MOST_CHARACTERS] + MASK
    return value


def _named(expression: Any) -> Collection[str]:
    from chalicelib.campaigns.domain.criteria.cel import grammar

    try:
        return grammar.read(expression).fields.keys()
    except (InvalidExpression, TypeError):
        return ()
