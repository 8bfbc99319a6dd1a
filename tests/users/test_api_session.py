"""Signing in and out over HTTP (ACC-1, ACC-9)."""

from typing import Any

import pytest

from chalicelib import clock, settings
from chalicelib.core.access import ALLOWED, Role
from chalicelib.organisation import store as configuration
from chalicelib.users.domain.users import User
from chalicelib.users.gateways import app_client, user_pool
from chalicelib.users.usecases import bounds
from tests.harness.api import ApiHarness

EMAIL = "ann@example.com"
PASSWORD = "Long-enough-1"


@pytest.fixture
def invited(api: ApiHarness, pool: Any) -> str:
    subject = user_pool.invite(EMAIL, "Ann Example")
    pool.admin_set_user_password(
        UserPoolId=settings.current().pool_id, Username=EMAIL, Password="Temporary-12", Permanent=False
    )
    return subject


def first_session(api: ApiHarness) -> dict[str, Any]:
    anonymous = api.stranger()
    first = anonymous.post("/v1/session", {"email": EMAIL, "password": "Temporary-12"}).json
    body = {"email": EMAIL, "session": first["session"], "new_password": PASSWORD}
    answer: dict[str, Any] = anonymous.post("/v1/session/password", body).json
    return answer


def test_ACC_1_the_first_sign_in_requires_a_new_password(api: ApiHarness, invited: str) -> None:
    reply = api.stranger().post("/v1/session", {"email": EMAIL, "password": "Temporary-12"})
    assert reply.status == 200
    assert reply.json.keys() == {"challenge", "session"}
    assert reply.json["challenge"] == "new_password"


def test_ACC_1_the_new_password_signs_in_and_stays(api: ApiHarness, invited: str) -> None:
    assert first_session(api).keys() == {"id_token", "refresh_token", "expires_in", "device"}
    repeated = api.stranger().post("/v1/session", {"email": EMAIL, "password": PASSWORD})
    assert repeated.json.keys() == {"id_token", "refresh_token", "expires_in", "device"}


def test_ACC_1_a_refresh_token_gives_a_new_session(api: ApiHarness, invited: str) -> None:
    token = first_session(api)["refresh_token"]
    reply = api.stranger().post("/v1/session/refresh", {"refresh_token": token})
    assert reply.json.keys() == {"id_token", "refresh_token", "expires_in"}
    assert api.stranger().post("/v1/session/refresh", {"refresh_token": "x"}).status == 401


def test_ACC_6_a_wrong_password_and_an_unknown_address_look_the_same(api: ApiHarness, invited: str) -> None:
    first_session(api)
    replies = [
        api.stranger().post("/v1/session", {"email": email, "password": "Wrong-password-1"})
        for email in (EMAIL, "nobody@example.com")
    ]
    assert [(reply.status, reply.code) for reply in replies] == [(401, "sign_in_failed")] * 2
    assert replies[0].text == replies[1].text


@pytest.mark.parametrize("session", ["x", "x" * 19])
def test_ACC_1_a_session_that_is_too_short_is_refused_and_never_503(
    api: ApiHarness, invited: str, session: str
) -> None:
    body = {"email": EMAIL, "session": session, "new_password": PASSWORD}
    reply = api.stranger().post("/v1/session/password", body)
    assert (reply.status, reply.json["error"]["code"]) == (401, "sign_in_failed")


def test_ACC_6_a_forgotten_password_always_gets_the_same_answer(api: ApiHarness, invited: str) -> None:
    first_session(api)
    replies = [
        api.stranger().post("/v1/session/forgot", {"email": email}) for email in (EMAIL, "no@example.com")
    ]
    assert [(reply.status, reply.text) for reply in replies] == [(204, "")] * 2


def test_ACC_1_a_wrong_code_changes_nothing(api: ApiHarness, invited: str) -> None:
    first_session(api)
    api.stranger().post("/v1/session/forgot", {"email": EMAIL})
    body = {"email": EMAIL, "code": "moto-confirmation-code:0", "new_password": "Another-long-1"}
    reply = api.stranger().post("/v1/session/reset", body)
    assert reply.status == 422
    assert reply.json["error"]["fields"][0]["code"] == "code_invalid"


def test_ACC_1_the_sent_code_sets_a_new_password(api: ApiHarness, pool: Any, invited: str) -> None:
    first_session(api)
    sent = pool.forgot_password(
        ClientId=settings.current().pool_client_id, SecretHash=app_client.secret_hash(EMAIL), Username=EMAIL
    )
    code = sent["ResponseMetadata"]["HTTPHeaders"]["x-moto-forgot-password-confirmation-code"]
    body = {"email": EMAIL, "code": code, "new_password": "Another-long-1"}
    assert api.stranger().post("/v1/session/reset", body).status == 204
    assert api.stranger().post("/v1/session", {"email": EMAIL, "password": "Another-long-1"}).status == 200


def test_ACC_1_after_signing_out_no_earlier_token_is_valid(api: ApiHarness, pool: Any) -> None:
    caller = api.user(Role.AGENT, user_id="usr_1")
    refreshed = api.bearer(api.signer.token("usr_1", iat=clock.now() + 30, auth_time=clock.now() - 900))
    assert caller.get("/v1/me").status == 200
    assert caller.delete("/v1/session").status == 204
    assert caller.get("/v1/me").status == 401
    assert refreshed.get("/v1/me").status == 401
    later = api.bearer(api.signer.token("usr_1", iat=clock.now() + 5))
    assert later.get("/v1/me").status == 200


def test_ACC_1_signing_out_is_stored_with_the_user(api: ApiHarness, pool: Any) -> None:
    api.user(Role.AGENT, user_id="usr_1").delete("/v1/session")
    user = configuration.get(User, "usr_1", clock.now())
    assert user is not None
    assert abs(user.signed_out_at - clock.now()) < 60


def test_ACC_9_failed_sign_ins_are_counted_and_throttled(api: ApiHarness, invited: str) -> None:
    first_session(api)
    wrong = {"email": EMAIL, "password": "Wrong-password-1"}
    replies = [api.stranger().post("/v1/session", wrong) for _ in range(2 * bounds.WRONG_A_MINUTE + 4)]
    assert {reply.status for reply in replies} == {401, 429}
    assert replies[0].status == 401
    other = api.stranger().post("/v1/session", {"email": "bob@example.com", "password": "Wrong-password-1"})
    assert other.status == 401


def test_no_password_or_address_is_written_anywhere(
    api: ApiHarness, invited: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    first_session(api)
    for body in ({"email": EMAIL, "password": "Canary-1"}, {"email": "canary", "password": ["Canary-1"]}):
        reply = api.stranger().post("/v1/session", body)
        assert "anary" not in reply.text
    printed = capsys.readouterr()
    for word in ("anary", EMAIL, PASSWORD):
        assert word not in printed.out + printed.err + caplog.text


def test_health_shows_version_stage_and_tables(api: ApiHarness) -> None:
    reply = api.stranger().get("/v1/health")
    assert (reply.status, reply.json) == (200, {"version": "test", "stage": "test", "tables": "reachable"})


def test_health_shows_a_missing_table(api: ApiHarness) -> None:
    import boto3

    boto3.client("dynamodb").delete_table(TableName="leadwarden-test-ledger")
    reply = api.stranger().get("/v1/health")
    assert (reply.status, reply.json["tables"]) == (503, "unreachable")


@pytest.mark.parametrize("role", list(Role))
def test_ACC_3_me_shows_role_permissions_and_projects(api: ApiHarness, role: Role) -> None:
    content = api.user(role, "prj_1").get("/v1/me").json
    shown = "id email name role permissions projects project_names zone"
    assert content.keys() == set(shown.split())
    assert content["role"] == role.value
    assert set(content["permissions"]) == ALLOWED[role]
