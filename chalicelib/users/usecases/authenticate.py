"""Who is calling: a user with an ID token, or a machine with a source credential (ACC-1, ACC-2)."""

from typing import NoReturn

from chalicelib.aws.dynamodb import counters
from chalicelib.core.access import Actor
from chalicelib.core.errors import Unauthenticated, Unavailable
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
    """Return the actor a bearer token stands for; raise Unauthenticated if it stands for nobody (ACC-6).

    Raises Throttled where one credential is refused too often a minute (ACC-9), and Unavailable, never a yes,
    where the rows or the pool's keys cannot be read. A user whose token has expired is only told so: neither counted
    nor throttled, for they come back with a new one.
    """
    if token.startswith(credentials.PREFIX):
        return _machine(token, now)
    return _user(token, now)


def refuse_unreadable(now: int) -> NoReturn:
    """Count and refuse what was sent as a credential and is none at all, with all unknown ones (ACC-9)."""
    _count_and_refuse(UNKNOWN, now)


def clear_cache() -> None:
    """Forget which uses were noted, as a fresh process would."""
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
    shown = credentials.presented(token)
    known = configuration.cached(Credential, shown.credential_id, now) if shown else None
    if not credentials.matches(shown, known.secrets if known else ()) or known is None:
        _count_and_refuse(known.id if known else UNKNOWN, now)
    _note_use(known.id, utc_day(now))
    return Actor(kind="credential", id=known.id, campaign_ids=frozenset(known.campaign_ids))


def _count_and_refuse(bucket: str, now: int) -> NoReturn:
    """Count the refusal under the credential's own id, or with all unknown ones, and refuse (ACC-9)."""
    throttling.count_failure(bucket, REFUSALS_A_MINUTE, now)
    raise _refused()


def _note_use(credential_id: str, day: str) -> None:
    """Note the day of use, once a process and day; the request does not depend on it."""
    if _used.get(credential_id) == day:
        return
    try:
        counters.record_use(credential_id, day)
    except Unavailable:
        return
    _used[credential_id] = day


def _refused() -> Unauthenticated:
    return Unauthenticated("The credential is not valid.")
