"""The user pool (Amazon Cognito): sign-in, sign-out, invitations. It never shows if a user exists (ACC-1, ACC-6)."""

from contextlib import AbstractContextManager
from typing import Any

from chalicelib import settings
from chalicelib.aws.clients import INVALID, client, error_code, translate_errors
from chalicelib.core.errors import (
    FieldError,
    Invalid,
    LeadwardenError,
    Throttled,
    Unauthenticated,
    Unavailable,
)
from chalicelib.users.domain.session import NewPasswordNeeded, Session

_TIMEOUT_S = 5
_NEW_PASSWORD = "NEW_PASSWORD_REQUIRED"
_UNKNOWN_OR_WRONG = frozenset(
    {
        "NotAuthorizedException",
        "UserNotFoundException",
        "UserNotConfirmedException",
        "PasswordResetRequiredException",
        "InvalidParameterException",
        "ParamValidationError",
        "CodeMismatchException",
        "ExpiredCodeException",
        "LimitExceededException",
        "TooManyFailedAttemptsException",
    }
)


def sign_in(email: str, password: str) -> Session | NewPasswordNeeded:
    """Sign a user in. Raise Unauthenticated if the pool refuses, for any reason."""
    with _translate_errors(_sign_in_failed()):
        answer = _client().initiate_auth(
            ClientId=settings.current().pool_client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
    if answer.get("ChallengeName") == _NEW_PASSWORD:
        return NewPasswordNeeded(answer["Session"])
    return _session(answer)


def answer_new_password(email: str, session: str, new_password: str) -> Session:
    """Set the user's first own password and sign in. Raise Unauthenticated, or Invalid for a weak password."""
    with _translate_errors(_sign_in_failed()):
        answer = _client().respond_to_auth_challenge(
            ClientId=settings.current().pool_client_id,
            ChallengeName=_NEW_PASSWORD,
            Session=session,
            ChallengeResponses={"USERNAME": email, "NEW_PASSWORD": new_password},
        )
    return _session(answer)


def refresh(refresh_token: str) -> Session:
    """Return a session with a new ID token for a refresh token. Raise Unauthenticated if that is not valid."""
    with _translate_errors(_sign_in_failed()):
        answer = _client().initiate_auth(
            ClientId=settings.current().pool_client_id,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": refresh_token},
        )
    return _session(answer, refresh_token)


def sign_out(subject: str) -> None:
    """End all sessions of a user: their refresh tokens are not valid any more. A user the pool lacks is no error."""
    try:
        with _translate_errors(_sign_in_failed()):
            _client().admin_user_global_sign_out(UserPoolId=settings.current().pool_id, Username=subject)
    except Unauthenticated:
        return


def send_reset_code(email: str) -> None:
    """Send a code to the address, if it is a user's. An unknown address is no error."""
    try:
        with _translate_errors(_sign_in_failed()):
            _client().forgot_password(ClientId=settings.current().pool_client_id, Username=email)
    except Unauthenticated:
        return


def confirm_reset(email: str, code: str, new_password: str) -> None:
    """Set a new password with a code. Raise Invalid for a wrong or expired code, and for an unknown user."""
    wrong = FieldError("code", "code_invalid", "The code is wrong or has expired.")
    with _translate_errors(Invalid("The password was not changed.", fields=[wrong])):
        _client().confirm_forgot_password(
            ClientId=settings.current().pool_client_id,
            Username=email,
            ConfirmationCode=code,
            Password=new_password,
        )


def invite(email: str, name: str, *, by_mail: bool = True) -> str:
    """Create a user in the pool and return their subject, which is their id. They get a mail unless `by_mail` is off.

    If the pool has the address already, return its subject and send no mail, so that a failed creation can be
    repeated. The caller's conditional write shows whether the user existed. Raise Invalid for an address that the
    pool refuses.
    """
    from botocore.exceptions import ClientError, ParamValidationError

    silent = {} if by_mail else {"MessageAction": "SUPPRESS"}
    with _translate_errors(_unavailable()):
        try:
            answer = _client().admin_create_user(
                UserPoolId=settings.current().pool_id,
                Username=email,
                UserAttributes=[
                    {"Name": "email", "Value": email},
                    {"Name": "email_verified", "Value": "true"},
                    {"Name": "name", "Value": name},
                ],
                DesiredDeliveryMediums=["EMAIL"],
                **silent,
            )
            attributes = answer["User"]["Attributes"]
        except (ClientError, ParamValidationError) as error:
            if error_code(error) in INVALID:
                raise _bad_address() from None
            if error_code(error) != "UsernameExistsException":
                raise
            existing = _client().admin_get_user(UserPoolId=settings.current().pool_id, Username=email)
            attributes = existing["UserAttributes"]
    return next(str(entry["Value"]) for entry in attributes if entry["Name"] == "sub")


def disable(subject: str) -> None:
    """Disable a user in the pool, who can no longer sign in (ACC-8). A user the pool lacks is no error."""
    try:
        with _translate_errors(_sign_in_failed()):
            _client().admin_disable_user(UserPoolId=settings.current().pool_id, Username=subject)
    except Unauthenticated:
        return


def enable(subject: str) -> None:
    """Enable a user in the pool, who can sign in again."""
    with _translate_errors(_unavailable()):
        _client().admin_enable_user(UserPoolId=settings.current().pool_id, Username=subject)


def _translate_errors(refusal: LeadwardenError) -> AbstractContextManager[None]:
    """Translate the pool's errors. An error that shows whether a user exists becomes `refusal`."""
    return translate_errors(lambda code: _translated(code, refusal))


def _translated(code: str, refusal: LeadwardenError) -> LeadwardenError:
    if code in _UNKNOWN_OR_WRONG:
        return refusal
    if code in ("InvalidPasswordException", "PasswordHistoryPolicyViolationException"):
        weak = FieldError(
            "new_password", "too_weak", "The password does not meet the rules of the user pool."
        )
        return Invalid("The password was not changed.", fields=[weak])
    if code == "TooManyRequestsException":
        return Throttled("Too many sign-ins at once.", retry_after_s=5)
    return _unavailable()


def _session(answer: dict[str, Any], refresh_token: str = "") -> Session:
    result = answer.get("AuthenticationResult")
    if not result:
        raise _sign_in_failed()
    return Session(result["IdToken"], result.get("RefreshToken") or refresh_token, int(result["ExpiresIn"]))


def _sign_in_failed() -> Unauthenticated:
    return Unauthenticated("The sign-in was refused.", code="sign_in_failed")


def _bad_address() -> Invalid:
    wrong = FieldError("email", "email", "The user pool does not accept this address.")
    return Invalid("The user was not invited.", fields=[wrong])


def _unavailable() -> Unavailable:
    return Unavailable("The user pool did not answer.")


def _client() -> Any:
    return client("cognito-idp", connect_timeout_s=_TIMEOUT_S, read_timeout_s=_TIMEOUT_S)
