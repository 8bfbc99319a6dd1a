"""The scenario of users, credentials and sign-in."""

from typing import Any

import boto3

from chalicelib import settings
from chalicelib.core.access import Role
from chalicelib.users.domain.users import User
from chalicelib.users.gateways import app_client, user_pool
from tests.harness.api import add_item
from tests.harness.totp import code_of
from tests.http.examples.example_run import ExampleRun

EMAIL = "dora@example.com"
SECRET = "asdfasdfasdf"  # moto gives this one to everybody


def play(run: ExampleRun) -> None:
    """Manage a credential and a user, then sign in: the first time, again, and with a second factor."""
    run.show("create_credential", "source")
    run.show("list_credentials", "first_page")
    run.show("get_credential", "credential")
    run.show("update_credential", "renamed")
    run.show("rotate_credential", "rotated")
    run.show("delete_credential", "removed")
    run.show("get_me", "agent", by="agent")
    run.show("list_users", "first_page")
    run.show("create_user", "agent")
    run.show("get_user", "user")
    run.show("update_user", "manager")
    run.show("update_user_address", "address")
    run.show("disable_user", "disabled")
    run.show("enable_user", "enabled")
    run.show("delete_user_second_factor", "removed")
    sign_in(run)


def sign_in(run: ExampleRun) -> None:
    """Sign in as a new user, who then needs a second factor and forgets the password."""
    pool: Any = boto3.client("cognito-idp")
    new_user(pool)
    run.show("create_session", "first_sign_in", by="nobody")
    run.show("set_first_password", "signed_in", by="nobody")
    run.show("create_session", "signed_in", by="nobody")
    run.show("refresh_session", "refreshed", by="nobody")
    admin = run.caller("admin")
    version = admin.get("/v1/organisation").json["version"]
    assert admin.patch("/v1/organisation", {"version": version, "second_factor": "all"}).status == 200
    run.names.learn("JBSWY3DPEHPK3PXP", SECRET)
    run.show("create_session", "totp_setup", by="nobody")
    run.names.learn("492039", code_of(SECRET))
    run.show("answer_totp", "code", by="nobody")
    run.show("create_session", "totp", by="nobody")
    run.show("send_reset_code", "forgotten", by="nobody")
    run.names.learn("731204", sent_code(pool))
    run.show("reset_password", "reset", by="nobody")
    run.show("delete_session", "signed_out", by="agent")


def new_user(pool: Any) -> None:
    """Invite a user, with a known temporary password."""
    subject = user_pool.invite(EMAIL, "Dora Dean")
    pool.admin_set_user_password(
        UserPoolId=settings.current().pool_id, Username=EMAIL, Password="Temporary-12", Permanent=False
    )
    add_item(User(id=subject, version=1, email=EMAIL, name="Dora Dean", role=Role.AGENT))


def sent_code(pool: Any) -> str:
    """Return the code that the pool sends by mail."""
    sent = pool.forgot_password(
        ClientId=settings.current().pool_client_id, SecretHash=app_client.secret_hash(EMAIL), Username=EMAIL
    )
    return str(sent["ResponseMetadata"]["HTTPHeaders"]["x-moto-forgot-password-confirmation-code"])
