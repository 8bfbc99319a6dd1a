"""Criteria on leads: the meaning of each operator, and what happens to criteria that cannot be evaluated."""

import unicodedata
from collections import OrderedDict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.criteria import conditions
from chalicelib.campaigns.domain.criteria.evaluation import Unmet, unmet
from chalicelib.organisation.domain.fields import ParsedSubmission

CAMPAIGN = Campaign(id="cmp_criteria", name="C", project_id="prj", lead_type_id="lt", source="s")
TEXTS = st.sampled_from(["", "a", "A", "ab", "Ab ", "\uff21b", "ß", "ss", "b", "Zoë", "ZOE\u0308"])
NUMBERS = st.decimals(min_value=-5, max_value=5, places=1)
DATES = st.dates(date(2024, 1, 1), date(2024, 1, 5))


def unmet_criterion(
    criteria: Any,
    fields: Mapping[str, Any] | None = None,
    evidence: Mapping[str, Any] | None = None,
    calculated: Mapping[str, Any] | None = None,
) -> Unmet | None:
    """Return the criteria that a lead with these fields does not meet."""
    complete = criteria if "all" in criteria or "any" in criteria else {"all": [criteria]}
    reading = ParsedSubmission(dict(fields or {}), {}, dict(evidence or {}), (), ())
    return unmet(complete, CAMPAIGN, reading, calculated or {})


def result_of(op: str, stored: Any, *value: Any) -> str:
    """Return `met`, or why one criterion on one field is not met."""
    criterion = {"field": "f", "op": op, **({"value": value[0]} if value else {})}
    outcome = unmet_criterion(criterion, {} if stored is None else {"f": stored})
    return "met" if outcome is None else outcome.why


def word_for(truth: bool) -> str:
    return "met" if truth else "not_met"


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


@given(TEXTS, TEXTS)
def test_CAM_1_texts_compare_without_case_width_and_outer_spaces(stored: str, expected: str) -> None:
    left, right = folded(stored), folded(expected)
    assert result_of("equals", stored, expected) == word_for(left == right)
    assert result_of("not_equals", stored, expected) == word_for(left != right)
    assert result_of("starts_with", stored, expected) == word_for(left.startswith(right))
    assert result_of("ends_with", stored, expected) == word_for(left.endswith(right))
    assert result_of("contains", stored, expected) == word_for(right in left)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_CAM_1_numbers_compare_as_numbers(stored: Decimal, first: Decimal, other: Decimal) -> None:
    text = f"{stored}0"
    low, high = sorted((first, other))
    assert result_of("equals", text, first) == word_for(stored == first)
    assert result_of("not_equals", text, float(first)) == word_for(stored != first)
    assert result_of("at_least", text, float(first)) == word_for(stored >= first)
    assert result_of("at_most", text, first) == word_for(stored <= first)
    assert result_of("between", text, [low, high]) == word_for(low <= stored <= high)
    assert result_of("one_of", text, [first, other]) == word_for(stored in (first, other))
    assert result_of("none_of", text, [first, other]) == word_for(stored not in (first, other))


@given(DATES, DATES, DATES)
def test_CAM_1_dates_compare_as_dates(stored: date, first: date, other: date) -> None:
    low, high = sorted((first, other))
    text = stored.isoformat()
    assert result_of("equals", text, first.isoformat()) == word_for(stored == first)
    assert result_of("at_least", text, first.isoformat()) == word_for(stored >= first)
    assert result_of("at_most", text, first.isoformat()) == word_for(stored <= first)
    assert result_of("between", text, [low.isoformat(), high.isoformat()]) == word_for(low <= stored <= high)


@given(st.lists(TEXTS, min_size=1, max_size=4), st.lists(TEXTS, min_size=1, max_size=3))
def test_CAM_1_with_several_values_any_matches_and_none_may_be_excluded(
    stored: list[str], expected: list[str]
) -> None:
    present = {folded(item) for item in stored} & {folded(item) for item in expected}
    assert result_of("one_of", stored, expected) == word_for(bool(present))
    assert result_of("none_of", stored, expected) == word_for(not present)
    assert result_of("equals", stored, expected[0]) == word_for(folded(expected[0]) in map(folded, stored))
    assert result_of("starts_with", stored, expected[0]) == word_for(
        any(folded(item).startswith(folded(expected[0])) for item in stored)
    )


def test_CAM_1_instants_compare_as_instants() -> None:
    criterion = {"field": "tcpa_consent_at", "op": "at_least", "value": "2024-01-01T12:00:00Z"}
    assert unmet_criterion(criterion, evidence={"tcpa_consent_at": "2024-01-01T13:00:00+01:00"}) is None
    assert unmet_criterion(criterion, evidence={"tcpa_consent_at": "2024-01-01T12:59:59+01:00"}) is not None


def test_CAM_1_evidence_and_calculated_fields_can_be_used() -> None:
    given_ = {"field": "tcpa_consent", "op": "equals", "value": True}
    assert unmet_criterion(given_, evidence={"tcpa_consent": True}) is None
    assert unmet_criterion(given_, evidence={"tcpa_consent": False}) == Unmet(
        "tcpa_consent.equals", "not_met"
    )
    ratio = {"field": "ltv", "op": "at_most", "value": Decimal("0.8")}
    assert unmet_criterion(ratio, calculated={"ltv": 0.8}) is None
    assert unmet_criterion(ratio, calculated={"ltv": 0.81}) == Unmet("ltv.at_most", "not_met")
    assert (
        unmet_criterion(
            {"expression": "lead.ltv < 0.9 && lead.tcpa_consent"}, {}, {"tcpa_consent": True}, {"ltv": 0.5}
        )
        is None
    )


@pytest.mark.parametrize(
    ("stored", "pattern", "expected"),
    [
        ("2025550147", r"^\d{10}$", "met"),
        ("2025550147x", r"^\d{10}$", "not_met"),
        ("٣", r"^\d$", "not_met"),
        ("é", r"^\w$", "not_met"),
        ("é", r"^\p{L}$", "met"),
        ("Ab", r"^ab$", "not_met"),
        ("Ab", r"(?i)^ab$", "met"),
        (["x", "ab"], r"^ab$", "met"),
        ("a\nb", r"a.b", "not_met"),
        ("a.b", r"a[.\-]b", "met"),
        ("the end", r"\bend\b", "met"),
    ],
)
def test_CAM_1_patterns_match_the_stored_value_in_RE2_syntax(
    stored: Any, pattern: str, expected: str
) -> None:
    assert result_of("matches", stored, pattern) == expected


@pytest.mark.parametrize(
    ("op", "value"),
    [
        ("equals", "x"), ("not_equals", "x"), ("one_of", ["x"]), ("none_of", ["x"]), ("at_least", 1),
        ("at_most", 1), ("between", [1, 2]), ("starts_with", "x"), ("ends_with", "x"), ("contains", "x"),
        ("matches", "x"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("stored", [None, []])
def test_CAM_2_a_missing_value_only_works_with_exists_and_missing(op: str, value: Any, stored: Any) -> None:
    assert result_of(op, stored, value) == "unevaluable"
    assert result_of("exists", stored) == "not_met"
    assert result_of("missing", stored) == "met"
    assert result_of("exists", "0") == "met"
    assert result_of("missing", "0") == "not_met"


@pytest.mark.parametrize(
    ("op", "stored", "value"),
    [
        ("equals", "true", True),
        ("equals", True, 1),
        ("equals", True, "true"),
        ("equals", 1, "1"),
        ("equals", "many", 5),
        ("at_least", "NaN", 5),
        ("at_least", "5", "2024-01-01"),
        ("at_least", "2024-13-01", "2024-01-01"),
        ("matches", True, "x"),
        ("contains", 5, "5"),
    ],
)
def test_CAM_2_a_value_of_another_kind_is_unevaluable(op: str, stored: Any, value: Any) -> None:
    assert result_of(op, stored, value) == "unevaluable"


@pytest.mark.parametrize(
    "expression",
    [
        "lead.none == 'a'",
        "lead.none != 'a'",
        "!(lead.none == 'a')",
        "double(lead.loan) / double(lead.zero) >= 0.8",
        "double(lead.loan) / double(lead.zero) != 0.8",
        "1.0 / (double(lead.loan) / double(lead.zero)) < 1.0",
        "double(lead.zero) / double(lead.zero) != 1.0",
        "double(lead.endless) > 1.0",
        "1.0 / double(lead.endless) < 1.0",
        "double(lead.nan) != 1.0",
        "double(lead.big) * double(lead.big) > 1.0",
        "double(lead.big) * double(lead.big) - double(lead.big) * double(lead.big) != 1.0",
        "[double(lead.loan) / 0.0].exists(x, x > 1.0)",
        "(lead.yes ? double(lead.loan) / 0.0 : 1.0) > 1.0",
        "string(1.0 / double(lead.zero)) != 'a'",
        "int(lead.loan) / int(lead.zero) >= 0",
        "int(lead.loan) % int(lead.zero) >= 0",
        "int(lead.word) > 0",
        "lead.loan > 5",
        "lead.yes + 1 == 2",
        "9223372036854775807 + int(lead.loan) > 0",
        "lead.tags[7] == 'a'",
        "lead.tags[-1] == 'a'",
        "lead.loan",
        "size(lead.tags)",
        "timestamp(lead.word) > timestamp('2024-01-01T00:00:00Z')",
        "lead.crowd.exists(x, x == 'a')",
        "lead.loan.exists(x, x == 'a')",
    ],
)
def test_CAM_2_an_expression_without_a_result_accepts_no_lead(expression: str) -> None:
    lead = {
        "loan": "10", "zero": "0", "word": "w", "yes": True, "tags": ["a", "b"], "endless": "inf",
        "nan": "NaN", "big": "1e300", "crowd": ["a"] * 101,
    }  # fmt: skip
    assert unmet_criterion({"expression": expression}, lead) == Unmet("all.0", "unevaluable")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("double(lead.loan) / double(lead.value) <= 0.8", "met"),
        ("double(lead.loan) / double(lead.value) > 0.8", "not_met"),
        ("has(lead.none) && lead.none == 'a'", "not_met"),
        ("!has(lead.none) || lead.none == 'a'", "met"),
        ("lead.none == 'a' || lead.loan == '10'", "met"),
        ("lead['loan'].startsWith('1') && !lead.loan.endsWith('1')", "met"),
        ("lead.tags.exists(t, t.matches('^b$')) && lead.tags.all(t, size(t) == 1)", "met"),
        ("lead.tags.filter(t, t != 'a').size() == 1 && 'b' in lead.tags", "met"),
        ("lead.loan in ['10', \"20\", r'30']", "met"),
        ("timestamp(lead.born + 'T00:00:00Z').getFullYear() == 2000", "met"),
        ("-double(lead.loan) + 2.0 * 3.0 == -4.0", "met"),
        ("(1 + 2) * 3 == 9 && 1 + 2 * 3 == 7 && 7 - 2 - 1 == 4", "met"),
        ("double(lead.loan) / 5.0 / 2.0 == 1.0", "met"),
        ("lead.loan == '10' ? false : true // the other way round", "not_met"),
    ],
)
def test_CAM_1_an_expression_is_a_criterion(expression: str, expected: str) -> None:
    lead = {"loan": "10", "value": "20", "tags": ["a", "b"], "born": "2000-02-29"}
    outcome = unmet_criterion({"expression": expression}, lead)
    assert ("met" if outcome is None else outcome.why) == expected


def test_CAM_2_in_any_another_branch_can_still_be_met() -> None:
    unevaluable = {"field": "none", "op": "equals", "value": "a"}
    met, unmet_ = {"field": "f", "op": "exists"}, {"field": "f", "op": "missing"}
    lead = {"f": "x"}
    assert unmet_criterion({"any": [unevaluable, met]}, lead) is None
    assert unmet_criterion({"any": [unmet_, met]}, lead) is None
    assert unmet_criterion({"any": [unmet_, unevaluable]}, lead) == Unmet("any", "unevaluable")
    assert unmet_criterion({"any": [unmet_, unmet_]}, lead) == Unmet("any", "not_met")
    assert unmet_criterion({"all": [met, unevaluable, unmet_]}, lead) == Unmet("none.equals", "unevaluable")
    assert unmet_criterion({"all": [met, unmet_, unevaluable]}, lead) == Unmet("f.missing", "not_met")


def test_CAM_3_the_unmet_criterion_is_named() -> None:
    no = {"field": "f", "op": "missing"}
    lead = {"f": "x"}
    assert unmet_criterion({"all": [{**no, "name": "no f"}]}, lead) == Unmet("no f", "not_met")
    assert unmet_criterion({"all": [no]}, lead) == Unmet("f.missing", "not_met")
    assert unmet_criterion({"all": [{"expression": "false"}]}, lead) == Unmet("all.0", "not_met")
    assert unmet_criterion({"all": [{"any": [no, no]}]}, lead) == Unmet("all.0.any", "not_met")
    assert unmet_criterion({"all": [{"any": [no], "name": "either"}]}, lead) == Unmet("either", "not_met")
    assert unmet_criterion({"any": [{"all": [no]}]}, lead) == Unmet("any", "not_met")


@given(
    st.recursive(
        st.sampled_from(["met", "not_met", "unevaluable"]),
        lambda inner: st.tuples(st.sampled_from(["all", "any"]), st.lists(inner, min_size=1, max_size=3)),
        max_leaves=12,
    )
)
def test_CAM_2_groups_answer_like_a_plain_model(tree: Any) -> None:
    leaves = {
        "met": {"field": "f", "op": "exists"},
        "not_met": {"field": "f", "op": "missing"},
        "unevaluable": {"field": "none", "op": "equals", "value": "x"},
    }

    def build_group(node: Any) -> Any:
        return leaves[node] if isinstance(node, str) else {node[0]: [build_group(item) for item in node[1]]}

    def model(node: Any) -> str:
        if isinstance(node, str):
            return node
        answers = [model(item) for item in node[1]]
        if node[0] == "all":
            return next((answer for answer in answers if answer != "met"), "met")
        if "met" in answers:
            return "met"
        return "unevaluable" if "unevaluable" in answers else "not_met"

    outcome = unmet_criterion({"all": [build_group(tree)]}, {"f": "x"})
    assert ("met" if outcome is None else outcome.why) == model(tree)


@pytest.mark.parametrize(
    "leaf",
    [
        {},
        {"field": "f"},
        {"field": "f", "op": "resembles", "value": "x"},
        {"field": "f", "op": "equals"},
        {"field": "f", "op": "between", "value": [1]},
        {"field": "f", "op": "one_of", "value": 5},
        {"field": "f", "op": "at_least", "value": "soon"},
        {"field": "f", "op": "starts_with", "value": None},
        {"field": "f", "op": "matches", "value": "("},
        {"field": "f", "op": "matches", "value": 5},
        {"expression": "1 +"},
        {"expression": "lead.f.map(x, x) == []"},
        {"expression": 5},
    ],
)
def test_CAM_2_nonsense_is_unevaluable_and_never_a_crash(leaf: Any) -> None:
    outcome = unmet_criterion({"all": [leaf]}, {"f": "x"})
    assert outcome is not None
    assert outcome.why == "unevaluable"


def test_CAM_2_criteria_are_compiled_once_for_each_version_and_draft(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    created: list[str] = []
    real = conditions.condition

    def counting(criteria: Any, path: str) -> Any:
        created.append(path)
        return real(criteria, path)

    monkeypatch.setattr(conditions, "condition", counting)
    monkeypatch.setattr(conditions, "_compiled", OrderedDict())
    first, other = {"all": [{"expression": "true"}]}, {"all": [{"expression": "false"}]}
    stored_value = [conditions.conditions_of("cmp", 1, {**first}) for _ in range(5)]
    assert created.count("") == 1
    assert all(each is stored_value[0] for each in stored_value)
    assert conditions.conditions_of("cmp", 2, first) is not stored_value[0]
    assert conditions.conditions_of("cmp", 1, other) is not stored_value[0]
    true, number = ({"all": [{"field": "f", "op": "equals", "value": value}]} for value in (True, 1))
    assert conditions.conditions_of("b", 1, true) is not conditions.conditions_of("b", 1, number)
    for at in range(300):
        conditions.conditions_of(f"cmp_{at}", 1, first)
    assert len(conditions._compiled) == 128
