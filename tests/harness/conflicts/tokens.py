"""The tokens of transactions: the same intent counts once within ten minutes."""

import json
from dataclasses import dataclass

from tests.harness.conflicts.tables.operations import Body, ServiceError
from tests.harness.conflicts.time_line import TimeLine

_VALID_S = 600


@dataclass
class Token:
    """A token that was seen: the content it came with, and when its transaction was made."""

    name: str
    content: int
    made_at: float | None = None


class Tokens:
    """The tokens of transactions that go on, or were made in the last ten minutes."""

    def __init__(self, line: TimeLine) -> None:
        self._line = line
        self._known: dict[str, Token] = {}

    def begin(self, body: Body) -> Token | None:
        """Return the token of a transaction that may be made; None if it was made already.

        Raise ServiceError if the token belongs to other content, or to a transaction that goes on.
        """
        name = body.get("ClientRequestToken", "")
        token = Token(name, hash(json.dumps(body["TransactItems"], sort_keys=True)) if name else 0)
        known = self._known.get(name)
        if known is not None and not self._is_over(known):
            if known.content != token.content:
                raise ServiceError(
                    "IdempotentParameterMismatchException", "The token was used with other parameters"
                )
            if known.made_at is None:
                raise ServiceError("TransactionInProgressException", "The same transaction is in progress")
            return None
        if name:
            self._known[name] = token
        return token

    def end(self, token: Token, *, made: bool) -> None:
        """Note the end of a transaction. One that was not made leaves no token."""
        token.made_at = self._line.now
        if not made:
            self._known.pop(token.name, None)

    def _is_over(self, token: Token) -> bool:
        return token.made_at is not None and self._line.now > token.made_at + _VALID_S
