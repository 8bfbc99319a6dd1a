"""The local user pool refuses what Amazon Cognito refuses (ACC-1): weak passwords and foreign sessions."""

from typing import Any

import pytest

from infra.local import aws
from infra.local.seed import new_password
from tests.e2e.stack import Stack

WEAK = ["short", "lower-case-and-1", "UPPER-CASE-AND-1", "No-Number-In-It"]


def first_sign_in(stack: Stack, email: str) -> dict[str, Any]:
    """Create a user with a temporary password and return the challenge of the first sign-in."""
    stack.user("admin").create("/v1/users", {"email": email, "name": "Nia New", "role": "agent"})
    pool = aws.client(stack.config, "cognito-idp")
    pool_id = pool.list_user_pools(MaxResults=1)["UserPools"][0]["Id"]
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


@pytest.mark.parametrize("weak", WEAK)
def test_ACC_1_a_reset_must_fit_the_policy(stack: Stack, weak: str) -> None:
    email = stack.described["users"]["outsider"]["email"]
    assert stack.stranger.post("/v1/session/forgot", {"email": email}).status < 300
    reset = {"email": email, "code": "654321", "new_password": weak}  # the engine's code is always this one

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
