"""Expressions and patterns that try to hang, exhaust or escape (CAM-2): refused on save, or bounded."""

import logging
import math
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.campaigns.domain.criteria import conditions, operands, validation
from chalicelib.campaigns.domain.criteria.cel import engine, grammar
from chalicelib.campaigns.domain.criteria.cel.grammar import MAX_COST, read, read_with
from chalicelib.campaigns.domain.criteria.cel.patterns import MAX_WEIGHT, read_pattern
from chalicelib.campaigns.domain.criteria.cel.problems import InvalidExpression, Unevaluable
from chalicelib.campaigns.domain.criteria.lead_values import LeadValues
from chalicelib.organisation.domain.configuration import Field, LeadType

LONG = "a" * 10_000
LEAD = {"v": LONG, "w": LONG[1:] + "b", "l": ["a" * 98] * 100, "n": "1", "yes": True}
KINDS = {"v": "text", "w": "text", "l": "list", "n": "text", "yes": "boolean"}
LEAD_TYPE = LeadType(id="lt", name="L", fields=(Field("v", "V"), Field("l", "L", multiple=True)))
WIDE = "\ufdfa" * 10_000
"""A text that is 18 times as long once it is folded."""
PATIENCE_S = 0.5
"""The worst an admitted text may take: a hundred times what it takes on a quiet machine, a hang all the same."""


def least_s(action: Callable[[], Any]) -> float:
    """Return the least time of three runs."""
    times = []
    for _ in range(3):
        began = time.process_time()
        action()
        times.append(time.process_time() - began)
    return min(times)


def most_expensive_criteria(leaf: dict[str, Any]) -> dict[str, Any]:
    """Return the most such criteria that are allowed, none of which is met."""
    admitted: dict[str, Any] = {}
    for count in range(1, 200):
        criteria = {"any": [leaf] * count}
        if validation.problems(criteria, (), LEAD_TYPE):
            return admitted
        admitted = criteria
    raise AssertionError("there is no bound")


def evaluate(text: str) -> Any:
    """Return the value of an expression for the lead, or Unevaluable."""
    program = engine.compiled(read(text).text)
    try:
        return engine.run(program, engine.scope(LEAD))
    except Unevaluable:
        return Unevaluable


def most_expensive(unit: str, template: str, sign: str) -> str:
    """Return the longest allowed expression of such units."""
    admitted = ""
    for count in range(1, 500):
        text = template.replace("UNIT", sign.join([unit] * count))
        try:
            read_with(text, KINDS)
        except InvalidExpression:
            return admitted
        admitted = text
    raise AssertionError("there is no bound")


@pytest.mark.parametrize(
    "text",
    [
        "lead.l" + ".map(x, x + x)" * 60 + ".size() > 0",
        "lead.l.map(x, x) == []",
        "lead.l.exists(x, lead.l.exists(y, x == y))",
        "lead.l.exists(x, [1].filter(y, true) == [])",
        "[" + ",".join(["1"] * 480) + "].all(x, true)",
        "lead.l.all(x, x.matches('.{100}'))",
        "lead.v.matches(lead.w)",
        "lead.v.matches('a' + 'b')",
        "matches(lead.v, 'a')",
        "lead.v.matches('(a{100}){100}')",
        "(" * 30 + "true" + ")" * 30,
        "(" * 490 + "true" + ")" * 490,
        "[" * 400 + "]" * 400 + " == []",
        "true ? " * 25 + "true" + " : true" * 25,
        "'" + "x" * 1_000 + "' == ''",
        "lead",
        "lead == lead",
        "lead.exists(k, k == 'v')",
        "[1].exists(lead, lead == 1)",
        "lead['v' + 'w'] == ''",
        ".lead.v == ''",
        "finite(1.0) == 1.0",
        "lead.v.__class__ == ''",
        "__import__('os') == ''",
        "optional.of(1) == 1",
        "google.protobuf.Any{} == 1",
        "type(1) == int",
        "bytes('a') == b'a'",
        "`lead` == 1",
        "lead.v == 'a' # or '1'=='1'",
        "\x00",
        "true\u2028&& true",
    ],
)
def test_CAM_2_an_unsafe_expression_is_refused_on_save(text: str) -> None:
    with pytest.raises(InvalidExpression):
        read_with(text, KINDS)


@pytest.mark.parametrize(
    ("unit", "template", "sign"),
    [
        ("lead.v", "size(UNIT) > 0", "+"),
        ("lead.v", "lead.l.all(x, size(UNIT) > 0)", "+"),
        ("lead.v.contains(lead.w)", "UNIT", "||"),
        ("x.contains('b')", "lead.l.all(x, !(UNIT))", "||"),
        ("x.matches('b')", "lead.l.all(x, !(UNIT))", "||"),
        ("lead.v.matches('b')", "lead.l.all(x, !(UNIT))", "||"),
        ("lead.v.matches('a.{100}b')", "UNIT", "||"),
        ("lead.v.matches('\\\\pL\\\\pNb')", "UNIT", "||"),
        ("lead.l.all(x, x != 'b')", "UNIT", "&&"),
        ("lead.l", "(UNIT).all(x, size(x) > 0)", "+"),
        ("double(lead.n)", "lead.l.all(x, UNIT > 0.0)", "/"),
        ("1", "UNIT > 0", "+"),
        ("lead.v", "[UNIT].all(x, size(x) > 0)", ","),
    ],
)
def test_CAM_2_the_most_expensive_allowed_expression_is_fast(unit: str, template: str, sign: str) -> None:
    text = most_expensive(unit, template, sign)
    assert len(text) <= grammar.MAX_CHARACTERS
    cost = read_with(text, KINDS).cost
    assert cost <= MAX_COST
    took = least_s(lambda: evaluate(text))
    print(f"{took * 1e3:7.1f} ms  {cost:6} steps  {text[:60]}")
    assert took < PATIENCE_S


def criterion(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


@pytest.mark.parametrize(
    ("leaf", "lead"),
    [
        (criterion("v", "one_of", [f"v{at}" for at in range(100)]), {"v": WIDE}),
        (criterion("l", "one_of", [f"v{at}" for at in range(100)]), {"l": ["x" * 98] * 100}),
        (criterion("v", "equals", "v"), {"v": WIDE}),
        (criterion("v", "contains", "\ufdfa" * 50 + "q"), {"v": WIDE}),
        (criterion("l", "starts_with", "\ufdfa"), {"l": ["\ufdfa" * 98] * 100}),
        (criterion("v", "matches", r"^\p{L}\p{N}$"), {"v": LONG}),
        (criterion("l", "matches", "^(red|green|blue)$"), {"l": ["a" * 98] * 100}),
        (criterion("l", "matches", "^(red|green|blue)$"), {"l": ["a"] * 5_000}),
    ],
)
def test_CAM_2_the_most_expensive_allowed_criteria_are_fast(
    leaf: dict[str, Any], lead: dict[str, Any]
) -> None:
    criteria = most_expensive_criteria(leaf)
    condition = conditions.condition(criteria, "")
    took = least_s(lambda: condition.unmet(LeadValues(lead)))
    print(f"{took * 1e3:7.1f} ms  {len(criteria['any']):3} x {leaf['op']} {leaf['field']}")
    assert took < PATIENCE_S


def test_CAM_2_a_pattern_is_counted_for_each_possible_value() -> None:
    pattern = r"^\p{L}\p{N}$"
    assert (
        len(most_expensive_criteria(criterion("v", "matches", pattern))["any"]) == validation.MAX_COST // 828
    )
    assert most_expensive_criteria(criterion("l", "matches", pattern)) == {}
    assert len(most_expensive_criteria(criterion("l", "matches", "b"))["any"]) == validation.MAX_COST // 2_400


@pytest.mark.parametrize(
    ("op", "value"), [("none_of", ["b"]), ("equals", "a"), ("contains", "a"), ("matches", "a")]
)
def test_CAM_2_a_field_with_over_100_values_is_not_evaluated(op: str, value: Any) -> None:
    condition = conditions.condition({"all": [criterion("l", op, value)]}, "")
    assert condition.unmet(LeadValues({"l": ["a"] * 100})) is None
    unmet = condition.unmet(LeadValues({"l": ["a"] * 101}))
    assert (unmet.name, unmet.why) == (f"l.{op}", "unevaluable")  # type: ignore[union-attr]
    present = conditions.condition({"all": [{"field": "l", "op": "exists"}]}, "")
    assert present.unmet(LeadValues({"l": ["a"] * 101})) is None


def test_CAM_2_a_stored_text_is_folded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ops = [
        ("none_of", [f"v{at}" for at in range(100)]),
        ("equals", "v"),
        ("contains", "v"),
        ("one_of", ["w"]),
    ]
    condition = conditions.condition({"any": [criterion("v", op, value) for op, value in ops * 25]}, "")
    folds: list[str] = []
    real = operands.folded

    def counting(text: str) -> str:
        folds.append(text)
        return real(text)

    monkeypatch.setattr(operands, "folded", counting)
    lead = LeadValues({"v": "x"})
    for _ in range(3):
        condition.unmet(lead)
    assert folds == ["x"]


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*a){60}", "(.*)(.*)(.*)(.*)(.*)(.*)x", "a.{120}b", "(?s).{125}",
        "(a?){60}a{60}", "\\p{L}\\p{N}", "(?i)\\p{L}\\p{Lu}", "(?i)k{250}", "[^a]{124}$", "\\D{120}b",
        "(?i:[a-z]{100})b", "(\\b.?){50}b",
    ],
)  # fmt: skip
def test_CAM_2_an_allowed_pattern_is_linear_in_the_value(pattern: str) -> None:
    admitted = read_pattern(pattern)
    assert admitted.weight <= MAX_WEIGHT
    program = engine.matcher(admitted.text)
    for text in (LONG, "é" * 10_000, "a \n" * 3_333, ""):
        took = least_s(lambda text=text: engine.run(program, {"text": text}))  # type: ignore[misc]
        assert took < PATIENCE_S / 10
    short, long = (least_s(lambda n=n: engine.run(program, {"text": "a" * n})) for n in (10_000, 100_000))  # type: ignore[misc]
    assert long < 30 * short + 0.01


@pytest.mark.parametrize(
    "pattern",
    [
        "a{251}", "(a{16}){16}", "(((a{9}){9}){9}){9}", "\\w{130}", "\\p{L}{3}", "(a|b){90}", "(?=a)b", "(?!a)b",
        "(?<=a)b", "(a)\\1", "(?P<n>a)(?P=n)", "(?R)", "(?x)a", "(?u)a", "(?-u)\\xff", "[a&&b]", "[[:alpha:]]",
        "[a[b]]", "[a--b]", "\\x{10FFFF}", "[\u0100-\U0010ffff]", "a**", "(", ")", "[", "\\", "(" * 30,
        "a" * 1_001, "{", "a{2,1}", "[z-a]", "\\p{Nope}", "\\Qa\\E", "\\C",
    ],
)  # fmt: skip
def test_CAM_2_a_heavy_or_non_linear_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidExpression):
        read_pattern(pattern)


@given(st.text("ab.*+?{}()[]|^$\\dwspLN0123456789,-:i&~é\n\"'", max_size=30))
def test_CAM_2_any_text_is_a_safe_pattern_or_refused(text: str) -> None:
    try:
        admitted = read_pattern(text)
    except InvalidExpression:
        return
    assert isinstance(engine.run(engine.matcher(admitted.text), {"text": text}), bool)


WORDS = st.sampled_from(
    [
        "lead", ".v", ".l", "['n']", "lead.v", "lead.n", "lead.l", "x", "1", "2.5", "0", "'a'", "true", "null", "+",
        "-", "*", "/", "%", "==", "<", "&&", "||", "!", "in", "(", ")", "[", "]", ",", "?", ":", "double(", "int(",
        "size(", "has(", ".exists(x,", ".filter(x,", ".matches('a*')", ".contains(", "//", "\n", "{", "`", "b'",
    ]
)  # fmt: skip


@given(st.lists(WORDS, min_size=1, max_size=14).map(" ".join))
def test_CAM_2_any_expression_is_evaluated_or_refused(text: str) -> None:
    try:
        parsed = read(text)
    except InvalidExpression:
        return
    program = engine.compiled(parsed.text)
    try:
        value = engine.run(program, engine.scope(LEAD))
    except Unevaluable:
        return
    assert not (isinstance(value, float) and math.isnan(value))
    if parsed.kind == "boolean":
        assert isinstance(value, bool)


@st.composite
def float_expressions(draw: st.DrawFn, depth: int = 3) -> tuple[str, Callable[[], float]]:
    """Return an expression of floating-point numbers, and its value in Python, which refuses a division by zero."""
    if depth == 0 or draw(st.booleans()):
        number = draw(st.sampled_from([0.0, 1.0, 2.5, -3.0]))
        return (f"({number})" if number < 0 else str(number)), lambda: number
    sign = draw(st.sampled_from("+-*/"))
    (left, first), (right, second) = draw(float_expressions(depth - 1)), draw(float_expressions(depth - 1))
    reckon: dict[str, Callable[[float, float], float]] = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
    }
    return f"({left} {sign} {right})", lambda: reckon[sign](first(), second())


@given(float_expressions(), st.sampled_from(["<=", "!=", ">="]))
def test_CAM_2_the_guards_change_only_a_division_by_zero(
    expression: tuple[str, Callable[[], float]], sign: str
) -> None:
    text, reckoned = expression
    try:
        value = reckoned()
    except ZeroDivisionError:
        assert evaluate(f"{text} {sign} 1.0") is Unevaluable
        return
    expected = {"<=": value <= 1.0, "!=": value != 1.0, ">=": value >= 1.0}[sign]
    assert evaluate(f"{text} {sign} 1.0") is expected


def test_CAM_2_a_refused_value_is_written_nowhere(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    program = engine.compiled(read("double(lead.v) > 1.0").text)
    for secret in ("canary-canary", "inf"):
        with pytest.raises(Unevaluable) as caught:
            engine.run(program, engine.scope({"v": secret}))
        assert caught.value.args == ()
        assert caught.value.__cause__ is None
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_B5_the_engine_is_loaded_on_use_without_its_command_line() -> None:
    script = (
        "import sys; from chalicelib.campaigns.domain.criteria import conditions, lead_values\n"
        "lead = lead_values.LeadValues({'f': 'x'})\n"
        "ask = lambda leaf: conditions.condition({'all': [leaf]}, '').unmet(lead)\n"
        "assert ask({'field': 'f', 'op': 'equals', 'value': 'X'}) is None\n"
        "own = 'chalicelib.campaigns.domain.criteria.cel.'\n"
        "assert not {own + 'engine', own + 'grammar', 'cel', 'cel.cel'} & set(sys.modules)\n"
        "assert ask({'expression': 'lead.f == \"x\"'}) is None\n"
        "assert own + 'engine' in sys.modules and not {'rich', 'typer', 'prompt_toolkit'} & set(sys.modules)\n"
    )
    root = Path(__file__).parents[2]
    process = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
