"""Authenticates a caller: a user by an ID token, or a lead source by a source credential (ACC-1, ACC-2)."""

from typing import NoReturn

from chalicelib.aws.dynamodb import counters
from chalicelib.core.access import Actor
from chalicelib.core.errors import BAD_CREDENTIAL, Unauthenticated, Unavailable
from chalicelib.core.times import utc_day
from chalicelib.organisation import store as configuration
from chalicelib.users.domain import credentials
from chalicelib.users.domain.credentials import Credential
from chalicelib.users.domain.users import User
from chalicelib.users.gateways import id_tokens
from chalicelib.users.usecases import throttling

UNKNOWN = "unknown"
REFUSALS_A_MINUTE = 60
_used: dict[str, str] = {}


def authenticate(token: str, now: int) -> Actor:
    """Return the actor of a bearer token. Raise Unauthenticated if the token is not valid (ACC-6).

    Raise Throttled if one credential fails too often in a minute (ACC-9). Raise Unavailable if the rows or the pool's
    keys cannot be read. Raise Expired for an expired ID token: this is neither counted nor throttled, because the
    user returns with a new token.
    """
    if token.startswith(credentials.PREFIX):
        return _machine(token, now)
    return _user(token, now)


def refuse_unreadable(now: int) -> NoReturn:
    """Raise Unauthenticated for a credential that cannot be read. It counts as an unknown credential (ACC-9)."""
    _count_and_refuse(UNKNOWN, now)


def clear_cache() -> None:
    """Clear the list of recorded uses, as in a new process."""
    _used.clear()


def _user(token: str, now: int) -> Actor:
    try:
        verified = id_tokens.verify(token, now)
    except id_tokens.Expired:
        raise
    except Unauthenticated:
        _count_and_refuse(UNKNOWN, now)
    user = configuration.cached(User, verified.subject, now)
    if user is None or user.disabled or verified.signed_in_at <= user.signed_out_at:
        _count_and_refuse(user.id if user else UNKNOWN, now)
    return user.actor


def _machine(token: str, now: int) -> Actor:
    presented = credentials.presented(token)
    credential = configuration.cached(Credential, presented.credential_id, now) if presented else None
    if not credentials.matches(presented, credential.secrets if credential else ()) or credential is None:
        _count_and_refuse(credential.id if credential else UNKNOWN, now)
    _record_use(credential.id, utc_day(now))
    return Actor(kind="credential", id=credential.id, campaign_ids=frozenset(credential.campaign_ids))


def _count_and_refuse(bucket: str, now: int) -> NoReturn:
    """Count the failure under the credential's id, or as unknown, and raise Unauthenticated (ACC-9)."""
    throttling.count_failure(bucket, REFUSALS_A_MINUTE, now)
    raise _refused()


def _record_use(credential_id: str, day: str) -> None:
    """Record the day of use, once for each process and day. A failure does not fail the request."""
    if _used.get(credential_id) == day:
        return
    try:
        counters.record_use(credential_id, day)
    except Unavailable:
        return
    _used[credential_id] = day


def _refused() -> Unauthenticated:
    return Unauthenticated(BAD_CREDENTIAL)
