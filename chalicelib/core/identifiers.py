"""Ids and digests of leads under the identity key (data-model.md, Writes that survive a lost answer)."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from chalicelib.core.contact_points import keyed_hash
from chalicelib.core.errors import Malformed

_LONGEST_KEY = 255
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str)


def require_key(key: str) -> None:
    """Raise Malformed unless `key` is a valid idempotency key (INT-9)."""
    if not 1 <= len(key) <= _LONGEST_KEY or not key.isprintable():
        message = "An Idempotency-Key must have 1 to 255 printable characters."
        raise Malformed(message, "bad_idempotency_key")


def lead_id_of(key: bytes, campaign_id: str, source: str, key_kind: str, value: str) -> str:
    """Return the lead id that a source's key leads to. Each kind of key has its own namespace (INT-9)."""
    parts = ("lead", campaign_id, source, key_kind, value)
    digest = keyed_hash(key, "".join([f"{len(part)}:{part}" for part in parts]).encode())
    return "lead_" + base64.b32encode(digest)[:26].decode().lower()


def content_digest(key: bytes, values: Mapping[str, Any]) -> str:
    """Return the keyed digest of submitted content. It tells a repeated request from a reused key (INT-9)."""
    canonical = _CANONICAL.encode(values)
    digest = keyed_hash(key, f"7:content{len(canonical)}:{canonical}".encode())
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")
