"""Signing in and out (ACC-1)."""

from chalicelib.contracts.session import FirstPassword, Forgot, Refresh, Reset, SessionAnswer, SignIn
from chalicelib.http.api import ANY_USER, PUBLIC, Api
from chalicelib.http.call import Call
from chalicelib.usecases import reset_password, sign_in, sign_out

session = Api(__name__)


@session.route("/v1/session", methods=["POST"], permission=PUBLIC, body=SignIn, answer=SessionAnswer)
def start_session(call: Call[SignIn]) -> SessionAnswer:
    """Sign in.

    Answers the tokens, or at the first sign-in the challenge `new_password` with a session for
    `POST /v1/session/password`.
    """
    return SessionAnswer.of(sign_in.sign_in(call.body.email, call.body.password, call.now))


@session.route(
    "/v1/session/password", methods=["POST"], permission=PUBLIC, body=FirstPassword, answer=SessionAnswer
)
def set_first_password(call: Call[FirstPassword]) -> SessionAnswer:
    """Answer the challenge of a first sign-in with a new password."""
    body = call.body
    return SessionAnswer.of(
        sign_in.answer_new_password(body.email, body.session, body.new_password, call.now)
    )


@session.route("/v1/session/refresh", methods=["POST"], permission=PUBLIC, body=Refresh, answer=SessionAnswer)
def refresh_session(call: Call[Refresh]) -> SessionAnswer:
    """Get a new ID token for a refresh token."""
    return SessionAnswer.of(sign_in.refresh(call.body.refresh_token))


@session.route("/v1/session", methods=["DELETE"], permission=ANY_USER)
def end_session(call: Call) -> None:
    """Sign out everywhere.

    Every token of the user that was issued until now is refused from now on.
    """
    sign_out.sign_out(call.actor, call.now)


@session.route("/v1/session/forgot", methods=["POST"], permission=PUBLIC, body=Forgot)
def forgot_password(call: Call[Forgot]) -> None:
    """Have a code sent for a forgotten password; the answer is the same for an unknown address."""
    reset_password.send_code(call.body.email)


@session.route("/v1/session/reset", methods=["POST"], permission=PUBLIC, body=Reset)
def set_forgotten_password(call: Call[Reset]) -> None:
    """Set a new password with the code that was sent."""
    reset_password.reset_password(call.body.email, call.body.code, call.body.new_password)
