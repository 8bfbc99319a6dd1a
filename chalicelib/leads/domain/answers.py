"""The result a source got, in the form that is kept with the facts (INT-9)."""

import json
from dataclasses import asdict
from decimal import Decimal

from chalicelib.leads.domain.leads import IntakeAnswer, Status


def answer_text(answer: IntakeAnswer) -> str:
    """Return a result as text without its empty fields, because facts are short (data-model.md, Facts and person)."""
    values = {name: value for name, value in asdict(answer).items() if not _is_empty(value)}
    return json.dumps(values, separators=(",", ":"), default=str)


def read_answer(text: str) -> IntakeAnswer:
    """Return the result that is kept as this text."""
    values = json.loads(text)
    status, price = Status(values.pop("status")), values.pop("price", None)
    checks = tuple(values.pop("checks", ()))
    return IntakeAnswer(
        status=status, price=None if price is None else Decimal(price), checks=checks, **values
    )


def _is_empty(value: object) -> bool:
    return value is None or value is False or value == ()
