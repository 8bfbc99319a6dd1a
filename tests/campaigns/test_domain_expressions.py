"""What expressions offer has a result in the engine, and what never has one is refused on save (CAM-1, CAM-2)."""

from itertools import product
from typing import Any

import pytest

from chalicelib.campaigns.domain.criteria.cel import engine, grammar, language
from chalicelib.campaigns.domain.criteria.cel.problems import InvalidExpression, Unevaluable

FIELDS: dict[str, language.ValueType] = {
    "loan": "text", "age": "text", "name": "text", "owner": "boolean", "tags": "list",
    "tcpa_consent_at": "text", "ratio": "double",
}  # fmt: skip
LEAD = {
    "loan": "50000", "age": "16", "name": "José", "owner": True, "tags": ["a", "bb"],
    "tcpa_consent_at": "2026-11-30T23:30:00.250+05:00", "ratio": 0.5,
}  # fmt: skip
VALUES: dict[str, str] = {
    "text": '"7"', "boolean": "true", "int": "7", "double": "7.5", "list": '["a", "b"]',
    "time": 'timestamp("2026-11-30T23:30:05.250Z")', "duration": 'duration("90m")',
}  # fmt: skip


def value(text: str, lead: dict[str, Any] | None = None) -> Any:
    """Return the value of an expression that was checked as on save, and read again as for a lead."""
    grammar.read_with(text, FIELDS)
    program = engine.compiled(grammar.read(text).text)
    return engine.run(program, engine.scope(LEAD if lead is None else lead))


def refusal(text: str) -> str | None:
    """Return the code with which an expression is refused on save, None if it is saved."""
    try:
        grammar.read_with(text, FIELDS)
    except InvalidExpression as problem:
        return problem.code
    return None


FUNCTION_VALUES: dict[tuple[str, str], Any] = {
    ("size", "text"): 1, ("size", "list"): 2,
    ("string", "text"): "7", ("string", "boolean"): "true", ("string", "int"): "7", ("string", "double"): "7.5",
    ("string", "time"): "2026-11-30T23:30:05.25Z", ("string", "duration"): "5400s",
    ("double", "text"): 7.0, ("double", "int"): 7.0, ("double", "double"): 7.5,
    ("int", "text"): 7, ("int", "int"): 7, ("int", "double"): 7, ("int", "time"): 1_796_081_405,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name, (kinds, _) in language.FUNCTIONS.items() for kind in sorted(kinds, key=str)],
)
def test_FILE_C2_each_function_has_a_value_for_each_kind_it_offers(name: str, kind: str) -> None:
    argument = VALUES[kind]
    if name == "duration" and kind == "text":
        argument = '"90m"'
    if name == "timestamp" and kind == "text":
        argument = '"2026-11-30T23:30:05.250Z"'
    if name in ("duration", "timestamp"):
        assert value(f"{name}({argument}) == {VALUES[language.FUNCTIONS[name][1] or '']}") is True
    else:
        found = value(f"{name}({argument})")
        assert (type(found), found) == (type(FUNCTION_VALUES[name, kind]), FUNCTION_VALUES[name, kind])


PART_VALUES = {
    "getFullYear": 2026, "getMonth": 10, "getDate": 30, "getDayOfMonth": 29, "getDayOfYear": 333,
    "getDayOfWeek": 1, "getHours": 23, "getMinutes": 30, "getSeconds": 5, "getMilliseconds": 250,
}  # fmt: skip
DURATION_VALUES = {"getHours": 1, "getMinutes": 90, "getSeconds": 5400}
TEXT_METHODS = {"contains": '"7"', "startsWith": '"7"', "endsWith": '"7"', "matches": '"7"'}


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name, kinds in language.TARGETS.items() for kind in sorted(kinds, key=str)],
)
def test_FILE_C2_each_method_has_a_value_for_each_kind_it_offers(name: str, kind: str) -> None:
    assert language.METHODS.keys() == language.TARGETS.keys()
    found = value(f"{VALUES[str(kind)]}.{name}({TEXT_METHODS.get(name, '')})")
    if name in TEXT_METHODS:
        assert found is True
    elif name == "size":
        assert found == (2 if kind == "list" else 1)
    else:
        assert found == (PART_VALUES if kind == "time" else DURATION_VALUES)[name]


def test_FILE_C2_each_macro_has_a_value() -> None:
    found = {name: value(f"lead.tags.{name}(x, x == 'a')") for name in language.MACROS}
    assert found == {"all": False, "exists": True, "exists_one": True, "filter": ["a"]}


@pytest.mark.parametrize(("left", "sign", "right"), language.SUMS)
def test_FILE_C2_each_sum_that_is_offered_has_a_value(left: str, sign: str, right: str) -> None:
    found = value(f"{VALUES[left]} {sign} {VALUES[right]} == {VALUES[left]} {sign} {VALUES[right]}")
    assert found is True


KINDS = list(VALUES)


@pytest.mark.parametrize(("left", "sign", "right"), list(product(KINDS, ("==", "!=", "<", ">="), KINDS)))
def test_FILE_C2_each_comparison_that_is_offered_has_a_value(left: str, sign: str, right: str) -> None:
    text = f"{VALUES[left]} {sign} {VALUES[right]}"
    if language.comparable(left, sign, right):
        assert value(text) in (True, False)
    else:
        assert refusal(text) == "type"


@pytest.mark.parametrize(
    "text",
    [
        "lead.loan in [50000, 60000]",
        "!(lead.age in [15, 16, 17])",
        "lead.loan in [50000.0]",
        "lead.owner in ['true']",
        "double(lead.loan) in ['50000']",
        "1 in lead.tags",
        "lead.loan in [['50000']]",
        "lead.loan in ['a', 5]",
        "[15, 16].exists(x, lead.age == x)",
        "lead.tags.exists(x, x == 1)",
        "lead.tags.all(x, x)",
        "lead.tags.filter(x, x == 'a').exists(y, y == 1)",
        "(lead.tags + ['c']).exists(x, x > 1)",
        "lead.tags + [1] == lead.tags",
        "lead.tags == [1]",
        "lead.tags[0] == 1",
        "lead.tags['a'] == 'a'",
        "lead.name[0] == 'J'",
        "[timestamp(lead.tcpa_consent_at)].exists(x, x == lead.tcpa_consent_at)",
        "lead.name == null",
        "lead.name in [null]",
    ],
)
def test_FILE_C1_what_cannot_match_is_refused_on_save(text: str) -> None:
    assert refusal(text) == "type"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("double(lead.loan) in [50000, 60000]", True),
        ("int(lead.age) in [15, 16, 17]", True),
        ("!(lead.age in ['15', '16', '17'])", False),
        ("lead.owner in [true]", True),
        ("[15, 16].exists(x, int(lead.age) == x)", True),
        ("[1, 2.5].exists(x, double(lead.loan) > x)", True),
        ("lead.tags.filter(x, size(x) == 2)[0] == 'bb'", True),
        ("['a', 'bb'] == lead.tags", True),
        ("[duration('1h')].exists(x, x + timestamp(lead.tcpa_consent_at) > timestamp(lead.tcpa_consent_at))", True),
        ("lead.ratio in [0.5]", True),
    ],
)  # fmt: skip
def test_FILE_C1_what_can_match_is_saved_and_matches(text: str, expected: bool) -> None:
    assert value(text) is expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("duration('1d') > duration('1h')", "value"),
        ("duration('P1D') > duration('1h')", "value"),
        ("duration('100') > duration('1h')", "value"),
        ("timestamp('2026-11-30') < timestamp(lead.tcpa_consent_at)", "value"),
        ("timestamp('tomorrow') < timestamp(lead.tcpa_consent_at)", "value"),
        ("int('1.5') == 1", "value"),
        ("double('x') == 1.0", "value"),
        ("1 / 0 == 1", "value"),
        ("1.0 / 0.0 == 1.0", "value"),
        ("double(lead.loan) / 0.0 > 1.0", "value"),
        ("int(lead.loan) % (1 - 1) == 0", "value"),
        ("9223372036854775807 + 1 > 0", "value"),
        ("lead.tags[-1] == 'a'", "value"),
        ("['a'][3] == 'a'", "value"),
        ("duration('48h').getDate() == 2", "type"),
        ("duration('48h').getFullYear() == 2", "type"),
        ("duration('1.234s').getMilliseconds() == 234", "type"),
        ("null < 1", "type"),
        ("-null == 1", "type"),
        ("size(null) == 0", "type"),
        ("string(null) == ''", "type"),
    ],
)
def test_FILE_C2_what_never_has_a_result_is_refused_on_save(text: str, code: str) -> None:
    assert refusal(text) == code


def test_FILE_C2_what_was_saved_and_had_no_result_has_one_now() -> None:
    assert value("int(timestamp(lead.tcpa_consent_at)) > 0") is True
    added = "duration('1h') + timestamp(lead.tcpa_consent_at)"
    assert value(f"{added} == timestamp(lead.tcpa_consent_at) + duration('1h')") is True
    assert value("string(true) == 'true' && string(lead.owner) == 'true'") is True
    grouped = "duration('3h') - duration('1h') + timestamp(lead.tcpa_consent_at)"
    assert value(f"{grouped} == timestamp(lead.tcpa_consent_at) + duration('2h')") is True


def test_FILE_C2_a_refusal_says_how_a_duration_is_written() -> None:
    with pytest.raises(InvalidExpression) as caught:
        grammar.read_with("duration('1d') > duration('1h')", FIELDS)
    assert 'duration("24h")' in caught.value.message


@pytest.mark.parametrize("text", ["nope(1) == 1", "lead.name.nope()"])
def test_USE_U9_an_unknown_function_is_answered_with_those_there_are(text: str) -> None:
    with pytest.raises(InvalidExpression) as caught:
        grammar.read_with(text, FIELDS)
    assert "size" in caught.value.message


def test_USE_U9_an_unknown_field_is_answered_with_those_there_are() -> None:
    with pytest.raises(InvalidExpression) as caught:
        grammar.read_with("lead.nope == 'a'", FIELDS)
    assert "loan, age, name" in caught.value.message


@pytest.mark.parametrize(
    ("sent", "hour", "date"),
    [
        ("2026-11-30T23:30:00+05:00", 18, 30),
        ("2026-12-01T02:30:00+05:30", 21, 30),
        ("2026-11-30T23:30:00-08:00", 7, 1),
        ("2026-11-30T23:30:00Z", 23, 30),
    ],
)
def test_FILE_C4_the_parts_of_a_time_are_those_of_UTC(sent: str, hour: int, date: int) -> None:
    lead = {"tcpa_consent_at": sent}
    assert value("timestamp(lead.tcpa_consent_at).getHours()", lead) == hour
    assert value("timestamp(lead.tcpa_consent_at).getDate()", lead) == date
    assert value("(timestamp(lead.tcpa_consent_at) + duration('0s')).getHours()", lead) == hour
    assert value(f"[timestamp(lead.tcpa_consent_at)].all(x, x.getHours() == {hour})", lead) is True
    assert value("string(timestamp(lead.tcpa_consent_at)).endsWith('Z')", lead) is True


@pytest.mark.parametrize(
    ("text", "size"), [("José", 4), ("Åse", 3), ("李小龙", 3), ("🙂", 1), ("e\u0301", 2)]
)
def test_FILE_C4_size_counts_code_points(text: str, size: int) -> None:
    assert value("size(lead.name)", {"name": text}) == size
    assert value("lead.name.size()", {"name": text}) == size
    assert value(f"lead.tags.all(x, size(x) == {size})", {"tags": [text]}) is True


@pytest.mark.parametrize(
    ("number", "text"),
    [("1.0", "1"), ("0.1", "0.1"), ("1e21", "1" + "0" * 21), ("-2.50", "-2.5"), ("1e-7", "0.0000001")],
)
def test_FILE_C4_a_number_becomes_a_text_without_an_exponent(number: str, text: str) -> None:
    assert value("string(double(lead.loan))", {"loan": number}) == text


@pytest.mark.parametrize(("sent", "number"), [("5", 5), ("+5", 5), ("-5", -5)])
def test_FILE_C4_int_reads_whole_numbers_only(sent: str, number: int) -> None:
    assert value("int(lead.loan)", {"loan": sent}) == number
    for damaged in (f" {sent}", f"{sent}.0", "", "9" * 20, "1_0", "\u0665"):
        with pytest.raises(Unevaluable):
            value("int(lead.loan)", {"loan": damaged})


def test_CAM_2_an_error_within_a_list_may_only_cost_a_result() -> None:
    """The engine stops at the first error, where CEL would go on. It never accepts a lead for it."""
    quotient = "lead.tags.exists(x, 4 / int(x) == 2)"
    assert value(quotient, {"tags": ["2", "0"]}) is True
    with pytest.raises(Unevaluable):
        value(quotient, {"tags": ["0", "2"]})


def test_CAM_2_an_expression_of_another_time_is_read_without_its_kinds() -> None:
    """What is refused on save today may have been saved. It is still read as it was, for replays (CAM-20)."""
    for text in ("lead.loan in [50000, 60000]", "duration('1d') > duration('1h')", "lead.tags['a'] == 'a'"):
        assert grammar.read(text).text
