"""Criteria compiled for many leads, and their evaluation for one (CAM-2, CAM-3)."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from chalicelib.campaigns.domain.campaign_settings import Criteria
from chalicelib.campaigns.domain.criteria.cel.problems import InvalidExpression, Unevaluable
from chalicelib.campaigns.domain.criteria.lead_values import LeadValues
from chalicelib.campaigns.domain.criteria.operands import NEGATIVE, field_test
from chalicelib.core.quick_dataclass import dataclass

_CACHE_SIZE = 128


@dataclass(frozen=True)
class Unmet:
    """A criterion that a lead does not meet: its name, and why: `not_met` or `unevaluable` (CAM-2).

    `asked` is the saved condition. `members` are the unmet criteria of a group.
    """

    name: str
    why: str
    asked: Criteria = field(default_factory=dict, compare=False)
    members: "tuple[Unmet, ...]" = field(default=(), compare=False)


@dataclass(frozen=True)
class Leaf:
    """One condition: its name, its test, which may raise Unevaluable, and its saved form."""

    name: str
    test: Callable[[LeadValues], bool]
    saved: Criteria

    def unmet(self, lead: LeadValues) -> Unmet | None:
        """Return the condition if the lead does not meet it, else None."""
        try:
            return None if self.test(lead) else Unmet(self.name, "not_met", self.saved)
        except Unevaluable:
            return Unmet(self.name, "unevaluable", self.saved)


@dataclass(frozen=True)
class Every:
    """A group of conditions that must all be met."""

    members: "tuple[Condition, ...]"

    def unmet(self, lead: LeadValues) -> Unmet | None:
        """Return the first condition that the lead does not meet, or None."""
        for member in self.members:
            unmet = member.unmet(lead)
            if unmet is not None:
                return unmet
        return None


@dataclass(frozen=True)
class Either:
    """A group of conditions of which one must be met."""

    name: str
    members: "tuple[Condition, ...]"

    def unmet(self, lead: LeadValues) -> Unmet | None:
        """Return the group if the lead meets none of its conditions; as unevaluable if one of them was."""
        unmet_members = []
        for condition in self.members:
            unmet = condition.unmet(lead)
            if unmet is None:
                return None
            unmet_members.append(unmet)
        unevaluable = any(unmet.why == "unevaluable" for unmet in unmet_members)
        return Unmet(self.name, "unevaluable" if unevaluable else "not_met", members=tuple(unmet_members))


Condition = Leaf | Every | Either
_compiled: OrderedDict[tuple[str, int], tuple[Criteria, Condition]] = OrderedDict()


def conditions_of(campaign_id: str, version: int, criteria: Criteria) -> Condition:
    """Return a campaign's compiled criteria, once for each version of the last 128 campaigns (CAM-2).

    A draft has the version that it changes, so other criteria are compared, too: as text, in which 1 is not true.
    """
    key = (campaign_id, version)
    cached = _compiled.get(key)
    if cached is None or (cached[0] is not criteria and repr(cached[0]) != repr(criteria)):
        cached = _compiled[key] = (criteria, condition(criteria, ""))
        if len(_compiled) > _CACHE_SIZE:
            _compiled.popitem(last=False)
    _compiled.move_to_end(key)
    return cached[1]


def condition(criteria: Criteria, path: str) -> Condition:
    """Return one compiled criterion. An invalid one is unevaluable for every lead (CAM-2)."""
    for word in ("all", "any"):
        if word in criteria:
            inner = f"{path}.{word}" if path else word
            members = tuple(
                condition(member, f"{inner}.{index}") for index, member in enumerate(criteria[word])
            )
            return Every(members) if word == "all" else Either(criteria.get("name") or inner, members)
    name = criteria.get("name") or _name_of(criteria, path)
    try:
        return Leaf(name, _test_of(criteria), criteria)
    except (InvalidExpression, KeyError, TypeError, ValueError, ArithmeticError):
        return Leaf(name, _unevaluable, criteria)


def _name_of(criteria: Mapping[str, Any], path: str) -> str:
    """Return the name of a criterion without one: field and operator, or the path of an expression."""
    return path if "expression" in criteria else f"{criteria.get('field')}.{criteria.get('op')}"


def _test_of(criteria: Mapping[str, Any]) -> Callable[[LeadValues], bool]:
    if "expression" in criteria:
        return _expression(criteria["expression"])
    field, op = criteria["field"], criteria["op"]
    if op == "exists":
        return lambda lead: field in lead.values and lead.values[field] != []
    if op == "missing":
        return lambda lead: field not in lead.values or lead.values[field] == []
    test = field_test(field, NEGATIVE.get(op, op), criteria["value"])
    return (lambda lead: not test(lead)) if op in NEGATIVE else test


def _expression(text: str) -> Callable[[LeadValues], bool]:
    from chalicelib.campaigns.domain.criteria.cel import engine, grammar

    program = engine.compiled(grammar.read(text).text)

    def evaluate(lead: LeadValues) -> bool:
        value = engine.run(program, lead.scope)
        if not isinstance(value, bool):
            raise Unevaluable
        return value

    return evaluate


def _unevaluable(lead: LeadValues) -> bool:
    raise Unevaluable
