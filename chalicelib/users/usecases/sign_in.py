"""Signs a user in: with a password, with the first own password, or with a refresh token (ACC-1)."""

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

    Raise Unauthenticated, the same for an unknown address and a wrong password. Failures are counted by address;
    raise Throttled after too many in a minute (ACC-9).
    """
    bucket = _bucket(email)
    throttling.require_room(bucket, now)
    try:
        return user_pool.sign_in(email, password)
    except Unauthenticated:
        throttling.count_failure(bucket, FAILURES_A_MINUTE, now)
        raise


def answer_new_password(email: str, session: str, new_password: str, now: int) -> Session:
    """Set the user's first own password and return a session. Failures count as failed sign-ins (ACC-9)."""
    bucket = _bucket(email)
    throttling.require_room(bucket, now)
    try:
        return user_pool.answer_new_password(email, session, new_password)
    except Unauthenticated:
        throttling.count_failure(bucket, FAILURES_A_MINUTE, now)
        raise


def refresh(refresh_token: str) -> Session:
    """Return a session with a new ID token. Raise Unauthenticated if the refresh token is not valid."""
    return user_pool.refresh(refresh_token)


def _bucket(email: str) -> str:
    """Return the counter of an address. It is a keyed hash, because a counter has no personal data."""
    digest = hmac.digest(secrets.signing_key(), email.strip().lower().encode(), hashlib.sha256)
    return f"sign_in/{digest.hex()[:32]}"
