"""The routes of sessions: sign in and sign out (ACC-1)."""

from chalicelib.http.request import ApiRequest
from chalicelib.http.router import ANY_USER, PUBLIC, Api
from chalicelib.users.schemas.session import (
    FirstPassword,
    PasswordForgotten,
    PasswordReset,
    Refresh,
    SessionResponse,
    SignIn,
)
from chalicelib.users.usecases import reset_password, sign_in, sign_out

api = Api(__name__)


@api.route("/v1/session", methods=["POST"], permission=PUBLIC, body=SignIn, answer=SessionResponse)
def start_session(request: ApiRequest[SignIn]) -> SessionResponse:
    """Sign in.

    The answer has the tokens. At the first sign-in it has the challenge `new_password` with a session for `POST
    /v1/session/password`.
    """
    return SessionResponse.of(sign_in.sign_in(request.body.email, request.body.password, request.now))


@api.route(
    "/v1/session/password", methods=["POST"], permission=PUBLIC, body=FirstPassword, answer=SessionResponse
)
def set_first_password(request: ApiRequest[FirstPassword]) -> SessionResponse:
    """Answer the challenge of a first sign-in with a new password."""
    body = request.body
    return SessionResponse.of(
        sign_in.answer_new_password(body.email, body.session, body.new_password, request.now)
    )


@api.route("/v1/session/refresh", methods=["POST"], permission=PUBLIC, body=Refresh, answer=SessionResponse)
def refresh_session(request: ApiRequest[Refresh]) -> SessionResponse:
    """Get a new ID token for a refresh token."""
    return SessionResponse.of(sign_in.refresh(request.body.refresh_token))


@api.route("/v1/session", methods=["DELETE"], permission=ANY_USER)
def end_session(request: ApiRequest) -> None:
    """Sign out everywhere.

    Every token of the user that was issued until now becomes invalid.
    """
    sign_out.sign_out(request.actor, request.now)


@api.route("/v1/session/forgot", methods=["POST"], permission=PUBLIC, body=PasswordForgotten)
def forgot_password(request: ApiRequest[PasswordForgotten]) -> None:
    """Send a code for a forgotten password. The answer is the same for an unknown address."""
    reset_password.send_reset_code(request.body.email)


@api.route("/v1/session/reset", methods=["POST"], permission=PUBLIC, body=PasswordReset)
def set_forgotten_password(request: ApiRequest[PasswordReset]) -> None:
    """Set a new password with the code that was sent."""
    reset_password.reset_password(request.body.email, request.body.code, request.body.new_password)
