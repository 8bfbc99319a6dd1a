"""Write many new rows at once, each under its condition."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.aws.dynamodb import batch, rows
from chalicelib.aws.dynamodb.rows import Row
from chalicelib.aws.dynamodb.tokens import token_of

_ROWS_A_TRANSACTION = 100
_NOT_MADE = ("TransactionCanceledException", *batch.SAME_INTENT_AT_ONCE)


def put_new(
    model: type[Row],
    groups: Sequence[Sequence[tuple[str, str]]],
    values: dict[str, Any],
    intent: str,
) -> list[int]:
    """Put groups of rows of one table, each as JSON and under its condition, up to 100 rows in a transaction.

    `values` are the values of the conditions, and each condition uses all of them. `intent` names this call: the same
    transaction of the same intent counts once. Return the places of the groups whose transaction was not made, because
    a condition did not hold or another write came at the same time.
    """
    put, left = _Puts(batch.table_of(model), values), list[int]()
    for numbers in _in_transactions([len(group) for group in groups]):
        puts = ",".join([put.json_of(*row) for number in numbers for row in groups[number]])
        token = token_of("put_new", intent, numbers[0])
        with rows.translate_errors():
            try:
                rows.send_prepared(
                    "TransactWriteItems",
                    f'{{"TransactItems":[{puts}],"ClientRequestToken":{json.dumps(token)}}}',
                )
            except Exception as error:
                if rows.error_code(error) not in _NOT_MADE:
                    raise
                left += numbers
    return left


class _Puts:
    """The writes of rows of one table as JSON. What all rows share is encoded once for each condition (B6)."""

    def __init__(self, table: str, values: dict[str, Any]) -> None:
        self._beginning = f'{{"Put":{{"TableName":{json.dumps(table)},"Item":'
        self._values, self._ends = json.dumps(values), dict[str, str]()

    def json_of(self, item: str, unless: str) -> str:
        """Return the write of a row under a condition."""
        end = self._ends.get(unless)
        if end is None:
            end = self._ends[unless] = (
                f',"ConditionExpression":{json.dumps(unless)},"ExpressionAttributeValues":{self._values}}}}}'
            )
        return f"{self._beginning}{item}{end}"


def _in_transactions(sizes: Sequence[int]) -> Iterator[list[int]]:
    """Yield the places of groups that fit into one transaction together."""
    numbers, used = list[int](), 0
    for number, size in enumerate(sizes):
        if numbers and used + size > _ROWS_A_TRANSACTION:
            yield numbers
            numbers, used = [], 0
        numbers.append(number)
        used += size
    if numbers:
        yield numbers
