"""Cursors: the encrypted position in a list, valid only for the same question by the same user."""

import hashlib
import json
from datetime import date
from typing import Any

from chalicelib.aws import encrypted_tokens
from chalicelib.core.errors import Malformed
from chalicelib.core.times import utc_day
from chalicelib.http.request import ApiRequest

VALID_FOR_S = 24 * 3600
_PURPOSE = "cursor"
_NOT_BOUND = {"limit", "cursor"}


def encrypt(call: ApiRequest[Any, Any], position: dict[str, Any] | None) -> str | None:
    """Return the cursor of `position` (JSON values) for this call's question; None at the end of the list."""
    if position is None:
        return None
    return encrypted_tokens.encrypt_token(
        _PURPOSE, {"question": _question(call), "until": call.now + VALID_FOR_S, "at": position}
    )


def decrypt(call: ApiRequest[Any, Any]) -> dict[str, Any] | None:
    """Return the position in the call's cursor, None without one; raise Malformed for a foreign or expired one."""
    token = getattr(call.query, "cursor", None) or getattr(call.body, "cursor", None)
    if not token:
        return None
    try:
        content = encrypted_tokens.decrypt_token(_PURPOSE, token)
    except Malformed as error:
        raise _refused() from error
    if content["question"] != _question(call) or content["until"] <= call.now:
        raise _refused()
    return dict(content["at"])


def day_of(requested: date | None, after: dict[str, Any] | None, now: int) -> str:
    """Return the UTC day of a list: the day asked for, else the `day` of its position, else today.

    A list of today that is paged across midnight remains the list of the day it began with (INT-16, PRI-28).
    """
    if requested is not None:
        return requested.isoformat()
    return utc_day(now) if after is None else str(after["day"])


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
        [call.actor.kind, call.actor.id],
    ]
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:32]
