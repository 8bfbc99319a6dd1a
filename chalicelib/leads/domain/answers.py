"""The answer a source was given, as it is kept with the facts (INT-9)."""

import json
from dataclasses import asdict
from decimal import Decimal

from chalicelib.leads.domain.leads import IntakeAnswer, Status


def answer_text(answer: IntakeAnswer) -> str:
    """Return an answer as text, without what it does not say: facts are short (data-model.md, Facts and person)."""
    given = {name: value for name, value in asdict(answer).items() if not _is_unsaid(value)}
    return json.dumps(given, separators=(",", ":"), default=str)


def read_answer(text: str) -> IntakeAnswer:
    """Return the answer that was kept as this text."""
    given = json.loads(text)
    status, price = Status(given.pop("status")), given.pop("price", None)
    checks = tuple(given.pop("checks", ()))
    return IntakeAnswer(
        status=status, price=None if price is None else Decimal(price), checks=checks, **given
    )


def _is_unsaid(value: object) -> bool:
    return value is None or value is False or value == ()
