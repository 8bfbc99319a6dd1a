"""Key conditions of the engine's queries: read once, and not again for each row of the partition.

ministack reads the text of a query's key condition anew for each row. A page of a partition with 10,000 rows takes more
than a second, and DynamoDB answers it in milliseconds. The result is the same: the comparisons are ministack's own.
"""

import functools
import re
from typing import Any, NamedTuple

SLOT = "KeyConditionExpression"
_COMPARED = re.compile(r"(#\w+) (=|<|<=|>|>=) (:\w+)$")
_BEGINS = re.compile(r"begins_with \((#\w+), (:\w+)\)$")
_BETWEEN = re.compile(r"(#\w+) BETWEEN (:\w+) AND (:\w+)$")
_AND = re.compile(r" AND (?!:)")  # the other AND of a key condition is that of BETWEEN


class Clause(NamedTuple):
    """One comparison of a key: the placeholders of its name and its value."""

    name: str
    operator: str
    value: str


@functools.lru_cache(maxsize=256)
def clauses_of(expression: str) -> tuple[Clause, ...] | None:
    """Return the comparisons of a key condition as pynamodb writes it, or None for any other text."""
    inner = expression.removeprefix("(").removesuffix(")") if expression.startswith("(") else expression
    clauses: list[Clause] = []
    for part in _AND.split(inner):
        if found := _COMPARED.match(part):
            clauses.append(Clause(found[1], found[2], found[3]))
        elif found := _BEGINS.match(part):
            clauses.append(Clause(found[1], "begins_with", found[2]))
        elif found := _BETWEEN.match(part):
            clauses += [Clause(found[1], ">=", found[2]), Clause(found[1], "<=", found[3])]
        else:
            return None
    return tuple(clauses)


def read_once(dynamodb: Any) -> None:
    """Make ministack's queries use `clauses_of` where it knows the text, and its own way everywhere else."""
    whole, compare = dynamodb._evaluate_condition, dynamodb._compare_ddb  # noqa: SLF001

    def holds(clause: Clause, item: Any, value: Any, names: Any) -> bool:
        stored = item.get(names[clause.name])
        if clause.operator != "begins_with":
            return bool(compare(stored, clause.operator, value))
        return stored is not None and str(stored["S"]).startswith(value["S"])

    def evaluate(
        expression: str, item: Any, values: Any, names: Any, slot: str = "ConditionExpression"
    ) -> Any:
        clauses = clauses_of(expression) if slot == SLOT else None
        if clauses is None or not all(_is_plain(clause, item, values, names) for clause in clauses):
            return whole(expression, item, values, names, slot=slot)
        return all(holds(clause, item, values[clause.value], names) for clause in clauses)

    dynamodb._evaluate_condition = evaluate  # noqa: SLF001


def _is_plain(clause: Clause, item: Any, values: Any, names: Any) -> bool:
    """Return whether name and value are given, and `begins_with` compares two texts."""
    if clause.name not in names or clause.value not in values:
        return False
    return clause.operator != "begins_with" or (
        "S" in values[clause.value] and "S" in item.get(names[clause.name], {"S": ""})
    )
