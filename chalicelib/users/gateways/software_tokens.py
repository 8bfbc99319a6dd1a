"""The second factor in the user pool: software tokens (TOTP). Amazon Cognito makes the secrets and checks the codes."""

from chalicelib import settings
from chalicelib.core.errors import Unauthenticated
from chalicelib.users.gateways.app_client import cognito
from chalicelib.users.gateways.user_pool import sign_in_failed, translate_pool_errors

_SOFTWARE_TOKEN = "SOFTWARE_TOKEN_MFA"


def new_secret(access_token: str) -> str:
    """Return a new secret for the user's authenticator. It is in force once a code of it was checked."""
    with translate_pool_errors(sign_in_failed()):
        return str(cognito().associate_software_token(AccessToken=access_token)["SecretCode"])


def confirm(access_token: str, subject: str, code: str) -> None:
    """Have the pool ask the user for codes from now on. Raise Unauthenticated if this code is not of the new secret.

    A failure between the two calls leaves a user who is not asked: the next sign-in sets the factor up anew.
    """
    with translate_pool_errors(sign_in_failed()):
        answer = cognito().verify_software_token(AccessToken=access_token, UserCode=code)
    if answer.get("Status") != "SUCCESS":
        raise sign_in_failed()
    _prefer(subject, asked=True)


def is_set_up(subject: str) -> bool:
    """Return whether the pool asks the user for codes."""
    with translate_pool_errors(sign_in_failed()):
        user = cognito().admin_get_user(UserPoolId=settings.current().pool_id, Username=subject)
    return _SOFTWARE_TOKEN in user.get("UserMFASettingList", ())


def remove(subject: str) -> None:
    """Have the pool ask the user for no codes. A user the pool lacks is no error."""
    try:
        _prefer(subject, asked=False)
    except Unauthenticated:
        return


def _prefer(subject: str, *, asked: bool) -> None:
    with translate_pool_errors(sign_in_failed()):
        cognito().admin_set_user_mfa_preference(
            UserPoolId=settings.current().pool_id,
            Username=subject,
            SoftwareTokenMfaSettings={"Enabled": asked, "PreferredMfa": asked},
        )
