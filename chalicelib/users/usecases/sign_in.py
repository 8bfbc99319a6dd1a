"""Signs a user in: with a password, with the first own password, with a code, or with a refresh token (ACC-1)."""

from chalicelib.organisation import store as configuration
from chalicelib.users.domain.passwords import require_strong
from chalicelib.users.domain.session import Challenge, CodeNeeded, NewPasswordNeeded, PoolSession, Session
from chalicelib.users.domain.users import User
from chalicelib.users.gateways import software_tokens, user_pool
from chalicelib.users.gateways.user_pool import sign_in_failed
from chalicelib.users.usecases import bounds, sessions
from chalicelib.users.usecases.devices import device_of
from chalicelib.users.usecases.even_answers import even_refusals
from chalicelib.users.usecases.sessions import Attempt


def sign_in(email: str, password: str, device: str | None, source_ip: str, now: int) -> Session | Challenge:
    """Return a session, or the challenge that comes next.

    Raise Unauthenticated, the same for an unknown address and a wrong password. Raise Throttled after too many wrong
    ones in a minute: of this address and origin, of this origin, or of this device (ACC-11).
    """
    attempt = Attempt(bounds.spelled(email), device_of(device, email, now))
    limits = bounds.of_sign_in(email, source_ip, attempt.device_id)
    with bounds.counting_wrong(limits, now), even_refusals():
        answer = user_pool.sign_in(email, password)
    return sessions.answer_of(answer, attempt, now)


def answer_new_password(
    email: str, session: str, new_password: str, source_ip: str, now: int
) -> Session | Challenge:
    """Set the user's first own password and go on with the sign-in. A refusal counts as a wrong sign-in (ACC-11)."""
    require_strong(new_password)
    content, attempt = sessions.opened("new_password", session, now)
    if attempt.address != bounds.spelled(email):
        raise sign_in_failed()
    needed = NewPasswordNeeded(content["session"], content["username"])
    with bounds.counting_wrong(bounds.of_sign_in(email, source_ip, attempt.device_id), now):
        answer = user_pool.answer_new_password(needed, new_password)
    return sessions.answer_of(answer, attempt, now)


def answer_totp(session: str, code: str, source_ip: str, now: int) -> Session:
    """Return the session for a code of the user's authenticator, or finish its set-up with the first code.

    Raise Unauthenticated for a wrong or used code, and for a session that is old or used. Wrong codes are counted by
    user, or by device (ACC-11).
    """
    content, attempt = sessions.opened("totp", session, now)
    with bounds.counting_wrong(bounds.of_code(attempt.address, source_ip, attempt.device_id), now):
        if "refresh" in content:
            found = _set_up(content["username"], content["refresh"], code)
        else:
            found = user_pool.answer_code(CodeNeeded(content["session"], content["username"]), code)
    return sessions.session_of(found, attempt.device_id, now, factor=True)


def refresh(token: str, now: int) -> Session:
    """Return a session with a new ID token. Raise Unauthenticated if the refresh token is not valid.

    So it is when the organisation asks this user for a second factor now, and the sign-in had none (ACC-11).
    """
    content = sessions.read("refresh", token)
    user = configuration.cached(User, content["user"], now)
    if user is not None and user.disabled:
        raise sign_in_failed()
    if sessions.needs_factor(content["user"], now) and not content["factor"]:
        raise sign_in_failed()
    found = user_pool.refresh(content["user"], content["refresh"])
    return Session(found.id_token, token, found.expires_in)


def _set_up(subject: str, refresh_token: str, code: str) -> PoolSession:
    """Finish the set-up of a second factor, once for each session."""
    found = user_pool.refresh(subject, refresh_token)
    if software_tokens.is_set_up(subject):
        raise sign_in_failed()
    software_tokens.confirm(found.access_token, subject, code)
    return found
