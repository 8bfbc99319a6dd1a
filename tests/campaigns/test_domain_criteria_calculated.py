"""Calculated fields, and fields with several values in one text."""

from typing import Any

import pytest

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Calculated
from chalicelib.campaigns.domain.criteria import calculated
from chalicelib.campaigns.domain.criteria.evaluation import Unmet, calculate, unmet
from chalicelib.core.errors import FieldError
from chalicelib.organisation.domain.configuration import Field, LeadType
from chalicelib.organisation.domain.fields import ParsedSubmission, parse_submission

LEAD_TYPE = LeadType(
    id="lt",
    name="Loan",
    fields=(
        Field("name", "Name"),
        Field("tags", "Tags", multiple=True, required=True),
        Field("sizes", "Sizes", "number", multiple=True),
        Field("size", "Size", "choice", choices=("S", "M"), multiple=True),
    ),
)


def campaign(*fields: tuple[str, str]) -> Campaign:
    own = tuple(Calculated(key, expression) for key, expression in fields)
    return Campaign(id="cmp_calc", name="C", project_id="p", lead_type_id="lt", source="s", calculated=own)


def reading(**fields: Any) -> ParsedSubmission:
    return ParsedSubmission(fields, {}, {"sub_id": "s1"}, (), ())


def test_CAM_1_calculated_fields_are_in_order_and_may_use_earlier_ones() -> None:
    example = campaign(
        ("ltv", "double(lead.loan) / double(lead.value)"),
        ("low", "lead.ltv < 0.5"),
        ("said", "lead.low ? 'low' : 'high'"),
        ("count", "size(lead.said)"),
        ("source", "lead.sub_id + '!'"),
    )
    expected = {"ltv": 0.25, "low": True, "said": "low", "count": 3, "source": "s1!"}
    values = calculate(example, reading(loan="1", value="4"))
    assert values == expected
    assert [type(values[key]) for key in expected] == [float, bool, str, int, str]


def test_CAM_2_a_failed_field_is_left_out_and_its_users_unevaluable() -> None:
    example = campaign(
        ("ltv", "double(lead.loan) / double(lead.value)"),
        ("low", "lead.ltv < 0.5"),
        ("one", "1"),
        ("bad", "1 +"),
    )
    lead = reading(loan="1", value="0")
    values = calculate(example, lead)
    assert values == {"one": 1}
    low = {"field": "ltv", "op": "not_equals", "value": 1}
    assert unmet({"all": [low]}, example, lead, values) == Unmet("ltv.not_equals", "unevaluable")
    later = {"expression": "lead.ltv < 0.5"}
    assert unmet({"all": [later]}, example, lead, values) == Unmet("all.0", "unevaluable")


@pytest.mark.parametrize(
    "expression",
    ["[1]", "null", "timestamp('2024-01-01T00:00:00Z')", "duration('1h')", "lead.long", "1.0 / 0.0", "1 / 0",
     "double('NaN')", "lead.none"],
)  # fmt: skip
def test_CAM_1_only_bounded_texts_numbers_and_booleans_are_stored(expression: str) -> None:
    assert calculate(campaign(("it", expression)), reading(long="x" * 1_001)) == {}


def test_CAM_1_a_lead_with_bad_fields_has_no_calculated_fields() -> None:
    bad = ParsedSubmission({}, {}, {}, (), (FieldError("f", "required", ""),))
    assert calculate(campaign(("one", "1")), bad) == {}


def test_CAM_2_calculated_fields_are_compiled_once_for_each_version() -> None:
    calculated._programs.cache_clear()
    example = campaign(("one", "1"))
    for _ in range(5):
        calculate(campaign(("one", "1")), reading())
    assert calculated._programs.cache_info().misses == 1
    assert calculated._programs.cache_info().maxsize is not None
    assert calculate(example, reading()) == {"one": 1}
    assert calculate(campaign(("one", "2")), reading()) == {"one": 2}


@pytest.mark.parametrize(
    ("value", "delimiter", "expected"),
    [
        ("a;b; c ;;", ";", ["a", "b", "c"]),
        ("a;b", None, ["a;b"]),
        ("a;b", ",", ["a;b"]),
        ("a||b", "||", ["a", "b"]),
        (["a;b", "c"], ";", ["a;b", "c"]),
        ("a", ";", ["a"]),
    ],
)
def test_CAM_24_a_list_in_a_text_is_split_at_the_delimiter(
    value: Any, delimiter: str | None, expected: list[str]
) -> None:
    parsed = parse_submission({"tags": value}, LEAD_TYPE, "US", delimiter)
    assert parsed.fields["tags"] == expected
    assert parsed.errors == ()


def test_CAM_24_each_value_is_parsed_by_kind_and_single_fields_not_split() -> None:
    values = {"name": "Ada; Countess", "tags": "x", "sizes": "1;2.50", "size": "S; M"}
    parsed = parse_submission(values, LEAD_TYPE, "US", ";")
    assert parsed.fields == {
        "name": "Ada; Countess",
        "tags": ["x"],
        "sizes": ["1", "2.50"],
        "size": ["S", "M"],
    }
    bad = parse_submission({"tags": "x", "sizes": "1;many", "size": "S;L"}, LEAD_TYPE, "US", ";")
    assert [(error.field, error.code) for error in bad.errors] == [("sizes", "number"), ("size", "choice")]


@pytest.mark.parametrize("value", [";;", " ; ", ["", " "], "", None])
def test_CAM_24_delimiters_alone_are_no_value(value: Any) -> None:
    parsed = parse_submission({"tags": value}, LEAD_TYPE, "US", ";")
    assert ("tags", "required") in [(error.field, error.code) for error in parsed.errors]
    assert "tags" not in parsed.fields
