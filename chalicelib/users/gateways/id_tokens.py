"""ID tokens of the user pool, checked against the pool's own keys (ACC-1)."""

import json
from typing import TYPE_CHECKING, Any

from chalicelib import settings
from chalicelib.core.errors import BAD_CREDENTIAL, Unauthenticated, Unavailable
from chalicelib.core.quick_dataclass import dataclass

if TYPE_CHECKING:
    from jwt import PyJWK

KEYS_GOOD_FOR_S = 6 * 3600
ASK_AGAIN_AFTER_S = 10
_SKEW_S = 60
_TIMEOUT_S = 3
_CLAIMS = ["iss", "aud", "sub", "exp", "iat", "token_use"]


class Expired(Unauthenticated):
    """A valid token of the pool that has expired. It is no failed sign-in (ACC-9)."""


@dataclass(frozen=True)
class Verified:
    """The claims of a valid ID token that are used: the user and the instant of the sign-in.

    A refreshed token keeps the instant of its sign-in. So a sign-out ends it, independently of the pool.
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
    """Return the user of an ID token. Raise Unauthenticated if it is not valid, Unavailable if the keys are not known.

    Raise Expired for a token that is valid except for its age.
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


def subject_of(token: str) -> str:
    """Return the user of a token that the pool itself has just answered.

    The token is not checked, so never use this for a caller's. Raise Unavailable if it cannot be read.
    """
    import jwt

    try:
        claims = jwt.decode(token, options={"verify_signature": False})
        return str(claims["sub"])
    except (jwt.PyJWTError, KeyError) as error:
        raise _unreachable() from error


def clear_cache() -> None:
    """Clear the pool's keys, as in a new process."""
    _key_set.clear()


def _require_current(claims: dict[str, Any], now: int) -> None:
    if claims["token_use"] != "id" or now < int(claims["iat"]) - _SKEW_S:
        raise _refused()
    if now >= int(claims["exp"]):
        raise Expired(BAD_CREDENTIAL)


def _key_id(token: str) -> str:
    import jwt

    header = jwt.get_unverified_header(token)
    if header.get("alg") != "RS256" or not isinstance(header.get("kid"), str):
        raise _refused()
    return str(header["kid"])


def _key(kid: str, now: int) -> "PyJWK":
    """Return the pool's key with that id. For an unknown id the keys are fetched again, at most every ten seconds."""
    url = settings.current().pool_keys_url
    key_set = _key_set.get(url)
    stale = key_set is None or now >= key_set.fetched_at + KEYS_GOOD_FOR_S
    if key_set is None or (
        (stale or kid not in key_set.keys) and now >= key_set.asked_at + ASK_AGAIN_AFTER_S
    ):
        key_set = _fetch_keys(url, key_set, now)
        stale = now >= key_set.fetched_at + KEYS_GOOD_FOR_S
    if stale:
        raise _unreachable()
    if kid not in key_set.keys:
        raise _refused()
    return key_set.keys[kid]


def _fetch_keys(url: str, cached: _KeySet | None, now: int) -> _KeySet:
    """Fetch and cache the key set. If that fails, keep the cached set and raise Unavailable."""
    try:
        fetched = _KeySet(_fetch(url), now, now)
    except (OSError, ValueError) as error:
        if cached is not None:
            cached.asked_at = now
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
    return Unauthenticated(BAD_CREDENTIAL)


def _unreachable() -> Unavailable:
    return Unavailable("The keys of the user pool cannot be read.")
