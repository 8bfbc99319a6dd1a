"""The supported subset of CEL: functions, methods and the kinds of values (CAM-1)."""

from collections.abc import Iterable

BOOLEAN, INT, DOUBLE, TEXT, LIST, TIME, DURATION, NULL = (
    "boolean", "int", "double", "text", "list", "time", "duration", "null",
)  # fmt: skip
ValueType = str | None
"""The kind of a value if it is known before the value, else None."""

NUMBERS = {INT, DOUBLE}
STORABLE = {BOOLEAN, INT, DOUBLE, TEXT, None}
TERM_COST: dict[ValueType, int] = {LIST: 10}
"""The cost of a term of a sum where it is more than one step: the engine copies the terms before it."""
CONSTANTS = {"true": BOOLEAN, "false": BOOLEAN, "null": NULL}
FUNCTIONS: dict[str, tuple[set[ValueType], ValueType]] = {
    "size": ({TEXT, LIST}, INT),
    "string": ({TEXT, BOOLEAN, INT, DOUBLE, TIME, DURATION}, TEXT),
    "double": ({TEXT, INT, DOUBLE}, DOUBLE),
    "int": ({TEXT, INT, DOUBLE, TIME}, INT),
    "timestamp": ({TEXT, TIME}, TIME),
    "duration": ({TEXT, DURATION}, DURATION),
}
ENGINE_FORMS = {
    "size": "size_of({})",
    "string": "text_of({})",
    "int": "int_of({})",
    "timestamp": "utc(timestamp({}))",
}
"""How a function is written for the engine, if not as it is: see `functions`."""
HINTS = {
    "duration": ': write hours, minutes and seconds, such as duration("24h") or duration("1h30m")',
    "timestamp": ': write an instant with a zone, such as timestamp("2026-11-30T23:30:00Z")',
    "int": ": write a whole number",
    "double": ": write a number",
}
_DURATION_PARTS = ("getHours", "getMinutes", "getSeconds")
_PARTS = (
    "getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfYear", "getDayOfWeek", "getMilliseconds",
    *_DURATION_PARTS,
)  # fmt: skip
METHODS: dict[str, tuple[tuple[set[ValueType], ...], ValueType]] = {
    "contains": (({TEXT},), BOOLEAN),
    "startsWith": (({TEXT},), BOOLEAN),
    "endsWith": (({TEXT},), BOOLEAN),
    "matches": (({TEXT},), BOOLEAN),
    "size": ((), INT),
    **dict.fromkeys(_PARTS, ((), INT)),
}
TARGETS: dict[str, set[ValueType]] = {
    "size": {TEXT, LIST},
    **{name: {TEXT} for name in ("contains", "startsWith", "endsWith", "matches")},
    **{name: {TIME} for name in _PARTS},
    **{name: {TIME, DURATION} for name in _DURATION_PARTS},
}
MACROS: dict[str, ValueType] = {"all": BOOLEAN, "exists": BOOLEAN, "exists_one": BOOLEAN, "filter": LIST}

SUMS: dict[tuple[ValueType, str, ValueType], ValueType] = {
    (TEXT, "+", TEXT): TEXT,
    (LIST, "+", LIST): LIST,
    (TIME, "-", TIME): DURATION,
    (TIME, "+", DURATION): TIME,
    (DURATION, "+", TIME): TIME,
    (TIME, "-", DURATION): TIME,
    (DURATION, "+", DURATION): DURATION,
    (DURATION, "-", DURATION): DURATION,
    (INT, "%", INT): INT,
    **{(kind, sign, kind): kind for kind in (INT, DOUBLE) for sign in "+-*/"},
}


class KindMismatch(Exception):
    """No operator combines two values of these kinds."""


def result_kind(left: ValueType, sign: str, right: ValueType) -> ValueType:
    """Return the kind of a result, such as a sum; raise KindMismatch if the operation is never possible."""
    if left is None or right is None:
        return None
    kind = SUMS.get((left, sign, right))
    if kind is None:
        raise KindMismatch
    return kind


def comparable(left: ValueType, sign: str, right: ValueType, items: ValueType = None) -> bool:
    """Return True if values of two kinds can be compared, as far as the kinds are known.

    For `in`, `items` is the kind of the values of the list on the right.
    """
    if sign == "in":
        return right in (LIST, None) and comparable(left, "==", items)
    if left is None or right is None:
        return sign in ("==", "!=") or NULL not in (left, right)
    if sign in ("==", "!="):
        return left == right or {left, right} <= NUMBERS
    return left not in (LIST, NULL) and (left == right or {left, right} <= NUMBERS)


def items_kind(kinds: Iterable[ValueType]) -> ValueType:
    """Return the kind of the values of a list, None if unknown; raise KindMismatch if they are of several kinds."""
    found = set(kinds)
    if not found or None in found:
        return None
    if len(found) == 1:
        return found.pop()
    if found <= NUMBERS:
        return DOUBLE
    raise KindMismatch
