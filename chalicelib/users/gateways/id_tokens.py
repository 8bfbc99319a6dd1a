"""ID tokens of the user pool, checked against the pool's own keys (ACC-1)."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib import settings
from chalicelib.core.errors import Unauthenticated, Unavailable

if TYPE_CHECKING:
    from jwt import PyJWK

KEYS_GOOD_FOR_S = 6 * 3600
ASK_AGAIN_AFTER_S = 10
_SKEW_S = 60
_TIMEOUT_S = 3
_NOT_VALID = "The credential is not valid."
_CLAIMS = ["iss", "aud", "sub", "exp", "iat", "token_use"]


class Expired(Unauthenticated):
    """A token of the pool that was good until it expired: somebody comes back, nobody tries (ACC-9)."""


@dataclass(frozen=True)
class Verified:
    """What a valid ID token says and is believed: whose it is and when they signed in.

    A refreshed token keeps the instant of its sign-in, so that signing out ends it whatever the pool does.
    """

    subject: str
    signed_in_at: int


@dataclass
class _KeySet:
    keys: dict[str, "PyJWK"]
    fetched_at: int
    asked_at: int


_key_set: dict[str, _KeySet] = {}


def verify(token: str, now: int) -> Verified:
    """Return whose ID token this is; Unauthenticated if it is not good, Unavailable if that cannot be told.

    Raises Expired for one that is good but for its age.
    RS256 only, signed by a key of the pool, for this client, of this issuer, `token_use` id, not expired (ACC-1).
    """
    import jwt

    try:
        key = _key(_key_id(token), now)
        claims = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=settings.current().pool_client_id,
            issuer=settings.current().pool_issuer,
            options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
        _require_current(claims, now)
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise _refused() from error
    return Verified(str(claims["sub"]), min(int(claims.get("auth_time", claims["iat"])), int(claims["iat"])))


def clear_cache() -> None:
    """Forget the pool's keys, as a fresh process would."""
    _key_set.clear()


def _require_current(claims: dict[str, Any], now: int) -> None:
    if claims["token_use"] != "id" or now < int(claims["iat"]) - _SKEW_S:
        raise _refused()
    if now >= int(claims["exp"]):
        raise Expired(_NOT_VALID)


def _key_id(token: str) -> str:
    import jwt

    header = jwt.get_unverified_header(token)
    if header.get("alg") != "RS256" or not isinstance(header.get("kid"), str):
        raise _refused()
    return str(header["kid"])


def _key(kid: str, now: int) -> "PyJWK":
    """Return the pool's key of that id; an unknown id asks the pool again, but not more often than it may."""
    url = settings.current().pool_keys_url
    known = _key_set.get(url)
    stale = known is None or now >= known.fetched_at + KEYS_GOOD_FOR_S
    if known is None or ((stale or kid not in known.keys) and now >= known.asked_at + ASK_AGAIN_AFTER_S):
        known = _fetch_when_due(url, known, now)
        stale = now >= known.fetched_at + KEYS_GOOD_FOR_S
    if stale:
        raise _unreachable()
    if kid not in known.keys:
        raise _refused()
    return known.keys[kid]


def _fetch_when_due(url: str, known: _KeySet | None, now: int) -> _KeySet:
    """Fetch the key set; where that fails, what is known stays, and an unknown key cannot be told from a bad one."""
    try:
        fetched = _KeySet(_fetch(url), now, now)
    except (OSError, ValueError) as error:
        if known is not None:
            known.asked_at = now
        raise _unreachable() from error
    _key_set[url] = fetched
    return fetched


def _fetch(url: str) -> dict[str, "PyJWK"]:
    import urllib.request

    import jwt

    if not url.startswith(("https://", "http://")):
        raise ValueError("not a web address")
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - the setting's scheme is checked
        document = json.load(answer)
    try:
        return {str(key.key_id): key for key in jwt.PyJWKSet.from_dict(document).keys}
    except (jwt.PyJWTError, AttributeError) as error:
        raise ValueError("not a key set") from error


def _refused() -> Unauthenticated:
    return Unauthenticated(_NOT_VALID)


def _unreachable() -> Unavailable:
    return Unavailable("The keys of the user pool cannot be read.")
