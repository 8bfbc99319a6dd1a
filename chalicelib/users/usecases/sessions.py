"""What a sign-in hands out: sessions, and the encrypted sessions of its challenges (ACC-1, ACC-11)."""

from typing import Any, Literal

from chalicelib.aws import encrypted_tokens
from chalicelib.core.access import Role
from chalicelib.core.errors import Malformed
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.organisation import store as configuration
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.users.domain.session import (
    Challenge,
    CodeNeeded,
    NewPasswordNeeded,
    PoolAnswer,
    PoolSession,
    Session,
)
from chalicelib.users.domain.users import User
from chalicelib.users.gateways import id_tokens, software_tokens
from chalicelib.users.gateways.user_pool import sign_in_failed
from chalicelib.users.usecases import devices

CHALLENGE_S = 600
Purpose = Literal["new_password", "totp", "refresh"]


@dataclass(frozen=True)
class Attempt:
    """A sign-in under way: the address as it is counted, and the device it was started with."""

    address: str
    device_id: str | None


def answer_of(answer: PoolAnswer, attempt: Attempt, now: int) -> Session | Challenge:
    """Return what the caller gets for the pool's answer. Without a needed second factor that is no token (ACC-11)."""
    if isinstance(answer, NewPasswordNeeded):
        return Challenge("new_password", _open("new_password", answer, attempt, now))
    if isinstance(answer, CodeNeeded):
        return Challenge("totp", _open("totp", answer, attempt, now))
    subject = id_tokens.subject_of(answer.id_token)
    if not needs_factor(subject, now):
        return session_of(answer, attempt.device_id, now, factor=False)
    secret = software_tokens.new_secret(answer.access_token)
    setup = {"refresh": answer.refresh_token, "username": subject}
    return Challenge("totp_setup", _sealed("totp", setup, attempt, now), secret)


def session_of(session: PoolSession, device_id: str | None, now: int, *, factor: bool) -> Session:
    """Return the session of a finished sign-in. `factor` tells whether a second factor was given."""
    subject = id_tokens.subject_of(session.id_token)
    content = {"refresh": session.refresh_token, "user": subject, "factor": factor}
    return Session(
        session.id_token,
        encrypted_tokens.encrypt_token("refresh", content),
        session.expires_in,
        devices.token_for(subject, session.id_token, device_id, now),
    )


def needs_factor(subject: str, now: int) -> bool:
    """Return whether the organisation asks this user for a second factor. A user without a row counts as an admin."""
    setting = cached_organisation(now).second_factor
    if setting != "admins":
        return setting == "all"
    user = configuration.cached(User, subject, now)
    return user is None or user.role is Role.ADMIN


def read(purpose: Purpose, token: str) -> dict[str, Any]:
    """Return the content of a session or refresh token. Raise Unauthenticated if this deployment did not make it."""
    try:
        return encrypted_tokens.decrypt_token(purpose, token)
    except Malformed:
        raise sign_in_failed() from None


def opened(purpose: Purpose, token: str, now: int) -> tuple[dict[str, Any], Attempt]:
    """Return the content and the attempt of a challenge's session. Raise Unauthenticated for an old or forged one."""
    content = read(purpose, token)
    if now >= content["until"]:
        raise sign_in_failed()
    return content, Attempt(content["address"], content["device"])


def _open(purpose: Purpose, needed: NewPasswordNeeded | CodeNeeded, attempt: Attempt, now: int) -> str:
    return _sealed(purpose, {"session": needed.session, "username": needed.username}, attempt, now)


def _sealed(purpose: Purpose, content: dict[str, Any], attempt: Attempt, now: int) -> str:
    attempted = {"address": attempt.address, "device": attempt.device_id, "until": now + CHALLENGE_S}
    return encrypted_tokens.encrypt_token(purpose, {**content, **attempted})
