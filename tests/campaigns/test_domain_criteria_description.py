"""The trace of an unmet criterion: the compared values, and nothing personal (CAM-18)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Calculated
from chalicelib.campaigns.domain.criteria.evaluation import calculate, trace_detail, unmet
from chalicelib.organisation.domain.configuration import Field, LeadType
from chalicelib.organisation.domain.fields import ParsedSubmission
from chalicelib.organisation.domain.sorted_values import EVIDENCE

LEAD_TYPE = LeadType(
    id="lt",
    name="Loan",
    fields=(
        Field("name", "Name"),
        Field("emails", "E-mails", "email", multiple=True),
        Field("loan", "Loan", "number", personal=False),
        Field("roofs", "Roofs", personal=False, multiple=True),
        Field("note", "Note", personal=False),
    ),
)
CALCULATED = (
    Calculated("size", "double(lead.loan) / 1000.0", personal=False),
    Calculated("greeting", "'Dear ' + lead.name"),
    Calculated("claimed", "lead.name", personal=False),
)
CAMPAIGN = Campaign(
    id="cmp_described", name="C", project_id="p", lead_type_id="lt", source="s", calculated=CALCULATED
)
LEAD = {"name": "Canary", "emails": ["canary@example.org"], "loan": "50", "roofs": ["flat", "thatch"]}


def leaf(field: str, op: str, *value: Any, **more: Any) -> dict[str, Any]:
    return {"field": field, "op": op, **({"value": value[0]} if value else {}), **more}


def detail(
    criterion: dict[str, Any], lead_type: LeadType | None = LEAD_TYPE, **fields: Any
) -> dict[str, Any]:
    """Return the trace detail of a criterion that this lead does not meet."""
    reading = ParsedSubmission({**LEAD, **fields}, {}, dict.fromkeys(EVIDENCE, "canary"), (), ())
    calculated = calculate(CAMPAIGN, reading)
    outcome = unmet({"all": [criterion]}, CAMPAIGN, reading, calculated)
    assert outcome is not None
    return trace_detail(outcome, CAMPAIGN, lead_type, reading, calculated)


@pytest.mark.parametrize(
    ("criterion", "expected", "actual"),
    [
        (leaf("loan", "at_least", 100), 100, "50"),
        (leaf("loan", "between", [100, 200]), [100, 200], "50"),
        (leaf("roofs", "none_of", ["flat"]), ["flat"], ["flat", "thatch"]),
        (leaf("size", "at_least", 5), 5, 0.05),
        (leaf("note", "equals", "x"), "x", None),
        (leaf("name", "equals", "Ada"), "Ada", "…"),
        (leaf("emails", "equals", "ada@example.org"), "ada@example.org", "…"),
        (leaf("greeting", "equals", "Dear Ada"), "Dear Ada", "…"),
        (leaf("claimed", "equals", "Ada"), "Ada", "…"),
        (leaf("sub_id", "equals", "a"), "a", "…"),
        (leaf("ip_address", "equals", "198.51.100.7"), "198.51.100.7", "…"),
        ({"expression": "double(lead.loan) > 60.0"}, "double(lead.loan) > 60.0", {"loan": "50"}),
        (
            {"expression": "lead.name == 'x' || lead.size > 1.0 || has(lead.note)"},
            "lead.name == 'x' || lead.size > 1.0 || has(lead.note)",
            {"name": "…", "size": 0.05, "note": None},
        ),
    ],
)
def test_CAM_18_compared_values_are_shown_and_personal_ones_masked(
    criterion: dict[str, Any], expected: Any, actual: Any
) -> None:
    description = detail(criterion | {"name": "this one"})
    assert description.pop("why") in ("not_met", "unevaluable")
    assert description == {"criterion": "this one", "wanted": expected, "found": actual}


def test_CAM_18_exists_and_missing_need_no_value() -> None:
    assert detail(leaf("note", "exists")) == {"criterion": "note.exists", "why": "not_met", "found": None}
    assert detail(leaf("name", "missing")) == {"criterion": "name.missing", "why": "not_met", "found": "…"}


def test_CAM_18_every_unmet_criterion_of_a_group_is_shown() -> None:
    group = {
        "any": [leaf("loan", "at_least", 100), {"all": [leaf("name", "equals", "Ada")]}],
        "name": "either",
    }
    assert detail(group) == {
        "criterion": "either",
        "why": "not_met",
        "any": [
            {"criterion": "loan.at_least", "why": "not_met", "wanted": 100, "found": "50"},
            {"criterion": "name.equals", "why": "not_met", "wanted": "Ada", "found": "…"},
        ],
    }


def test_CAM_18_long_values_are_cut() -> None:
    description = detail(leaf("note", "one_of", [f"v{at}" for at in range(100)]), note="x" * 10_000)
    assert description["wanted"] == [*(f"v{at}" for at in range(10)), "…"]
    assert description["found"] == "x" * 100 + "…"
    assert len(detail(leaf("roofs", "equals", "a"), roofs=["x" * 200] * 100)["found"]) == 11


def test_CAM_18_without_the_lead_type_every_field_is_personal() -> None:
    assert detail(leaf("loan", "at_least", 100), None)["found"] == "…"


@pytest.mark.parametrize(
    "criterion",
    [{}, {"field": ["x"], "op": "equals"}, {"expression": 5}, {"expression": "1 +"}, leaf("f", "?")],
)
def test_CAM_2_nonsense_is_described_without_a_crash(criterion: dict[str, Any]) -> None:
    assert detail(criterion)["why"] == "unevaluable"


PERSONAL = st.sampled_from(["name", "emails", "greeting", "claimed", *EVIDENCE])
CONDITIONS = st.one_of(
    st.builds(leaf, PERSONAL, st.sampled_from(["equals", "starts_with", "matches"]), st.just("x{3}")),
    st.builds(leaf, PERSONAL, st.just("one_of"), st.just(["x", "y"])),
    st.builds(leaf, PERSONAL, st.just("missing")),
    st.builds(lambda key: {"expression": f"string(lead.{key}) == 'x'"}, PERSONAL),
)


@given(st.lists(CONDITIONS, min_size=1, max_size=4), st.booleans())
def test_CAM_18_no_personal_value_is_ever_shown(conditions: list[dict[str, Any]], grouped: bool) -> None:
    description = detail({"any": conditions} if grouped else conditions[0])
    assert "canary" not in str(description).lower()
