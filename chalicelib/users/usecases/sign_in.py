"""A user signs in, sets the first password, or goes on with a refresh token (ACC-1)."""

import hashlib
import hmac

from chalicelib.aws import secrets
from chalicelib.core.errors import Unauthenticated
from chalicelib.users.domain.session import NewPasswordNeeded, Session
from chalicelib.users.gateways import user_pool
from chalicelib.users.usecases import throttling

FAILURES_A_MINUTE = 10


def sign_in(email: str, password: str, now: int) -> Session | NewPasswordNeeded:
    """Return a session, or the challenge of a first sign-in.

    Raises Unauthenticated alike for an unknown address and a wrong password; failures are counted per address
    and Throttled beyond the bound (ACC-9).
    """
    bucket = _bucket(email)
    throttling.require_room(bucket, now)
    try:
        return user_pool.sign_in(email, password)
    except Unauthenticated:
        throttling.count_failure(bucket, FAILURES_A_MINUTE, now)
        raise


def answer_new_password(email: str, session: str, new_password: str, now: int) -> Session:
    """Set the first own password and return a session; failures count like those of a sign-in (ACC-9)."""
    bucket = _bucket(email)
    throttling.require_room(bucket, now)
    try:
        return user_pool.answer_new_password(email, session, new_password)
    except Unauthenticated:
        throttling.count_failure(bucket, FAILURES_A_MINUTE, now)
        raise


def refresh(refresh_token: str) -> Session:
    """Return a session with a new ID token; raise Unauthenticated for a token that is not good any more."""
    return user_pool.refresh(refresh_token)


def _bucket(email: str) -> str:
    """Return the counter of an address: a keyed hash, since a counter names nobody."""
    digest = hmac.digest(secrets.signing_key(), email.strip().lower().encode(), hashlib.sha256)
    return f"sign_in/{digest.hex()[:32]}"
