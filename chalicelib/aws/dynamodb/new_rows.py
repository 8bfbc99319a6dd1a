"""Write many new rows at once, each under its condition."""

from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.aws.dynamodb import batch, rows
from chalicelib.aws.dynamodb.rows import Row
from chalicelib.aws.dynamodb.tokens import token_of

_ROWS_A_TRANSACTION = 100
_NOT_MADE = ("TransactionCanceledException", *batch.SAME_INTENT_AT_ONCE)


def put_new(
    model: type[Row],
    groups: Sequence[Sequence[tuple[dict[str, Any], str]]],
    values: dict[str, Any],
    intent: str,
) -> list[int]:
    """Put groups of raw rows of one table, each row under its condition, up to 100 rows in a transaction.

    `values` are the values of the conditions, and each condition uses all of them. `intent` names this call: the same
    transaction of the same intent counts once. Return the places of the groups whose transaction was not made, because
    a condition did not hold or another write came at the same time. Call it
    from one thread only.
    """
    table, left = batch.table_of(model), list[int]()
    for numbers in _in_transactions([len(group) for group in groups]):
        puts = [
            {
                "TableName": table,
                "Item": item,
                "ConditionExpression": unless,
                "ExpressionAttributeValues": values,
            }
            for number in numbers
            for item, unless in groups[number]
        ]
        with rows.translate_errors():
            try:
                rows.write_prepared(
                    {
                        "TransactItems": [{"Put": put} for put in puts],
                        "ClientRequestToken": token_of("put_new", intent, numbers[0]),
                    },
                )
            except Exception as error:
                if rows.error_code(error) not in _NOT_MADE:
                    raise
                left += numbers
    return left


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
