"""The user pool (ACC-1), on moto."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib import settings
from chalicelib.core.errors import Conflict, Invalid, Throttled, Unauthenticated, Unavailable
from chalicelib.users.domain.session import NewPasswordNeeded, PoolSession, Session
from chalicelib.users.gateways import app_client, user_pool

EMAIL = "ann@example.com"
PASSWORD = "Long-enough-1"


def invited(pool: Any) -> str:
    subject = user_pool.invite(EMAIL, "Ann Example")
    pool.admin_set_user_password(
        UserPoolId=settings.current().pool_id, Username=EMAIL, Password="Temporary-12", Permanent=False
    )
    return subject


def signed_in(pool: Any) -> tuple[str, PoolSession]:
    subject = invited(pool)
    needed = user_pool.sign_in(EMAIL, "Temporary-12")
    assert isinstance(needed, NewPasswordNeeded)
    session = user_pool.answer_new_password(needed, PASSWORD)
    assert isinstance(session, PoolSession)
    return subject, session


def test_ACC_1_the_first_sign_in_sets_a_new_password(pool: Any) -> None:
    _, session = signed_in(pool)
    assert session.id_token.count(".") == 2
    assert session.expires_in > 0
    repeated = user_pool.sign_in(EMAIL, PASSWORD)
    assert isinstance(repeated, PoolSession)


def test_ACC_1_a_refresh_token_gives_a_new_id_token_and_stays_valid(pool: Any) -> None:
    subject, session = signed_in(pool)
    refreshed = user_pool.refresh(subject, session.refresh_token)
    assert refreshed.id_token
    assert refreshed.refresh_token


def test_ACC_6_a_wrong_password_and_an_unknown_user_look_the_same(pool: Any) -> None:
    signed_in(pool)
    refusals = []
    for email in (EMAIL, "nobody@example.com"):
        with pytest.raises(Unauthenticated) as refusal:
            user_pool.sign_in(email, "Wrong-password-1")
        refusals.append((refusal.value.code, refusal.value.message))
    assert refusals[0] == refusals[1] == ("sign_in_failed", "The sign-in was refused.")


def test_ACC_6_a_forgotten_password_does_not_reveal_known_users(pool: Any) -> None:
    signed_in(pool)
    user_pool.send_reset_code(EMAIL)
    user_pool.send_reset_code("nobody@example.com")


def test_ACC_6_a_wrong_code_is_a_bad_field(pool: Any) -> None:
    signed_in(pool)
    user_pool.send_reset_code(EMAIL)
    with pytest.raises(Invalid) as refusal:
        user_pool.confirm_reset(EMAIL, "moto-confirmation-code:000", PASSWORD)
    assert [(entry.field, entry.code) for entry in refusal.value.fields] == [("code", "code_invalid")]


def test_ACC_8_a_disabled_user_cannot_sign_in(pool: Any) -> None:
    subject, _ = signed_in(pool)
    user_pool.disable(subject)
    with pytest.raises(Unauthenticated):
        user_pool.sign_in(EMAIL, PASSWORD)
    user_pool.enable(subject)
    assert isinstance(user_pool.sign_in(EMAIL, PASSWORD), PoolSession)


def test_a_repeated_invitation_gives_the_same_subject(pool: Any) -> None:
    assert user_pool.invite(EMAIL, "Ann") == user_pool.invite(EMAIL, "Ann")


def test_ACC_1_signing_out_can_be_repeated_without_a_session(pool: Any) -> None:
    subject, _ = signed_in(pool)
    user_pool.sign_out(subject)
    user_pool.sign_out("nobody")


def test_ACC_8_disabling_a_user_whom_the_pool_lacks_is_no_error(pool: Any) -> None:
    user_pool.disable("nobody")


@pytest.mark.parametrize("email", ["", "two words@example.com"])
def test_an_address_that_the_pool_refuses_is_a_bad_field(pool: Any, email: str) -> None:
    refusing = _raising(ClientError({"Error": {"Code": "InvalidParameterException"}}, "AdminCreateUser"))
    events = app_client.cognito().meta.events
    name = "before-call.cognito-identity-provider.AdminCreateUser"
    if email:  # moto accepts every address
        events.register_first(name, refusing)
    try:
        with pytest.raises(Invalid) as error:
            user_pool.invite(email, "Ann Example")
    finally:
        events.unregister(name, refusing)
    assert [(field.field, field.code) for field in error.value.fields] == [("email", "email")]


def _raising(error: Exception) -> Callable[..., None]:
    def run(**_: object) -> None:
        raise error

    return run


def test_a_missing_pool_is_unavailable(aws: None) -> None:
    with pytest.raises(Unavailable):
        user_pool.sign_in(EMAIL, PASSWORD)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("NotAuthorizedException", Unauthenticated),
        ("UserNotFoundException", Unauthenticated),
        ("InvalidParameterException", Unauthenticated),
        ("ParamValidationError", Unauthenticated),
        ("PasswordResetRequiredException", Unauthenticated),
        ("InvalidPasswordException", Invalid),
        ("EnableSoftwareTokenMFAException", Unauthenticated),
        ("CodeDeliveryFailureException", Unauthenticated),
        ("AliasExistsException", Conflict),
        ("TooManyRequestsException", Throttled),
        ("InternalErrorException", Unavailable),
        ("", Unavailable),
    ],
)
def test_every_error_of_the_pool_has_its_own_code(code: str, kind: type[Exception]) -> None:
    assert type(user_pool._translated(code, Unauthenticated("no"))) is kind


def test_no_session_is_printed() -> None:
    assert "secret" not in repr(Session("secret", "secret", 1)) + repr(NewPasswordNeeded("secret", "usr_1"))


@pytest.mark.parametrize("flow", ["USER_PASSWORD_AUTH", "USER_SRP_AUTH"])
def test_SEC_B5_the_pool_takes_no_password_but_from_the_api(pool: Any, flow: str) -> None:
    signed_in(pool)
    client_id = settings.current().pool_client_id
    given = {"USERNAME": EMAIL, "PASSWORD": PASSWORD, "SRP_A": "a1"}
    for hashed in ({}, {"SECRET_HASH": app_client.secret_hash(EMAIL)}):
        with pytest.raises(pool.exceptions.InvalidParameterException):
            pool.initiate_auth(ClientId=client_id, AuthFlow=flow, AuthParameters=given | hashed)


def test_SEC_B5_a_call_without_the_secret_is_refused(pool: Any) -> None:
    signed_in(pool)
    with pytest.raises(pool.exceptions.NotAuthorizedException):
        pool.admin_initiate_auth(
            UserPoolId=settings.current().pool_id,
            ClientId=settings.current().pool_client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": EMAIL, "PASSWORD": PASSWORD},
        )


def test_ACC_11_a_secret_that_cannot_be_read_is_unavailable(
    pool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POOL_CLIENT_ID", "none")
    settings.current.cache_clear()
    with pytest.raises(Unavailable):
        user_pool.sign_in(EMAIL, PASSWORD)
