"""Criteria and calculated fields that cannot be evaluated are refused on save."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Calculated
from chalicelib.campaigns.domain.criteria.evaluation import Unmet, calculate, unmet, validate
from chalicelib.core.errors import Invalid
from chalicelib.organisation.domain.configuration import Field, LeadType
from chalicelib.organisation.domain.fields import ParsedSubmission
from chalicelib.organisation.domain.sorted_values import EVIDENCE

LEAD_TYPE = LeadType(
    id="lt",
    name="Loan",
    fields=(
        Field("name", "Name"),
        Field("phone", "Phone", "phone"),
        Field("email", "E-mail", "email"),
        Field("loan", "Loan", "number"),
        Field("value", "Value", "number"),
        Field("born", "Born", "date"),
        Field("owner", "Owner", "boolean"),
        Field("state", "State", "choice", choices=("CA", "NY")),
        Field("zip", "ZIP", "postal_code"),
        Field("country", "Country", "country"),
        Field("tags", "Tags", multiple=True),
        Field("gone", "Gone", retired=True),
    ),
)
LTV = Calculated("ltv", "double(lead.loan) / double(lead.value)")


def flaws_of(criteria: Any, *calculated: Calculated) -> list[tuple[str, str]]:
    """Return the path and code of every flaw."""
    try:
        validate(criteria, calculated, LEAD_TYPE)
    except Invalid as problem:
        return [(error.field, error.code) for error in problem.fields]
    return []


def leaf(field: str, op: str, *value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, **({"value": value[0]} if value else {})}


@pytest.mark.parametrize(
    "criterion",
    [
        leaf("name", "equals", "Ada"),
        leaf("name", "matches", r"^\p{L}+$"),
        leaf("phone", "equals", "+12025550147"),
        leaf("phone", "starts_with", "+1"),
        leaf("email", "equals", "Ada@Example.com"),
        leaf("email", "ends_with", "@example.com"),
        leaf("loan", "equals", 5),
        leaf("loan", "between", [Decimal("1.5"), 2]),
        leaf("born", "at_most", "2006-01-01"),
        leaf("born", "one_of", ["2006-01-01"]),
        leaf("owner", "equals", False),
        leaf("state", "none_of", ["CA"]),
        leaf("zip", "starts_with", "902"),
        leaf("country", "equals", "us"),
        leaf("tags", "one_of", ["a", "b"]),
        leaf("gone", "exists") | {"field": "name"},
        leaf("name", "missing"),
        leaf("tcpa_consent", "equals", True),
        leaf("tcpa_consent_at", "at_least", "2024-01-01T00:00:00Z"),
        leaf("sub_id", "one_of", ["a"]),
        leaf("ip_address", "equals", "10.0.0.1"),
        leaf("ltv", "at_most", Decimal("0.8")),
        {"expression": "lead.ltv <= 0.8 && lead.owner && 'a' in lead.tags", "name": "Loan to value"},
        {"expression": "lead.sub_id == 'a' || has(lead.tcpa_consent)"},
        {"any": [leaf("name", "exists")], "name": "either"},
    ],
)
def test_CAM_1_valid_criteria_are_saved(criterion: Any) -> None:
    assert flaws_of({"all": [criterion]}, LTV) == []


@pytest.mark.parametrize(
    ("criterion", "field", "code"),
    [
        (leaf("nope", "equals", "x"), ".field", "unknown_field"),
        (leaf("gone", "exists"), ".field", "unknown_field"),
        (leaf("test", "exists"), ".field", "unknown_field"),
        ({"op": "exists"}, ".field", "unknown_field"),
        (leaf("name", "resembles", "x"), ".op", "choice"),
        ({"field": "name"}, ".op", "choice"),
        (leaf("name", ["equals"], "x"), ".op", "choice"),  # type: ignore[arg-type]
        (leaf("name", "equals"), ".value", "required"),
        (leaf("name", "exists", "x"), "", "unknown"),
        (leaf("name", "equals", "x") | {"values": 1}, "", "unknown"),
        (leaf("name", "equals", 5), ".value", "value"),
        (leaf("name", "equals", ""), ".value", "value"),
        (leaf("name", "at_least", "a"), ".op", "kind"),
        (leaf("loan", "starts_with", "1"), ".op", "kind"),
        (leaf("loan", "equals", "5"), ".value", "value"),
        (leaf("loan", "equals", True), ".value", "value"),
        (leaf("loan", "at_least", "2024-01-01"), ".value", "value"),
        (leaf("loan", "at_least", float("inf")), ".value", "value"),
        (leaf("loan", "at_least", float("nan")), ".value", "value"),
        (leaf("loan", "between", [2, 1]), ".value", "value"),
        (leaf("loan", "between", [1]), ".value", "value"),
        (leaf("ltv", "between", [1, "2024-01-01"]), ".value", "value"),
        (leaf("born", "at_least", "2024-02-30"), ".value", "value"),
        (leaf("born", "at_least", "2024-01-01T00:00:00Z"), ".value", "value"),
        (leaf("tcpa_consent_at", "at_least", "2024-01-01"), ".value", "value"),
        (leaf("owner", "equals", "yes"), ".value", "value"),
        (leaf("state", "equals", "TX"), ".value", "value"),
        (leaf("phone", "equals", "202-555-0147"), ".value", "value"),
        (leaf("phone", "equals", "+1 202 555 0147"), ".value", "value"),
        (leaf("country", "equals", "USA"), ".value", "value"),
        (leaf("name", "one_of", []), ".value", "value"),
        (leaf("name", "one_of", "a"), ".value", "value"),
        (leaf("name", "one_of", ["a"] * 101), ".value", "value"),
        (leaf("name", "contains", " "), ".value", "value"),
        (leaf("name", "matches", "("), ".value", "pattern"),
        (leaf("name", "matches", "a{1000}"), ".value", "pattern"),
        (leaf("name", "equals", "x") | {"name": ""}, ".name", "name"),
        ({"expression": "1 +"}, ".expression", "syntax"),
        ({"expression": ""}, ".expression", "empty"),
        ({"expression": None}, ".expression", "empty"),
        ({"expression": "true", "field": "name"}, "", "unknown"),
        ({"expression": "lead.nope == 'a'"}, ".expression", "unknown_field"),
        ({"expression": "lead.gone == 'a'"}, ".expression", "unknown_field"),
        ({"expression": "x == 'a'"}, ".expression", "unknown_variable"),
        ({"expression": "now() == 'a'"}, ".expression", "unknown_function"),
        ({"expression": "1 + 1"}, ".expression", "type"),
        ({"expression": "lead.name"}, ".expression", "type"),
        ({"expression": "lead.loan > 5"}, ".expression", "type"),
        ({"expression": "double(lead.loan) * 2 > 5.0"}, ".expression", "type"),
        ({"expression": "lead.tags.exists(x, lead.tags.all(y, x == y))"}, ".expression", "nested"),
        ({"expression": "lead.name.matches('(')"}, ".expression", "pattern"),
        ({"expression": "'" + "x" * 1000 + "' == lead.name"}, ".expression", "too_long"),
        ("text", "", "type"),
        ({"any": []}, ".any", "empty"),
        ({"all": "x"}, ".all", "empty"),
        ({"all": [leaf("name", "exists")], "any": []}, "", "unknown"),
    ],
)
def test_CAM_2_unevaluable_criteria_are_refused_with_their_path(
    criterion: Any, field: str, code: str
) -> None:
    assert flaws_of({"all": [leaf("name", "exists"), criterion]}, LTV) == [(f"criteria.all.1{field}", code)]


@pytest.mark.parametrize(
    ("expression", "place"),
    [
        ("1 +", "Line 1, character 4:"),
        ("true &&\n  lead.nope == 'a'", "Line 2, character 8:"),
        ("lead.name == 'a' && foo(1)", "Line 1, character 21:"),
        ("lead.tags.exists(x, lead.tags.exists(y, true))", "Line 1, character 31:"),
        ("lead.name.matches('[')", "Line 1, character 19:"),
        ("{'a': 1}.a == 1", "Line 1, character 1:"),
    ],
)
def test_CAM_2_the_message_gives_the_position_and_no_input(expression: str, place: str) -> None:
    with pytest.raises(Invalid) as caught:
        validate({"all": [{"expression": expression}]}, (), LEAD_TYPE)
    (error,) = caught.value.fields
    assert error.message.startswith(place)
    assert "nope" not in error.message
    assert "foo" not in error.message


def test_CAM_2_every_flaw_is_listed_at_once() -> None:
    criteria = {
        "any": [leaf("nope", "exists"), {"all": [{"expression": "1 +"}, leaf("loan", "equals", "x")]}]
    }
    assert flaws_of(criteria, Calculated("Bad", "1")) == [
        ("calculated.0.key", "key"),
        ("criteria.any.0.field", "unknown_field"),
        ("criteria.any.1.all.0.expression", "syntax"),
        ("criteria.any.1.all.1.value", "value"),
    ]


@pytest.mark.parametrize("criteria", [{}, {"none": []}, leaf("name", "exists"), {"expression": "true"}])
def test_CAM_1_criteria_start_with_all_or_any(criteria: Any) -> None:
    assert flaws_of(criteria)


def test_CAM_1_depth_and_count_are_limited() -> None:
    def nested(depth: int) -> dict[str, Any]:
        return {"all": [nested(depth - 1) if depth > 1 else leaf("name", "exists")]}

    assert flaws_of(nested(5)) == []
    assert [code for _, code in flaws_of(nested(6))] == ["too_deep"]
    assert flaws_of({"all": [leaf("name", "exists")] * 100}) == []
    assert flaws_of({"all": [leaf("name", "exists")] * 101}) == [("criteria", "too_many")]
    half = {"any": [leaf("name", "exists")] * 60}
    assert flaws_of({"all": [half, half]}) == [("criteria", "too_many")]


def test_CAM_2_the_total_cost_of_all_expressions_is_limited() -> None:
    dear = {"expression": "lead.tags.exists(x, " + " || ".join(["x == 'a'"] * 20) + ")"}
    assert flaws_of({"all": [dear] * 6}) == []
    assert flaws_of({"all": [dear] * 20}) == [("criteria", "too_heavy")]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([LTV, Calculated("low", "lead.ltv < 0.5")], []),
        ([Calculated("low", "lead.ltv < 0.5"), LTV], [("calculated.0.expression", "unknown_field")]),
        ([Calculated("it", "lead.it")], [("calculated.0.expression", "unknown_field")]),
        ([Calculated("name", "1")], [("calculated.0.key", "taken")]),
        ([Calculated("sub_id", "1")], [("calculated.0.key", "taken")]),
        ([Calculated("test", "1")], [("calculated.0.key", "taken")]),
        ([LTV, LTV], [("calculated.1.key", "taken")]),
        ([Calculated("Key", "1")], [("calculated.0.key", "key")]),
        ([Calculated("it", "[1]")], [("calculated.0.expression", "type")]),
        ([Calculated("it", "duration('1h')")], [("calculated.0.expression", "type")]),
        ([Calculated(f"c{at}", "1") for at in range(20)], []),
        ([Calculated(f"c{at}", "1") for at in range(21)], [("calculated", "too_many")]),
    ],
)
def test_CAM_1_calculated_fields_have_unique_names_an_order_and_a_limit(
    fields: list[Calculated], expected: list[tuple[str, str]]
) -> None:
    assert flaws_of(None, *fields) == expected


PLAIN = LeadType(
    id="lt",
    name="Loan",
    fields=(
        Field("name", "Name"),
        Field("loan", "Loan", "number", personal=False),
        Field("value", "Value", "number", personal=False),
        Field("state", "State", "choice", personal=False, choices=("CA", "NY")),
    ),
)


def impersonal_flaws_of(*fields: tuple[str, str]) -> list[tuple[str, str, str]]:
    """Return the flaws of calculated fields that are to be stored with the facts."""
    fields_in_facts = [Calculated(key, expression, personal=False) for key, expression in fields]
    try:
        validate(None, fields_in_facts, PLAIN)
    except Invalid as problem:
        return [(error.field, error.code, error.message.partition(":")[0]) for error in problem.fields]
    return []


@pytest.mark.parametrize(
    "fields",
    [
        [("ratio", "double(lead.loan) / double(lead.value)")],
        [("large", "double(lead.loan) > 1000.0")],
        [("ratio", "double(lead.loan) / double(lead.value)"), ("low", "lead.ratio < 0.5 ? 'low' : 'high'")],
        [("where", "lead.state in ['CA'] ? 'west' : 'east'")],
        [("constant", "1")],
    ],
)
def test_CAM_1_a_value_from_impersonal_fields_may_be_in_the_facts(
    fields: list[tuple[str, str]],
) -> None:
    assert impersonal_flaws_of(*fields) == []


@pytest.mark.parametrize(
    ("expression", "place"),
    [
        ("lead.name", "Line 1, character 6"),
        ("lead['name']", "Line 1, character 6"),
        ("size(lead.name)", "Line 1, character 11"),
        ("has(lead.name)", "Line 1, character 10"),
        ("lead.loan + '1' ==\n  lead.name", "Line 2, character 8"),
        *((f"lead.{key} == lead.state", "Line 1, character 6") for key in EVIDENCE if key != "tcpa_consent"),
        ("lead.tcpa_consent", "Line 1, character 6"),
    ],
)
def test_CAM_1_a_value_from_personal_fields_may_not_be_in_the_facts(expression: str, place: str) -> None:
    assert impersonal_flaws_of(("it", expression)) == [("calculated.0.expression", "personal", place)]


def test_CAM_1_personal_fields_stay_personal_through_calculated_ones() -> None:
    flaws = impersonal_flaws_of(
        ("a", "lead.name"), ("b", "size(lead.a)"), ("c", "double(lead.b) > 1.0"), ("d", "1")
    )
    assert [(field, code) for field, code, _ in flaws] == [
        (f"calculated.{at}.expression", "personal") for at in range(3)
    ]
    personal = [Calculated("a", "lead.name"), Calculated("b", "size(lead.a)")]
    validate(None, personal, PLAIN)
    with pytest.raises(Invalid) as caught:
        validate(None, [*personal, Calculated("c", "lead.b > 1", personal=False)], PLAIN)
    assert [error.code for error in caught.value.fields] == ["personal"]


def test_CAM_1_a_flawed_calculated_field_is_still_known_to_later_ones() -> None:
    assert flaws_of({"all": [leaf("bad", "exists")]}, Calculated("bad", "1 +")) == [
        ("calculated.0.expression", "syntax")
    ]


def test_CAM_2_empty_criteria_are_valid() -> None:
    validate(None, (), LEAD_TYPE)


def test_CAM_3_saved_criteria_are_evaluated_as_saved() -> None:
    criteria = {"all": [{"field": "ltv", "op": "at_most", "value": 0.8, "name": "loan to value"}]}
    validate(criteria, (LTV,), LEAD_TYPE)
    campaign = Campaign(id="c", name="C", project_id="p", lead_type_id="lt", source="s", calculated=(LTV,))

    def answer(loan: str, value: str) -> Unmet | None:
        reading = ParsedSubmission({"loan": loan, "value": value}, {}, {}, (), ())
        return unmet(criteria, campaign, reading, calculate(campaign, reading))

    assert answer("80", "100") is None
    assert answer("81", "100") == Unmet("loan to value", "not_met")
    assert answer("80", "0") == Unmet("loan to value", "unevaluable")


@pytest.mark.parametrize("value", ["20261121", "2026-W47-6", "2026-W47", "2026W476", "2026-W47-6T08:30:00Z"])
@pytest.mark.parametrize("op", ["at_least", "at_most", "equals"])
def test_CAM_2_a_bound_is_a_date_in_its_one_form(value: str, op: str) -> None:
    assert flaws_of({"all": [leaf("born", op, value)]}) == [("criteria.all.0.value", "value")]
    assert flaws_of({"all": [leaf("born", op, "2026-11-21")]}) == []
