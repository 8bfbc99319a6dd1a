"""The headers that routes declare: the request headers a view reads, the response headers it may set."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from chalicelib.core.quick_dataclass import dataclass


def _text() -> dict[str, Any]:
    return {"type": "string"}


@dataclass(frozen=True)
class RequestHeader:
    """A request header that a view reads."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=_text)


@dataclass(frozen=True)
class ResponseHeader:
    """A response header that may be missing."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=_text)


Header = RequestHeader | ResponseHeader

IDEMPOTENCY_KEY = RequestHeader(
    "Idempotency-Key",
    "The caller's own key of this request. Repeating the request with the same key and content has no further effect.",
    {"type": "string", "minLength": 1, "maxLength": 255},
)
PREFER = RequestHeader(
    "Prefer", "`status-codes`: a rejected lead is answered with 422 and a duplicate with 409."
)
CAMPAIGN_PASSWORD = RequestHeader(
    "X-Campaign-Password", "The password of the campaign. Needed where the campaign has one."
)

IDEMPOTENT_REPLAY = ResponseHeader(
    "Idempotent-Replay",
    "`true` if this repeats the first answer, and nothing was done.",
    {"type": "string", "enum": ["true"]},
)
NEXT_CURSOR = ResponseHeader("X-Next-Cursor", "The `cursor` of the next page. Missing on the last page.")
REQUEST_ID = ResponseHeader("X-Request-Id", "The id of this request.")
RETRY_AFTER = ResponseHeader(
    "Retry-After", "How many seconds to wait before the next try.", {"type": "integer", "minimum": 0}
)
WWW_AUTHENTICATE = ResponseHeader("WWW-Authenticate", "How to authenticate: `Bearer`.")
