"""The comparison of a criterion in a form for traces, without personal values (CAM-18)."""

from collections.abc import Collection, Mapping
from typing import Any

from chalicelib.campaigns.domain.criteria.cel.problems import InvalidExpression
from chalicelib.campaigns.domain.criteria.conditions import Unmet

MASK = "…"
_MOST_CHARACTERS = 100
_MOST_VALUES = 10


def describe_unmet(criterion: Unmet, values: Mapping[str, Any], shown: Collection[str]) -> dict[str, Any]:
    """Return an unmet criterion with its reason, the wanted value and the found one; for a group, its members.

    A missing field is found as None. A field that is not among the `shown` ones is masked. Long values are cut.
    """
    detail: dict[str, Any] = {"criterion": criterion.name, "why": criterion.why}
    if criterion.members:
        return {**detail, "any": [describe_unmet(member, values, shown) for member in criterion.members]}
    condition = criterion.asked
    if "expression" in condition:
        keys = _named(condition["expression"])
        found_values = {key: _found(key, values, shown) for key in keys}
        return {**detail, "wanted": _short(condition["expression"]), "found": found_values}
    wanted = {"wanted": _short(condition["value"])} if "value" in condition else {}
    return {**detail, **wanted, "found": _found(condition.get("field"), values, shown)}


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
