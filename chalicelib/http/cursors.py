"""Cursors: the encrypted position in a list, valid only for the same question by the same user."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from chalicelib.aws import encrypted_tokens
from chalicelib.core.errors import Malformed
from chalicelib.core.paging import DayPosition
from chalicelib.core.times import utc_day
from chalicelib.http.request import ApiRequest

VALID_FOR_S = 24 * 3600
_PURPOSE = "cursor"
_NOT_BOUND = {"limit", "cursor"}
P = TypeVar("P")


def encrypt(call: ApiRequest[Any, Any], position: Mapping[str, object] | None) -> str | None:
    """Return the cursor of a position for this call's question; None at the end of the list.

    A position is a `TypedDict` or a `LastKey`, and holds JSON values only.

    Example:
        >>> cursor = encrypt(request, DayPosition(day="2027-01-15"))
        >>> next_request = replace(request, query=PageQuery(cursor=cursor))
        >>> decrypt(next_request, DayPosition)
        {'day': '2027-01-15'}
    """
    return None if position is None else _encrypt(call, _question(call), position)


def encrypt_for(
    call: ApiRequest[Any, Any],
    route: str,
    parameters: Mapping[str, str],
    position: Mapping[str, object] | None,
) -> str | None:
    """Return the cursor with which this caller continues at another route, a GET whose query is a plain page."""
    if position is None:
        return None
    return _encrypt(call, _digest(["GET", route, dict(parameters), {}, None, _caller(call)]), position)


def decrypt(call: ApiRequest[Any, Any], position: Callable[..., P]) -> P | None:
    """Return the position in the call's cursor, as the type `position`; None without a cursor.

    Raise Malformed for a foreign or expired cursor.
    """
    token = getattr(call.query, "cursor", None) or getattr(call.body, "cursor", None)
    if not token:
        return None
    try:
        content = encrypted_tokens.decrypt_token(_PURPOSE, token)
    except Malformed as error:
        raise _refused() from error
    if content["question"] != _question(call) or content["until"] <= call.now:
        raise _refused()
    return position(**content["at"])


def day_of(requested: date | None, after: DayPosition | None, now: int) -> str:
    """Return the UTC day of a list: the day asked for, else the `day` of its position, else today.

    A list of today that is paged across midnight remains the list of the day it began with (INT-16, PRI-28).
    """
    if requested is not None:
        return requested.isoformat()
    return utc_day(now) if after is None else after["day"]


def _refused() -> Malformed:
    return Malformed(
        "The cursor has expired or belongs to another list; start again without it.", code="cursor_invalid"
    )


def _question(call: ApiRequest[Any, Any]) -> str:
    """Return the digest of the user, the path with its parameters, the query and the body without limit and cursor."""
    question = [
        call.raw.method,
        call.route,
        call.raw.uri_params or {},
        call.query.model_dump(mode="json", exclude=_NOT_BOUND) if call.query else None,
        call.body.model_dump(mode="json", exclude=_NOT_BOUND) if call.body else None,
        _caller(call),
    ]
    return _digest(question)


def _caller(call: ApiRequest[Any, Any]) -> list[str]:
    return [call.actor.kind, call.actor.id]


def _encrypt(call: ApiRequest[Any, Any], question: str, position: Mapping[str, object]) -> str:
    content = {"question": question, "until": call.now + VALID_FOR_S, "at": position}
    return encrypted_tokens.encrypt_token(_PURPOSE, content)


def _digest(question: list[Any]) -> str:
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:32]
