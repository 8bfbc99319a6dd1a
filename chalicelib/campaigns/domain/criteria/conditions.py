"""Criteria made ready to be asked of many leads, and asked of one (CAM-2, CAM-3)."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.campaigns.domain.campaign_settings import Criteria
from chalicelib.campaigns.domain.criteria.cel.problems import InvalidExpression, Unevaluable
from chalicelib.campaigns.domain.criteria.lead_values import LeadValues
from chalicelib.campaigns.domain.criteria.operands import NEGATIVE, question

_KEPT = 128


@dataclass(frozen=True)
class Unmet:
    """A criterion that a lead does not meet: its name, and why: `not_met` or `unevaluable` (CAM-2).

    `asked` is a condition as it was saved, `members` what of a group is not met.
    """

    name: str
    why: str
    asked: Criteria = field(default_factory=dict, compare=False)
    members: "tuple[Unmet, ...]" = field(default=(), compare=False)


@dataclass(frozen=True)
class Leaf:
    """One condition: its name, what it asks, which may say Unevaluable, and how it was saved."""

    name: str
    asks: Callable[[LeadValues], bool]
    saved: Criteria

    def unmet(self, lead: LeadValues) -> Unmet | None:
        """Return the condition if the lead does not meet it."""
        try:
            return None if self.asks(lead) else Unmet(self.name, "not_met", self.saved)
        except Unevaluable:
            return Unmet(self.name, "unevaluable", self.saved)


@dataclass(frozen=True)
class Every:
    """Conditions of which each is to be met."""

    members: "tuple[Condition, ...]"

    def unmet(self, lead: LeadValues) -> Unmet | None:
        """Return the first that the lead does not meet."""
        return next((found for one in self.members if (found := one.unmet(lead))), None)


@dataclass(frozen=True)
class Either:
    """Conditions of which one is to be met."""

    name: str
    members: "tuple[Condition, ...]"

    def unmet(self, lead: LeadValues) -> Unmet | None:
        """Return the group if the lead meets none of it; unevaluable if one of them was."""
        members = []
        for one in self.members:
            found = one.unmet(lead)
            if found is None:
                return None
            members.append(found)
        unevaluable = any(found.why == "unevaluable" for found in members)
        return Unmet(self.name, "unevaluable" if unevaluable else "not_met", members=tuple(members))


Condition = Leaf | Every | Either
_ready: OrderedDict[tuple[str, int], tuple[str, Condition]] = OrderedDict()


def conditions_of(campaign_id: str, version: int, criteria: Criteria) -> Condition:
    """Return a campaign's criteria made ready, once for each version of the last 128 campaigns (CAM-2).

    A draft has the version it changes; it is known by what it says.
    """
    key, said = (campaign_id, version), repr(criteria)
    known = _ready.get(key)
    if known is None or known[0] != said:
        known = _ready[key] = (said, condition(criteria, ""))
        if len(_ready) > _KEPT:
            _ready.popitem(last=False)
    _ready.move_to_end(key)
    return known[1]


def condition(criteria: Criteria, path: str) -> Condition:
    """Return one criterion made ready; what makes no sense (any more) is unevaluable for every lead (CAM-2)."""
    for word in ("all", "any"):
        if word in criteria:
            inner = f"{path}.{word}" if path else word
            members = tuple(condition(one, f"{inner}.{at}") for at, one in enumerate(criteria[word]))
            return Every(members) if word == "all" else Either(criteria.get("name") or inner, members)
    name = criteria.get("name") or _name_of(criteria, path)
    try:
        return Leaf(name, _asks(criteria), criteria)
    except (InvalidExpression, KeyError, TypeError, ValueError, ArithmeticError):
        return Leaf(name, _unevaluable, criteria)


def _name_of(criteria: Mapping[str, Any], path: str) -> str:
    """Return what a criterion without a name is called: field and operator, an expression by its place."""
    return path if "expression" in criteria else f"{criteria.get('field')}.{criteria.get('op')}"


def _asks(criteria: Mapping[str, Any]) -> Callable[[LeadValues], bool]:
    if "expression" in criteria:
        return _expression(criteria["expression"])
    field, op = criteria["field"], criteria["op"]
    if op == "exists":
        return lambda lead: field in lead.values and lead.values[field] != []
    if op == "missing":
        return lambda lead: field not in lead.values or lead.values[field] == []
    asked, wanted = question(NEGATIVE.get(op, op), criteria["value"]), op not in NEGATIVE
    return lambda lead: asked(lead, field) is wanted


def _expression(text: str) -> Callable[[LeadValues], bool]:
    from chalicelib.campaigns.domain.criteria.cel import engine, grammar

    program = engine.compiled(grammar.read(text).text)

    def asks(lead: LeadValues) -> bool:
        value = engine.run(program, lead.scope)
        if not isinstance(value, bool):
            raise Unevaluable
        return value

    return asks


def _unevaluable(lead: LeadValues) -> bool:
    raise Unevaluable
