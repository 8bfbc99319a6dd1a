"""The local user pool refuses what Amazon Cognito refuses (ACC-1): weak passwords and foreign sessions."""

import base64
import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local import aws
from infra.local.seed import new_password
from tests.e2e.stack import Stack, eventually
from tests.harness.totp import code_of, wrong_code

WEAK = ["short", "lower-case-and-1", "UPPER-CASE-AND-1", "No-Number-In-It"]


def pool_of(stack: Stack) -> tuple[Any, str, str]:
    """Return a client of the engine's Cognito, the pool and the pool's client."""
    pool = aws.client(stack.config, "cognito-idp")
    pool_id = pool.list_user_pools(MaxResults=1)["UserPools"][0]["Id"]
    clients = pool.list_user_pool_clients(UserPoolId=pool_id)["UserPoolClients"]
    assert len(clients) == 1
    return pool, pool_id, clients[0]["ClientId"]


def user_with_password(stack: Stack, email: str) -> dict[str, Any]:
    """Create a user with an own password; return the sign-in and the user's id."""
    challenge = first_sign_in(stack, email)
    password = new_password()
    answer = stack.stranger.post("/v1/session/password", {**challenge, "new_password": password})
    me = stack.stranger.with_token(answer.body["id_token"]).get("/v1/me")
    return {"email": email, "password": password, "id": me.body["id"]}


def sign_in(stack: Stack, user: dict[str, Any], **more: str) -> Any:
    return stack.stranger.post(
        "/v1/session", {"email": user["email"], "password": user["password"], **more}
    ).body


@contextmanager
def second_factor(stack: Stack, setting: str) -> Iterator[None]:
    """Set who needs a second factor, in force in every process, and set it back."""
    admin = stack.user("admin")

    def change(value: str) -> None:
        version = admin.get("/v1/organisation").body["version"]
        admin.update("/v1/organisation", {"version": version, "second_factor": value})

    change(setting)
    try:
        yield
    finally:
        change("off")
        eventually(lambda: "id_token" in sign_in(stack, stack.described["users"]["manager"]))


def first_sign_in(stack: Stack, email: str) -> dict[str, Any]:
    """Create a user with a temporary password and return the challenge of the first sign-in."""
    stack.user("admin").create("/v1/users", {"email": email, "name": "Nia New", "role": "agent"})
    pool, pool_id, _ = pool_of(stack)
    temporary = new_password()
    pool.admin_set_user_password(UserPoolId=pool_id, Username=email, Password=temporary, Permanent=False)
    answer = stack.stranger.post("/v1/session", {"email": email, "password": temporary})
    assert answer.body["challenge"] == "new_password", answer.content
    return {"email": email, "session": answer.body["session"]}


def test_ACC_1_a_first_password_must_fit_the_policy(stack: Stack) -> None:
    challenge = first_sign_in(stack, "first.password@example.com")

    for weak in WEAK:
        refused = stack.stranger.post("/v1/session/password", {**challenge, "new_password": weak})
        assert refused.status == 422, refused.content
        assert refused.body["error"]["fields"][0]["code"] == "too_weak"
    chosen = new_password()
    assert stack.stranger.post("/v1/session/password", {**challenge, "new_password": chosen}).status == 200
    signed_in = stack.stranger.post("/v1/session", {"email": challenge["email"], "password": chosen})
    assert signed_in.body["id_token"]


def test_ACC_1_a_first_password_needs_the_session_of_its_own_challenge(stack: Stack) -> None:
    challenge = first_sign_in(stack, "own.session@example.com")
    agent = stack.described["users"]["agent"]["email"]
    body = {**challenge, "new_password": new_password()}

    for foreign in ({"session": "invented" * 4}, {"email": agent}):
        assert stack.stranger.post("/v1/session/password", {**body, **foreign}).status == 401
    assert stack.stranger.post("/v1/session/password", body).status == 200
    assert stack.stranger.post("/v1/session/password", body).status == 401


def test_ACC_1_a_reset_must_fit_the_policy(stack: Stack) -> None:
    email = stack.described["users"]["outsider"]["email"]
    assert stack.stranger.post("/v1/session/forgot", {"email": email}).status < 300
    for weak in WEAK:
        reset = {
            "email": email,
            "code": "654321",
            "new_password": weak,
        }  # the engine's code is always this one
        refused = stack.stranger.post("/v1/session/reset", reset)
        assert refused.status == 422, refused.content
        assert refused.body["error"]["fields"][0]["code"] == "too_weak"


def test_ACC_1_a_sign_in_name_has_no_case(stack: Stack) -> None:
    agent = stack.described["users"]["agent"]
    other_case = agent["email"].upper()

    signed_in = stack.stranger.post("/v1/session", {**agent, "email": other_case})
    repeated = stack.user("admin").post("/v1/users", {"email": other_case, "name": "Ari", "role": "agent"})

    assert signed_in.status == 200, signed_in.content
    assert (repeated.status, repeated.body["error"]["code"]) == (409, "user_exists")


def test_ACC_11_a_second_factor_is_set_up_asked_for_and_removed(stack: Stack) -> None:
    user = user_with_password(stack, "second.factor@example.com")
    totp = "/v1/session/totp"
    with second_factor(stack, "all"):
        setup = eventually(lambda: (found := sign_in(stack, user)).get("secret") and found)
        secret = setup["secret"]
        wrong = stack.stranger.post(totp, {"session": setup["session"], "code": wrong_code(secret)})
        first = stack.stranger.post(totp, {"session": setup["session"], "code": code_of(secret)})
        asked = sign_in(stack, user)
        body = {"session": asked["session"], "code": code_of(secret, 1)}
        tokens = stack.stranger.post(totp, body)
        again = stack.stranger.post(totp, body)
        used = stack.stranger.post(totp, {**body, "session": sign_in(stack, user)["session"]})
        refresh = {"refresh_token": tokens.body["refresh_token"]}
        refreshed = stack.stranger.post("/v1/session/refresh", refresh)
        removed = stack.user("admin").send("DELETE", f"/v1/users/{user['id']}/second-factor")
        anew = sign_in(stack, user)

    assert (wrong.status, first.status) == (401, 200), first.content
    assert asked.keys() == {"challenge", "session"}
    assert (tokens.status, again.status, used.status) == (200, 401, 401), tokens.content
    assert refreshed.status == 200, refreshed.content
    assert removed.status == 200, removed.content
    assert anew["challenge"] == "totp_setup"
    assert stack.stranger.post("/v1/session/refresh", refresh).status == 401


def test_ACC_11_an_address_changes_through_the_api(stack: Stack) -> None:
    user = user_with_password(stack, "old.address@example.com")
    admin, path = stack.user("admin"), f"/v1/users/{user['id']}"
    version = admin.get(path).body["version"]
    taken = {"version": version, "email": stack.described["users"]["agent"]["email"]}

    assert admin.post(f"{path}/address", taken).body["error"]["code"] == "user_exists"
    changed = admin.post(f"{path}/address", {"version": version, "email": "new.address@example.com"})

    assert changed.status == 200, changed.content
    assert sign_in(stack, {**user, "email": "new.address@example.com"})["id_token"]
    assert sign_in(stack, user)["error"]["code"] == "sign_in_failed"


def test_SEC_B5_the_pool_itself_takes_no_password(stack: Stack) -> None:
    pool, pool_id, client_id = pool_of(stack)
    agent = stack.described["users"]["agent"]
    given = {"USERNAME": agent["email"], "PASSWORD": agent["password"]}

    calls: tuple[Callable[[], object], ...] = (
        lambda: pool.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given),
        lambda: pool.admin_initiate_auth(
            UserPoolId=pool_id,
            ClientId=client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters=given,
        ),
        lambda: pool.forgot_password(ClientId=client_id, Username=agent["email"]),
    )
    for call in calls:
        with pytest.raises(ClientError, match=r"InvalidParameter|NotAuthorized"):
            call()


def test_SEC_C6_a_user_cannot_change_the_own_address_in_the_pool(stack: Stack) -> None:
    """Even with an access token, which the API gives to nobody."""
    pool, pool_id, client_id = pool_of(stack)
    agent = stack.described["users"]["agent"]
    secret = pool.describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)["UserPoolClient"]
    key = secret["ClientSecret"].encode()
    hashed = base64.b64encode(hmac.digest(key, (agent["email"] + client_id).encode(), "sha256")).decode()
    tokens = pool.admin_initiate_auth(
        UserPoolId=pool_id,
        ClientId=client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={
            "USERNAME": agent["email"],
            "PASSWORD": agent["password"],
            "SECRET_HASH": hashed,
        },
    )["AuthenticationResult"]
    own = {"Name": "email", "Value": "own.change@example.com"}

    with pytest.raises(pool.exceptions.NotAuthorizedException):
        pool.update_user_attributes(AccessToken=tokens["AccessToken"], UserAttributes=[own])
    name = {"Name": "name", "Value": "Ari Agent"}
    pool.update_user_attributes(AccessToken=tokens["AccessToken"], UserAttributes=[name])


def test_ACC_11_a_device_signs_in_while_strangers_guess(stack: Stack) -> None:
    user = user_with_password(stack, "device@example.com")
    device = sign_in(stack, user)["device"]
    guess = {"email": user["email"], "password": "Wrong-password-1"}

    statuses = [stack.stranger.post("/v1/session", guess).status for _ in range(24)]

    assert set(statuses) == {401, 429}
    assert sign_in(stack, user, device=device)["id_token"]
