"""Source credentials: `lw_source_<public id>_<secret>`. Only the SHA-256 of the secret is stored (ACC-2)."""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import field
from typing import ClassVar

from chalicelib.core.quick_dataclass import dataclass
from chalicelib.organisation.domain.configuration import ConfigItem

PREFIX = "lw_source_"
KIND = "crd"
SECRET_BYTES = 32
LIVE_SECRETS = 2
_PRESENTED = re.compile(r"lw_source_([0-9a-z]{1,40})_([A-Za-z0-9_-]{43})")
_NO_HASH = "-" * 64


@dataclass(frozen=True, kw_only=True)
class Credential(ConfigItem):
    """The API token with which a lead source posts to named campaigns. Only hashes are stored (ACC-2)."""

    CONFIG_KIND: ClassVar[str] = "credential"

    name: str
    campaign_ids: tuple[str, ...]
    kind: str = "source"
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class CredentialUse:
    """A source credential, the last day of its use, and its failures and look-ups today."""

    credential: Credential
    last_used_on: str | None
    refused_today: int
    look_ups_today: int


@dataclass(frozen=True)
class Presented:
    """A credential as a client sent it: its claimed id, and the hash of its secret."""

    credential_id: str
    secret_hash: str = field(repr=False)


def token_of(credential_id: str, secret: bytes) -> str:
    """Return the token of a credential (`crd_<public id>`) and a new secret. It is shown only once (ACC-2)."""
    text = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
    return f"{PREFIX}{credential_id.removeprefix(KIND + '_')}_{text}"


def presented(token: str) -> Presented | None:
    """Return the parts of a token, or None if it is not valid."""
    match = _PRESENTED.fullmatch(token)
    if match is None:
        return None
    return Presented(f"{KIND}_{match[1]}", hash_of(match[2]))


def hash_of(secret: str) -> str:
    """Return the stored hash of a secret in the form of the token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hash_of_token(token: str) -> str:
    """Return the stored hash of a new token's secret."""
    parts = presented(token)
    if parts is None:
        raise ValueError("this is not a token")
    return parts.secret_hash


def matches(sent: Presented | None, live: Sequence[str]) -> bool:
    """Return True if the secret is one of the (at most two) live ones.

    It always makes two comparisons in constant time, even without a live secret. So an unknown id takes as long as a
    wrong secret.
    """
    given = sent.secret_hash if sent else "+" * 64
    padded = (*live, _NO_HASH, _NO_HASH)[:LIVE_SECRETS]
    results = [hmac.compare_digest(given.encode(), stored.encode()) for stored in padded]
    return any(results)
