"""Source credentials: `lw_source_<public id>_<secret>`; only the secret's SHA-256 is ever kept (ACC-2)."""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from chalicelib.organisation.domain.configuration import ConfigItem

PREFIX = "lw_source_"
KIND = "crd"
SECRET_BYTES = 32
LIVE_SECRETS = 2
_PRESENTED = re.compile(r"lw_source_([0-9a-z]{1,40})_([A-Za-z0-9_-]{43})")
_NO_HASH = "-" * 64


@dataclass(frozen=True, kw_only=True)
class Credential(ConfigItem):
    """The API token with which a lead source posts to named campaigns; only hashes are kept (ACC-2)."""

    CONFIG_KIND: ClassVar[str] = "credential"

    name: str
    campaign_ids: tuple[str, ...]
    kind: str = "source"
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class CredentialUse:
    """A source credential, the day it was used last, and how often it was refused today."""

    credential: Credential
    last_used_on: str | None
    refused_today: int


@dataclass(frozen=True)
class Presented:
    """A credential as somebody showed it: whose it claims to be, and the hash of its secret."""

    credential_id: str
    secret_hash: str = field(repr=False)


def token_of(credential_id: str, secret: bytes) -> str:
    """Return the token of a credential (`crd_<public id>`) and a new secret; it is shown this once (ACC-2)."""
    text = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
    return f"{PREFIX}{credential_id.removeprefix(KIND + '_')}_{text}"


def presented(token: str) -> Presented | None:
    """Take a token apart; None if it is not one."""
    match = _PRESENTED.fullmatch(token)
    if match is None:
        return None
    return Presented(f"{KIND}_{match[1]}", hash_of(match[2]))


def hash_of(secret: str) -> str:
    """Return what is kept of a secret, given as it stands in the token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hash_of_token(token: str) -> str:
    """Return what is kept of a token just made."""
    shown = presented(token)
    if shown is None:
        raise ValueError("not a token")
    return shown.secret_hash


def matches(shown: Presented | None, live: Sequence[str]) -> bool:
    """Tell whether the secret is one of the (at most two) live ones.

    Always two comparisons in constant time, with none live too: an unknown id costs the same as a wrong secret.
    """
    given = shown.secret_hash if shown else "+" * 64
    padded = (*live, _NO_HASH, _NO_HASH)[:LIVE_SECRETS]
    same = [hmac.compare_digest(given.encode(), known.encode()) for known in padded]
    return any(same)
