"""The user pool (Amazon Cognito): sign-in, sign-out, invitations. It never shows if a user exists (ACC-1, ACC-6)."""

from contextlib import AbstractContextManager
from typing import Any

from chalicelib import settings
from chalicelib.aws.clients import INVALID, error_code, translate_errors
from chalicelib.core.errors import (
    Conflict,
    FieldError,
    Invalid,
    LeadwardenError,
    Throttled,
    Unauthenticated,
)
from chalicelib.users.domain.passwords import too_weak
from chalicelib.users.domain.session import CodeNeeded, NewPasswordNeeded, PoolAnswer, PoolSession
from chalicelib.users.gateways.app_client import cognito, secret_hash, unavailable

_NEW_PASSWORD = "NEW_PASSWORD_REQUIRED"
_CODE = "SOFTWARE_TOKEN_MFA"
_UNKNOWN_OR_WRONG = frozenset(
    {
        "NotAuthorizedException",
        "UserNotFoundException",
        "UserNotConfirmedException",
        "PasswordResetRequiredException",
        "InvalidParameterException",
        "CodeDeliveryFailureException",
        "ParamValidationError",
        "CodeMismatchException",
        "ExpiredCodeException",
        "LimitExceededException",
        "TooManyFailedAttemptsException",
        "EnableSoftwareTokenMFAException",
        "SoftwareTokenMFANotFoundException",
    }
)


def sign_in(email: str, password: str) -> PoolAnswer:
    """Sign a user in, or return what the pool asks for. Raise Unauthenticated if it refuses, for any reason."""
    parameters = {"USERNAME": email, "PASSWORD": password}
    return _answer(_initiate("ADMIN_USER_PASSWORD_AUTH", email, parameters), email)


def answer_new_password(needed: NewPasswordNeeded, new_password: str) -> PoolAnswer:
    """Set the user's first own password. Raise Unauthenticated, or Invalid for a weak password."""
    return _respond(_NEW_PASSWORD, needed, {"NEW_PASSWORD": new_password})


def answer_code(needed: CodeNeeded, code: str) -> PoolSession:
    """Sign a user in with a code of the authenticator. Raise Unauthenticated for a wrong or used code."""
    session = _respond(_CODE, needed, {"SOFTWARE_TOKEN_MFA_CODE": code})
    if not isinstance(session, PoolSession):
        raise sign_in_failed()
    return session


def refresh(subject: str, refresh_token: str) -> PoolSession:
    """Return a session with new tokens for a user's refresh token. Raise Unauthenticated if that is not valid."""
    answer = _initiate("REFRESH_TOKEN_AUTH", subject, {"REFRESH_TOKEN": refresh_token})
    return _session(answer, refresh_token)


def sign_out(subject: str) -> None:
    """End all sessions of a user: their refresh tokens are not valid any more. A user the pool lacks is no error."""
    try:
        with translate_pool_errors(sign_in_failed()):
            cognito().admin_user_global_sign_out(UserPoolId=settings.current().pool_id, Username=subject)
    except Unauthenticated:
        return


def send_reset_code(email: str) -> None:
    """Send a code to the address, if it is a user's. An unknown address is no error."""
    try:
        with translate_pool_errors(sign_in_failed()):
            cognito().forgot_password(
                ClientId=settings.current().pool_client_id, SecretHash=secret_hash(email), Username=email
            )
    except Unauthenticated:
        return


def confirm_reset(email: str, code: str, new_password: str) -> None:
    """Set a new password with a code. Raise Invalid for a wrong or expired code, and for an unknown user."""
    wrong = FieldError("code", "code_invalid", "The code is wrong or has expired.")
    with translate_pool_errors(Invalid("The password was not changed.", fields=[wrong])):
        cognito().confirm_forgot_password(
            ClientId=settings.current().pool_client_id,
            SecretHash=secret_hash(email),
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
    with translate_pool_errors(unavailable()):
        try:
            answer = cognito().admin_create_user(
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
                raise _bad_address("The user was not invited.") from None
            if error_code(error) != "UsernameExistsException":
                raise
            existing = cognito().admin_get_user(UserPoolId=settings.current().pool_id, Username=email)
            attributes = existing["UserAttributes"]
    return _subject(attributes)


def disable(subject: str) -> None:
    """Disable a user in the pool, who can no longer sign in (ACC-8). A user the pool lacks is no error."""
    try:
        with translate_pool_errors(sign_in_failed()):
            cognito().admin_disable_user(UserPoolId=settings.current().pool_id, Username=subject)
    except Unauthenticated:
        return


def subject_of(email: str) -> str | None:
    """Return the subject of the user who signs in with this address, or None."""
    try:
        with translate_pool_errors(sign_in_failed()):
            user = cognito().admin_get_user(UserPoolId=settings.current().pool_id, Username=email)
    except Unauthenticated:
        return None
    return _subject(user["UserAttributes"])


def change_address(subject: str, email: str) -> None:
    """Change the address with which a user signs in. Raise Conflict `user_exists` if another user has it.

    The address counts as verified, so that a forgotten password can be reset with it. Raise Invalid for an address that
    the pool refuses.
    """
    with translate_pool_errors(_bad_address("The address was not changed.")):
        cognito().admin_update_user_attributes(
            UserPoolId=settings.current().pool_id,
            Username=subject,
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": "true"},
            ],
        )


def enable(subject: str) -> None:
    """Enable a user in the pool, who can sign in again."""
    with translate_pool_errors(unavailable()):
        cognito().admin_enable_user(UserPoolId=settings.current().pool_id, Username=subject)


def translate_pool_errors(refusal: LeadwardenError) -> AbstractContextManager[None]:
    """Translate the pool's errors. An error that shows whether a user exists becomes `refusal`."""
    return translate_errors(lambda code: _translated(code, refusal))


def _subject(attributes: list[dict[str, str]]) -> str:
    return next(str(entry["Value"]) for entry in attributes if entry["Name"] == "sub")


def _translated(code: str, refusal: LeadwardenError) -> LeadwardenError:
    if code in _UNKNOWN_OR_WRONG:
        return refusal
    if code in ("InvalidPasswordException", "PasswordHistoryPolicyViolationException"):
        return too_weak()
    if code == "AliasExistsException":
        return Conflict("A user has this address already.", "user_exists")
    if code == "TooManyRequestsException":
        return Throttled("Too many sign-ins at once.", retry_after_s=5)
    return unavailable()


def sign_in_failed() -> Unauthenticated:
    """Return the one error for a refused sign-in."""
    return Unauthenticated("The sign-in was refused.", code="sign_in_failed")


def _initiate(flow: str, username: str, parameters: dict[str, str]) -> dict[str, Any]:
    with translate_pool_errors(sign_in_failed()):
        answer: dict[str, Any] = cognito().admin_initiate_auth(
            UserPoolId=settings.current().pool_id,
            ClientId=settings.current().pool_client_id,
            AuthFlow=flow,
            AuthParameters={**parameters, "SECRET_HASH": secret_hash(username)},
        )
    return answer


def _bad_address(message: str) -> Invalid:
    wrong = FieldError("email", "email", "The user pool does not accept this address.")
    return Invalid(message, fields=[wrong])


def _respond(challenge: str, needed: NewPasswordNeeded | CodeNeeded, responses: dict[str, str]) -> PoolAnswer:
    named = {"USERNAME": needed.username, "SECRET_HASH": secret_hash(needed.username)}
    with translate_pool_errors(sign_in_failed()):
        answer = cognito().admin_respond_to_auth_challenge(
            UserPoolId=settings.current().pool_id,
            ClientId=settings.current().pool_client_id,
            ChallengeName=challenge,
            Session=needed.session,
            ChallengeResponses={**named, **responses},
        )
    return _answer(answer, needed.username)


def _answer(answer: dict[str, Any], asked_as: str) -> PoolAnswer:
    """Return what the pool answered. It names the user by the user's own name, never by an address."""
    username = answer.get("ChallengeParameters", {}).get("USER_ID_FOR_SRP") or asked_as
    if answer.get("ChallengeName") == _NEW_PASSWORD:
        return NewPasswordNeeded(answer["Session"], username)
    if answer.get("ChallengeName") == _CODE:
        return CodeNeeded(answer["Session"], username)
    return _session(answer)


def _session(answer: dict[str, Any], refresh_token: str = "") -> PoolSession:
    result = answer.get("AuthenticationResult")
    if not result:
        raise sign_in_failed()
    return PoolSession(
        result["IdToken"],
        result.get("RefreshToken") or refresh_token,
        int(result["ExpiresIn"]),
        result["AccessToken"],
    )
