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
    TotpAnswer,
)
from chalicelib.users.usecases import reset_password, sign_in, sign_out

api = Api(__name__)


@api.route("/v1/session", methods=["POST"], permission=PUBLIC, body=SignIn, answer=SessionResponse)
def start_session(request: ApiRequest[SignIn]) -> SessionResponse:
    """Sign in.

    The answer has the tokens. At the first sign-in it has the challenge `new_password` with a session for `POST
    /v1/session/password`. With a second factor it has the challenge `totp_setup` or `totp`, with a session for `POST
    /v1/session/totp`. Send the answered `device` with the next sign-in: then wrong sign-ins of others do not count.
    """
    body = request.body
    return SessionResponse.of(
        sign_in.sign_in(body.email, body.password, body.device, request.source_ip, request.now)
    )


@api.route(
    "/v1/session/password", methods=["POST"], permission=PUBLIC, body=FirstPassword, answer=SessionResponse
)
def set_first_password(request: ApiRequest[FirstPassword]) -> SessionResponse:
    """Answer the challenge of a first sign-in with a new password."""
    body = request.body
    return SessionResponse.of(
        sign_in.answer_new_password(
            body.email, body.session, body.new_password, request.source_ip, request.now
        )
    )


@api.route("/v1/session/totp", methods=["POST"], permission=PUBLIC, body=TotpAnswer, answer=SessionResponse)
def answer_totp(request: ApiRequest[TotpAnswer]) -> SessionResponse:
    """Answer the challenge `totp` or `totp_setup` with a code of the user's authenticator."""
    body = request.body
    return SessionResponse.of(sign_in.answer_totp(body.session, body.code, request.source_ip, request.now))


@api.route("/v1/session/refresh", methods=["POST"], permission=PUBLIC, body=Refresh, answer=SessionResponse)
def refresh_session(request: ApiRequest[Refresh]) -> SessionResponse:
    """Get a new ID token for a refresh token."""
    return SessionResponse.of(sign_in.refresh(request.body.refresh_token, request.now))


@api.route("/v1/session", methods=["DELETE"], permission=ANY_USER)
def end_session(request: ApiRequest) -> None:
    """Sign out everywhere.

    Every token of the user that was issued until now becomes invalid.
    """
    sign_out.sign_out(request.actor, request.now)


@api.route("/v1/session/forgot", methods=["POST"], permission=PUBLIC, body=PasswordForgotten)
def forgot_password(request: ApiRequest[PasswordForgotten]) -> None:
    """Send a code for a forgotten password. The answer is the same for an unknown address."""
    body = request.body
    reset_password.send_reset_code(body.email, body.device, request.source_ip, request.now)


@api.route("/v1/session/reset", methods=["POST"], permission=PUBLIC, body=PasswordReset)
def set_forgotten_password(request: ApiRequest[PasswordReset]) -> None:
    """Set a new password with the code that was sent."""
    body = request.body
    reset_password.reset_password(
        body.email, body.code, body.new_password, body.device, request.source_ip, request.now
    )
