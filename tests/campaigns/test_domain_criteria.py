"""Criteria asked of leads: what each operator means, and what becomes of what cannot be evaluated."""

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


def asked(
    criteria: Any,
    fields: Mapping[str, Any] | None = None,
    evidence: Mapping[str, Any] | None = None,
    calculated: Mapping[str, Any] | None = None,
) -> Unmet | None:
    """What is unmet by a lead with these fields."""
    whole = criteria if "all" in criteria or "any" in criteria else {"all": [criteria]}
    reading = ParsedSubmission(dict(fields or {}), {}, dict(evidence or {}), (), ())
    return unmet(whole, CAMPAIGN, reading, calculated or {})


def answer(op: str, stored: Any, *value: Any) -> str:
    """`met`, or why not, of one criterion on one field."""
    criterion = {"field": "f", "op": op, **({"value": value[0]} if value else {})}
    found = asked(criterion, {} if stored is None else {"f": stored})
    return "met" if found is None else found.why


def said(truth: bool) -> str:
    return "met" if truth else "not_met"


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


@given(TEXTS, TEXTS)
def test_CAM_1_texts_compare_without_case_width_and_outer_spaces(stored: str, wanted: str) -> None:
    left, right = folded(stored), folded(wanted)
    assert answer("equals", stored, wanted) == said(left == right)
    assert answer("not_equals", stored, wanted) == said(left != right)
    assert answer("starts_with", stored, wanted) == said(left.startswith(right))
    assert answer("ends_with", stored, wanted) == said(left.endswith(right))
    assert answer("contains", stored, wanted) == said(right in left)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_CAM_1_numbers_compare_as_numbers(stored: Decimal, one: Decimal, other: Decimal) -> None:
    text = f"{stored}0"
    low, high = sorted((one, other))
    assert answer("equals", text, one) == said(stored == one)
    assert answer("not_equals", text, float(one)) == said(stored != one)
    assert answer("at_least", text, float(one)) == said(stored >= one)
    assert answer("at_most", text, one) == said(stored <= one)
    assert answer("between", text, [low, high]) == said(low <= stored <= high)
    assert answer("one_of", text, [one, other]) == said(stored in (one, other))
    assert answer("none_of", text, [one, other]) == said(stored not in (one, other))


@given(DATES, DATES, DATES)
def test_CAM_1_dates_compare_as_dates(stored: date, one: date, other: date) -> None:
    low, high = sorted((one, other))
    text = stored.isoformat()
    assert answer("equals", text, one.isoformat()) == said(stored == one)
    assert answer("at_least", text, one.isoformat()) == said(stored >= one)
    assert answer("at_most", text, one.isoformat()) == said(stored <= one)
    assert answer("between", text, [low.isoformat(), high.isoformat()]) == said(low <= stored <= high)


@given(st.lists(TEXTS, min_size=1, max_size=4), st.lists(TEXTS, min_size=1, max_size=3))
def test_CAM_1_with_several_values_any_matches_and_none_may_be_excluded(
    stored: list[str], wanted: list[str]
) -> None:
    there = {folded(one) for one in stored} & {folded(one) for one in wanted}
    assert answer("one_of", stored, wanted) == said(bool(there))
    assert answer("none_of", stored, wanted) == said(not there)
    assert answer("equals", stored, wanted[0]) == said(folded(wanted[0]) in map(folded, stored))
    assert answer("starts_with", stored, wanted[0]) == said(
        any(folded(one).startswith(folded(wanted[0])) for one in stored)
    )


def test_CAM_1_instants_compare_as_instants() -> None:
    criterion = {"field": "tcpa_consent_at", "op": "at_least", "value": "2024-01-01T12:00:00Z"}
    assert asked(criterion, evidence={"tcpa_consent_at": "2024-01-01T13:00:00+01:00"}) is None
    assert asked(criterion, evidence={"tcpa_consent_at": "2024-01-01T12:59:59+01:00"}) is not None


def test_CAM_1_evidence_and_calculated_fields_can_be_used() -> None:
    given_ = {"field": "tcpa_consent", "op": "equals", "value": True}
    assert asked(given_, evidence={"tcpa_consent": True}) is None
    assert asked(given_, evidence={"tcpa_consent": False}) == Unmet("tcpa_consent.equals", "not_met")
    ratio = {"field": "ltv", "op": "at_most", "value": Decimal("0.8")}
    assert asked(ratio, calculated={"ltv": 0.8}) is None
    assert asked(ratio, calculated={"ltv": 0.81}) == Unmet("ltv.at_most", "not_met")
    assert (
        asked({"expression": "lead.ltv < 0.9 && lead.tcpa_consent"}, {}, {"tcpa_consent": True}, {"ltv": 0.5})
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
    assert answer("matches", stored, pattern) == expected


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
    assert answer(op, stored, value) == "unevaluable"
    assert answer("exists", stored) == "not_met"
    assert answer("missing", stored) == "met"
    assert answer("exists", "0") == "met"
    assert answer("missing", "0") == "not_met"


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
    assert answer(op, stored, value) == "unevaluable"


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
    assert asked({"expression": expression}, lead) == Unmet("all.0", "unevaluable")


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
    found = asked({"expression": expression}, lead)
    assert ("met" if found is None else found.why) == expected


def test_CAM_2_in_any_another_branch_can_still_be_met() -> None:
    unevaluable = {"field": "none", "op": "equals", "value": "a"}
    met, unmet_ = {"field": "f", "op": "exists"}, {"field": "f", "op": "missing"}
    lead = {"f": "x"}
    assert asked({"any": [unevaluable, met]}, lead) is None
    assert asked({"any": [unmet_, met]}, lead) is None
    assert asked({"any": [unmet_, unevaluable]}, lead) == Unmet("any", "unevaluable")
    assert asked({"any": [unmet_, unmet_]}, lead) == Unmet("any", "not_met")
    assert asked({"all": [met, unevaluable, unmet_]}, lead) == Unmet("none.equals", "unevaluable")
    assert asked({"all": [met, unmet_, unevaluable]}, lead) == Unmet("f.missing", "not_met")


def test_CAM_3_the_unmet_criterion_is_named() -> None:
    no = {"field": "f", "op": "missing"}
    lead = {"f": "x"}
    assert asked({"all": [{**no, "name": "no f"}]}, lead) == Unmet("no f", "not_met")
    assert asked({"all": [no]}, lead) == Unmet("f.missing", "not_met")
    assert asked({"all": [{"expression": "false"}]}, lead) == Unmet("all.0", "not_met")
    assert asked({"all": [{"any": [no, no]}]}, lead) == Unmet("all.0.any", "not_met")
    assert asked({"all": [{"any": [no], "name": "either"}]}, lead) == Unmet("either", "not_met")
    assert asked({"any": [{"all": [no]}]}, lead) == Unmet("any", "not_met")


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

    def built(node: Any) -> Any:
        return leaves[node] if isinstance(node, str) else {node[0]: [built(one) for one in node[1]]}

    def model(node: Any) -> str:
        if isinstance(node, str):
            return node
        answers = [model(one) for one in node[1]]
        if node[0] == "all":
            return next((one for one in answers if one != "met"), "met")
        if "met" in answers:
            return "met"
        return "unevaluable" if "unevaluable" in answers else "not_met"

    found = asked({"all": [built(tree)]}, {"f": "x"})
    assert ("met" if found is None else found.why) == model(tree)


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
    found = asked({"all": [leaf]}, {"f": "x"})
    assert found is not None
    assert found.why == "unevaluable"


def test_CAM_2_criteria_are_compiled_once_for_each_version_and_draft(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    real = conditions.condition

    def counting(criteria: Any, path: str) -> Any:
        made.append(path)
        return real(criteria, path)

    monkeypatch.setattr(conditions, "condition", counting)
    monkeypatch.setattr(conditions, "_ready", OrderedDict())
    one, other = {"all": [{"expression": "true"}]}, {"all": [{"expression": "false"}]}
    kept = [conditions.conditions_of("cmp", 1, {**one}) for _ in range(5)]
    assert made.count("") == 1
    assert all(each is kept[0] for each in kept)
    assert conditions.conditions_of("cmp", 2, one) is not kept[0]
    assert conditions.conditions_of("cmp", 1, other) is not kept[0]
    true, number = ({"all": [{"field": "f", "op": "equals", "value": value}]} for value in (True, 1))
    assert conditions.conditions_of("b", 1, true) is not conditions.conditions_of("b", 1, number)
    for at in range(300):
        conditions.conditions_of(f"cmp_{at}", 1, one)
    assert len(conditions._ready) == 128
