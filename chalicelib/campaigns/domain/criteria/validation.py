"""The validation of criteria and calculated fields before they are saved (CAM-2, CAM-21)."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.campaigns.domain.campaign_settings import Calculated, Criteria
from chalicelib.campaigns.domain.criteria.cel import language
from chalicelib.campaigns.domain.criteria.cel.expression import Expression
from chalicelib.campaigns.domain.criteria.cel.grammar import read_with
from chalicelib.campaigns.domain.criteria.cel.patterns import read_pattern
from chalicelib.campaigns.domain.criteria.cel.problems import MAX_VALUES, InvalidExpression
from chalicelib.campaigns.domain.criteria.fitting import fits, order
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.core.listing import listed
from chalicelib.organisation.domain import field_types
from chalicelib.organisation.domain.configuration import Field, LeadType
from chalicelib.organisation.domain.sorted_values import EVIDENCE, RESERVED

MAX_DEPTH = 5
MAX_LEAVES = 100
MAX_CALCULATED = 20
MAX_LISTED = 100
MAX_COST = 50_000
_WORDS_COST = 10
_ORDERED = {"number", "date", "instant", "calculated"}
_WORDS = {
    "text", "phone", "email", "choice", "postal_code", "country", "ip", "url", "calculated",
}  # fmt: skip
_EXAMPLE = '{"field": "state", "op": "equals", "value": "CA"}'
_GROUP = f'Write {{"all": [...]}} or {{"any": [...]}} with a list of criteria, also for one: {{"all": [{_EXAMPLE}]}}.'
_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_Values = Callable[["_Validator", Field, Any], Iterator[str]]


def validate(criteria: Criteria | None, calculated: Sequence[Calculated], lead_type: LeadType) -> None:
    """Raise Invalid with every error of criteria and calculated fields that could not be evaluated (CAM-2)."""
    errors = problems(criteria, calculated, lead_type)
    if errors:
        raise Invalid("Some fields are not acceptable.", fields=errors)


def problems(
    criteria: Criteria | None, calculated: Sequence[Calculated], lead_type: LeadType
) -> tuple[FieldError, ...]:
    """Return the errors of criteria and calculated fields for the current lead type (CAM-2, CAM-21)."""
    validator = _Validator(
        {entry.key: entry for entry in (*_evidence(), *lead_type.fields) if not entry.retired}
    )
    errors = [
        *validator.calculated(calculated),
        *(validator.criterion(criteria, "criteria", 1) if criteria else ()),
    ]
    if criteria is not None and not criteria:
        errors.append(FieldError("criteria", "empty", _GROUP))
    if validator.leaves > MAX_LEAVES:
        errors.append(
            FieldError("criteria", "too_many", f"A campaign can have at most {MAX_LEAVES} criteria.")
        )
    if validator.cost > MAX_COST:
        message = f"Expressions, patterns and texts together can cost at most {MAX_COST} steps."
        errors.append(FieldError("criteria", "too_heavy", message))
    return tuple(errors)


def _evidence() -> Iterator[Field]:
    for key in EVIDENCE:
        yield Field(key, key, field_types.EVIDENCE_KINDS.get(key, "text"))


@dataclass
class _Validator:
    """Validates calculated fields, then criteria. It knows the fields of a lead, and adds up the cost."""

    fields: dict[str, Field]
    field_types: dict[str, language.ValueType] = field(default_factory=dict)
    leaves: int = 0
    cost: int = 0

    def __post_init__(self) -> None:
        self.field_types = {key: _kind(entry) for key, entry in self.fields.items()}

    def calculated(self, calculated: Sequence[Calculated]) -> Iterator[FieldError]:
        if len(calculated) > MAX_CALCULATED:
            yield FieldError(
                "calculated", "too_many", f"A campaign can have at most {MAX_CALCULATED} calculated fields."
            )
        for index, entry in enumerate(calculated[:MAX_CALCULATED]):
            path = f"calculated.{index}"
            if not _KEY.fullmatch(entry.key):
                yield FieldError(
                    f"{path}.key", "key", "Use small letters, digits and _, and begin with a letter."
                )
            elif entry.key in self.fields or entry.key in RESERVED:
                yield FieldError(f"{path}.key", "taken", "The lead already has a field with this name.")
            else:
                yield from self.expression(entry.expression, f"{path}.expression", language.STORABLE, entry)

    def expression(
        self, text: Any, path: str, wanted: set[language.ValueType], calculated: Calculated | None = None
    ) -> Iterator[FieldError]:
        expression = Expression("")
        if not isinstance(text, str) or not text.strip():
            yield FieldError(path, "empty", "Write an expression.")
        else:
            try:
                expression = read_with(text, self.field_types)
            except InvalidExpression as problem:
                yield FieldError(path, problem.code, problem.message)
            else:
                self.cost += expression.cost
                if expression.kind not in {*wanted, None}:
                    yield FieldError(path, "type", _wrong_result(wanted))
        if calculated is not None:
            yield from self.add_calculated(calculated, expression, path)

    def add_calculated(
        self, calculated: Calculated, expression: Expression, path: str
    ) -> Iterator[FieldError]:
        """Add a calculated field. It is personal if it uses personal fields (data-model.md, Facts and person)."""
        key, personal = calculated.key, [name for name in expression.fields if self.fields[name].personal]
        self.field_types[key], self.fields[key] = (
            expression.kind,
            Field(key, key, "calculated", personal=bool(personal)),
        )
        if personal and not calculated.personal:
            message = (
                "this field is personal, so the calculated field must be personal, too (`personal`: true)."
            )
            problem = InvalidExpression(
                "personal", message, calculated.expression, expression.fields[personal[0]]
            )
            yield FieldError(path, problem.code, problem.message)

    def criterion(self, criteria: Any, path: str, depth: int) -> Iterator[FieldError]:
        if not isinstance(criteria, Mapping):
            yield FieldError(path, "type", "A criterion must be an object, such as " + _EXAMPLE + ".")
            return
        yield from _name(criteria, path)
        groups = [word for word in ("all", "any") if word in criteria]
        if groups:
            yield from self.group(criteria, groups[0], path, depth)
        elif depth == 1:
            yield FieldError(path, "type", _GROUP)
        else:
            self.leaves += 1
            if self.leaves <= MAX_LEAVES:
                yield from self.leaf(criteria, path)

    def group(self, criteria: Mapping[str, Any], word: str, path: str, depth: int) -> Iterator[FieldError]:
        yield from _only(criteria, {word, "name"}, path)
        members, inner = criteria[word], f"{path}.{word}"
        if depth > MAX_DEPTH:
            yield FieldError(path, "too_deep", f"Criteria can be nested at most {MAX_DEPTH} deep.")
        elif not isinstance(members, list | tuple) or not members:
            yield FieldError(inner, "empty", "List at least one criterion.")
        else:
            for index, member in enumerate(members[: MAX_LEAVES + 1]):
                yield from self.criterion(member, f"{inner}.{index}", depth + 1)

    def leaf(self, criteria: Mapping[str, Any], path: str) -> Iterator[FieldError]:
        if "expression" in criteria:
            yield from _only(criteria, {"expression", "name"}, path)
            yield from self.expression(criteria["expression"], f"{path}.expression", {language.BOOLEAN})
            return
        op, key = criteria.get("op"), criteria.get("field")
        bare = op in ("exists", "missing")
        yield from _only(
            criteria, {"field", "op", "name"} if bare else {"field", "op", "name", "value"}, path
        )
        entry = self.fields.get(key) if isinstance(key, str) else None
        if entry is None:
            yield FieldError(
                f"{path}.field",
                "unknown_field",
                f"Leads of this campaign have no such field; they have: {listed(self.fields)}.",
            )
        if not bare and (not isinstance(op, str) or op not in _OPS):
            yield FieldError(f"{path}.op", "choice", f"Must be one of: {', '.join(OPS)}.")
        elif not bare and entry is not None:
            yield from self.operands(entry, str(op), criteria, path)

    def operands(self, entry: Field, op: str, criteria: Mapping[str, Any], path: str) -> Iterator[FieldError]:
        kinds_asked, check = _OPS[op]
        if kinds_asked is not None and entry.kind not in kinds_asked:
            yield FieldError(
                f"{path}.op",
                "kind",
                f"This operator does not fit a field of this kind; these do: {listed(_ops_for(entry.kind))}.",
            )
        elif "value" not in criteria:
            yield FieldError(f"{path}.value", "required", "The value is missing.")
        else:
            for message in check(self, entry, criteria["value"]):
                yield FieldError(f"{path}.value", "pattern" if op == "matches" else "value", message)

    def value(self, entry: Field, value: Any) -> Iterator[str]:
        if not fits(entry, value):
            yield _form(entry, "Write the value as it is stored in a lead.")

    def values(self, entry: Field, value: Any) -> Iterator[str]:
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= MAX_LISTED:
            yield f"List 1 to {MAX_LISTED} values."
        elif not all(fits(entry, item) for item in value):
            yield _form(entry, "Write each value as it is stored in a lead.")

    def bound(self, entry: Field, value: Any) -> Iterator[str]:
        if order(entry, value) is None:
            yield _form(entry, "Write a number, a date (YYYY-MM-DD) or a time with a zone.")

    def bounds(self, entry: Field, value: Any) -> Iterator[str]:
        limits = [order(entry, item) for item in value] if isinstance(value, list | tuple) else []
        if len(limits) != 2 or None in limits or type(limits[0]) is not type(limits[1]):
            yield "List two values of the same kind: the lowest and the highest."
        elif limits[0] > limits[1]:
            yield "The first value cannot be higher than the second."

    def text(self, entry: Field, value: Any) -> Iterator[str]:
        self.cost += _WORDS_COST
        if not isinstance(value, str) or not 1 <= len(value.strip()) <= 1_000:
            yield "Write a text of 1 to 1000 characters."

    def pattern(self, entry: Field, value: Any) -> Iterator[str]:
        if not isinstance(value, str) or not value:
            yield "Write a regular expression."
            return
        try:
            cost = 20 + 4 * read_pattern(value).weight
        except InvalidExpression as problem:
            yield problem.message
        else:
            self.cost += cost * (MAX_VALUES if entry.multiple else 1)


_OPS: dict[str, tuple[set[str] | None, _Values]] = {
    "equals": (None, _Validator.value),
    "not_equals": (None, _Validator.value),
    "one_of": (None, _Validator.values),
    "none_of": (None, _Validator.values),
    "at_least": (_ORDERED, _Validator.bound),
    "at_most": (_ORDERED, _Validator.bound),
    "between": (_ORDERED, _Validator.bounds),
    "starts_with": (_WORDS, _Validator.text),
    "ends_with": (_WORDS, _Validator.text),
    "contains": (_WORDS, _Validator.text),
    "matches": (_WORDS, _Validator.pattern),
}
OPS = (*_OPS, "exists", "missing")
_FORMS = {
    "number": "Write a number, not a text.",
    "boolean": "Write true or false.",
    "date": "Write a date as YYYY-MM-DD.",
    "instant": "Write an instant with a zone, such as 2026-11-21T08:30:00Z.",
    "phone": "Write a number in international form: +12025550147.",
}


def _form(entry: Field, other: str) -> str:
    """Return how a value of a field is written in a criterion."""
    if entry.kind == "choice":
        return f"Write one of the field's choices: {listed(entry.choices)}."
    return _FORMS.get(entry.kind, other)


def _ops_for(kind: str) -> list[str]:
    return [op for op in OPS if op not in _OPS or _OPS[op][0] is None or kind in (_OPS[op][0] or ())]


def _kind(entry: Field) -> language.ValueType:
    if entry.multiple:
        return language.LIST
    return language.BOOLEAN if entry.kind == "boolean" else language.TEXT


def _wrong_result(wanted: set[language.ValueType]) -> str:
    if wanted == {language.BOOLEAN}:
        return "Line 1, character 1: the result of a criterion must be true or false."
    return "Line 1, character 1: the result must be a text, a number, true or false."


def _only(criteria: Mapping[str, Any], words: set[str], path: str) -> Iterator[FieldError]:
    if not set(criteria) <= words:
        yield FieldError(path, "unknown", f"Only these keys are allowed here: {', '.join(sorted(words))}.")


def _name(criteria: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    name = criteria.get("name")
    if name is not None and not (isinstance(name, str) and 1 <= len(name) <= 100 and name.isprintable()):
        yield FieldError(f"{path}.name", "name", "Write a text of 1 to 100 characters.")
