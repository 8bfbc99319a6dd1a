"""The supported subset of CEL: functions, methods and the kinds of values (CAM-1)."""

BOOLEAN, INT, DOUBLE, TEXT, LIST, TIME, DURATION = (
    "boolean", "int", "double", "text", "list", "time", "duration",
)  # fmt: skip
ValueType = str | None
"""The kind of a value if it is known before the value, else None."""

NUMBERS = {INT, DOUBLE}
STORABLE = {BOOLEAN, INT, DOUBLE, TEXT, None}
TERM_COST: dict[ValueType, int] = {LIST: 10}
"""The cost of a term of a sum where it is more than one step: the engine copies the terms before it."""
CONSTANTS = {"true": BOOLEAN, "false": BOOLEAN, "null": None}
FUNCTIONS: dict[str, tuple[set[ValueType], ValueType]] = {
    "size": ({TEXT, LIST}, INT),
    "string": ({TEXT, BOOLEAN, INT, DOUBLE, TIME, DURATION}, TEXT),
    "double": ({TEXT, INT, DOUBLE}, DOUBLE),
    "int": ({TEXT, INT, DOUBLE, TIME}, INT),
    "timestamp": ({TEXT, TIME}, TIME),
    "duration": ({TEXT, DURATION}, DURATION),
}
_PARTS = (
    "getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfYear", "getDayOfWeek",
    "getHours", "getMinutes", "getSeconds", "getMilliseconds",
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
    **{name: {TIME, DURATION} for name in _PARTS},
}
MACROS: dict[str, ValueType] = {"all": BOOLEAN, "exists": BOOLEAN, "exists_one": BOOLEAN, "filter": LIST}

_SUMS: dict[tuple[ValueType, str, ValueType], ValueType] = {
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
    kind = _SUMS.get((left, sign, right))
    if kind is None:
        raise KindMismatch
    return kind


def comparable(left: ValueType, sign: str, right: ValueType) -> bool:
    """Return True if values of two kinds can be compared, as far as the kinds are known."""
    if sign == "in":
        return right in (LIST, None)
    if left is None or right is None:
        return True
    if sign in ("==", "!="):
        return left == right or {left, right} <= NUMBERS
    return left not in (LIST,) and (left == right or {left, right} <= NUMBERS)
