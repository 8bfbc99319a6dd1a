"""The second factor over HTTP (ACC-11, SEC-C6): the organisation's setting, set-up, codes, and no way round it."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import clock, settings
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Role
from chalicelib.core.errors import Throttled, Unauthenticated
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import ORGANISATION_ID, Organisation
from chalicelib.users.domain.users import User
from chalicelib.users.gateways import user_pool
from chalicelib.users.usecases import bounds, sessions
from chalicelib.users.usecases.sign_in import answer_totp
from tests.factories.configuration import ledger_actions
from tests.harness.api import ApiHarness, Caller, Reply, add_item
from tests.harness.totp import code_of, wrong_code

EMAIL, PASSWORD = "ann@example.com", "Long-enough-1"
ADMIN_EMAIL = "boss@example.com"
TOKENS = {"id_token", "refresh_token", "expires_in", "device"}


def organisation(second_factor: str) -> None:
    """Set who needs a second factor."""
    add_item(Organisation(id=ORGANISATION_ID, version=1, second_factor=second_factor))
    configuration.clear_cache()


def change_to(second_factor: str, admin: Caller) -> None:
    version = admin.get("/v1/organisation").json["version"]
    changed = admin.patch("/v1/organisation", {"version": version, "second_factor": second_factor})
    assert changed.json["second_factor"] == second_factor
    configuration.clear_cache()


@pytest.fixture(autouse=True)
def users(api: ApiHarness, pool: Any) -> dict[str, str]:
    """An agent and an admin, in the pool and in the table; their ids."""
    return {EMAIL: _user(pool, EMAIL, Role.AGENT), ADMIN_EMAIL: _user(pool, ADMIN_EMAIL, Role.ADMIN)}


def _user(pool: Any, email: str, role: Role) -> str:
    subject = user_pool.invite(email, "A user")
    pool.admin_set_user_password(
        UserPoolId=settings.current().pool_id, Username=email, Password=PASSWORD, Permanent=True
    )
    add_item(User(id=subject, version=1, email=email, name="A user", role=role))
    return subject


def enter(api: ApiHarness, email: str = EMAIL, **more: str) -> dict[str, Any]:
    reply = api.stranger().post("/v1/session", {"email": email, "password": PASSWORD, **more})
    assert reply.status == 200, reply.text
    answer: dict[str, Any] = reply.json
    return answer


def answer(api: ApiHarness, session: str, code: str) -> Reply:
    return api.stranger().post("/v1/session/totp", {"session": session, "code": code})


def set_up(api: ApiHarness, email: str = EMAIL) -> str:
    """Set up the second factor and return the authenticator's secret."""
    challenge = enter(api, email)
    assert challenge["challenge"] == "totp_setup"
    assert answer(api, challenge["session"], code_of(challenge["secret"])).status == 200
    return str(challenge["secret"])


def refresh(api: ApiHarness, token: str) -> Reply:
    return api.stranger().post("/v1/session/refresh", {"refresh_token": token})


@pytest.mark.parametrize(
    ("setting", "agent", "admin"), [("off", False, False), ("admins", False, True), ("all", True, True)]
)
def test_ACC_11_the_setting_decides_who_needs_a_factor(
    api: ApiHarness, setting: str, agent: bool, admin: bool
) -> None:
    organisation(setting)
    assert ["challenge" in enter(api, email) for email in (EMAIL, ADMIN_EMAIL)] == [agent, admin]


def test_ACC_11_the_setting_is_off_until_it_is_set(api: ApiHarness) -> None:
    assert enter(api).keys() == TOKENS
    assert api.user(Role.AGENT).get("/v1/organisation").json["second_factor"] == "off"


def test_ACC_11_only_the_three_words_are_taken(api: ApiHarness) -> None:
    admin = api.user(Role.ADMIN)
    assert admin.patch("/v1/organisation", {"version": 0, "second_factor": "some"}).status == 422
    change_to("admins", admin)


def test_ACC_11_the_first_code_sets_the_factor_up_and_signs_in(api: ApiHarness) -> None:
    organisation("all")
    challenge = enter(api)
    assert challenge.keys() == {"challenge", "session", "secret"}
    reply = answer(api, challenge["session"], code_of(challenge["secret"]))
    assert (reply.status, reply.json.keys()) == (200, TOKENS)


def test_ACC_11_then_every_sign_in_asks_for_a_code(api: ApiHarness) -> None:
    organisation("all")
    secret = set_up(api)
    challenge = enter(api)
    assert challenge.keys() == {"challenge", "session"}
    assert challenge["challenge"] == "totp"
    refused = answer(api, challenge["session"], wrong_code(secret))
    assert (refused.status, refused.code) == (401, "sign_in_failed")
    assert answer(api, challenge["session"], code_of(secret)).json.keys() == TOKENS


def test_ACC_11_a_wrong_first_code_sets_nothing_up(api: ApiHarness) -> None:
    organisation("all")
    challenge = enter(api)
    refused = answer(api, challenge["session"], wrong_code(challenge["secret"]))
    assert (refused.status, refused.code) == (401, "sign_in_failed")
    assert enter(api)["challenge"] == "totp_setup"


def test_ACC_11_a_setup_is_finished_once(api: ApiHarness) -> None:
    organisation("all")
    challenge = enter(api)
    replies = [answer(api, challenge["session"], code_of(challenge["secret"])) for _ in range(2)]
    assert [reply.status for reply in replies] == [200, 401]


def test_ACC_11_an_open_setup_is_no_way_in_after_another_was_finished(api: ApiHarness) -> None:
    """A stranger who knows the password began a set-up before the user did."""
    organisation("all")
    open_one = enter(api)
    set_up(api)
    assert answer(api, open_one["session"], code_of(open_one["secret"])).status == 401


def test_ACC_11_the_first_own_password_is_no_way_round(api: ApiHarness, pool: Any) -> None:
    organisation("all")
    pool.admin_set_user_password(
        UserPoolId=settings.current().pool_id, Username=EMAIL, Password="Temporary-12", Permanent=False
    )
    first = api.stranger().post("/v1/session", {"email": EMAIL, "password": "Temporary-12"}).json
    body = {"email": EMAIL, "session": first["session"], "new_password": "Another-long-1"}
    reply = api.stranger().post("/v1/session/password", body)
    assert reply.json["challenge"] == "totp_setup"


def test_ACC_11_a_device_is_no_way_round(api: ApiHarness) -> None:
    device = enter(api)["device"]
    organisation("all")
    assert enter(api, device=device)["challenge"] == "totp_setup"


def test_ACC_11_a_refresh_token_of_before_is_no_way_round(api: ApiHarness) -> None:
    tokens = enter(api)
    assert refresh(api, tokens["refresh_token"]).status == 200
    organisation("all")
    assert refresh(api, tokens["refresh_token"]).status == 401


def test_ACC_11_who_becomes_an_admin_needs_the_factor_at_the_next_refresh(
    api: ApiHarness, users: dict[str, str]
) -> None:
    organisation("admins")
    tokens = enter(api)
    assert refresh(api, tokens["refresh_token"]).status == 200
    boss = api.user(Role.ADMIN)
    assert boss.patch(f"/v1/users/{users[EMAIL]}", {"version": 1, "role": "admin"}).status == 200
    configuration.clear_cache()
    assert refresh(api, tokens["refresh_token"]).status == 401


@pytest.mark.parametrize("factor", ["off", "all"])
def test_ACC_11_a_disabled_user_refreshes_no_session(
    api: ApiHarness, pool: Any, users: dict[str, str], factor: str
) -> None:
    organisation(factor)
    tokens = enter(api)
    if factor == "all":
        tokens = answer(api, tokens["session"], code_of(tokens["secret"])).json
    token = tokens["refresh_token"]
    assert refresh(api, token).status == 200
    assert api.user(Role.ADMIN).post(f"/v1/users/{users[EMAIL]}/disable", {}).status == 200
    configuration.clear_cache()
    pool.admin_enable_user(UserPoolId=settings.current().pool_id, Username=EMAIL)
    refused = [refresh(api, token) for _ in range(2)]
    assert [(reply.status, reply.code) for reply in refused] == [(401, "sign_in_failed")] * 2
    assert refused[0].text == refresh(api, "forged").text, "it does not say why"
    assert api.bearer(tokens["id_token"]).get("/v1/me").status == 401


def test_ACC_8_a_refresh_is_refused_within_ten_seconds(
    api: ApiHarness, users: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = enter(api)["refresh_token"]
    assert refresh(api, token).status == 200
    user = configuration.get(User, users[EMAIL], clock.now())
    assert user is not None
    batch.write(configuration.update(replace(user, version=2, disabled=True)), clock.new_id("t"))
    at = clock.now() + configuration.CACHED_FOR_S
    monkeypatch.setattr(clock, "now", lambda: at)
    assert refresh(api, token).status == 401


def test_ACC_11_another_user_s_session_goes_on(api: ApiHarness, users: dict[str, str]) -> None:
    token, other = enter(api)["refresh_token"], enter(api, ADMIN_EMAIL)["refresh_token"]
    api.user(Role.ADMIN).post(f"/v1/users/{users[EMAIL]}/disable", {})
    configuration.clear_cache()
    assert (refresh(api, token).status, refresh(api, other).status) == (401, 200)


def test_ACC_11_a_session_with_a_factor_is_refreshed(api: ApiHarness) -> None:
    organisation("all")
    challenge = enter(api)
    tokens = answer(api, challenge["session"], code_of(challenge["secret"])).json
    assert refresh(api, tokens["refresh_token"]).json.keys() == {"id_token", "refresh_token", "expires_in"}


@pytest.mark.parametrize("field", ["session", "device"])
def test_ACC_11_no_other_value_of_ours_is_a_refresh_token(api: ApiHarness, field: str) -> None:
    organisation("all")
    challenge = enter(api)
    tokens = answer(api, challenge["session"], code_of(challenge["secret"])).json
    assert refresh(api, {**challenge, **tokens}[field]).status == 401
    for other in ("refresh_token", "device"):
        assert answer(api, tokens[other], code_of(challenge["secret"])).status == 401


def test_ACC_11_no_session_shows_a_token(api: ApiHarness) -> None:
    organisation("all")
    challenge = enter(api)
    assert "." not in challenge["session"]
    content = sessions.read("totp", challenge["session"])
    assert content["refresh"] not in challenge["session"]


@pytest.mark.parametrize("session", ["x", "s" * 40, "A" * 4096])
def test_ACC_11_a_session_that_is_not_ours_is_refused(api: ApiHarness, session: str) -> None:
    reply = answer(api, session, "123456")
    assert (reply.status, reply.code) == (401, "sign_in_failed")


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "12345a", "\uff11\uff12\uff13\uff14\uff15\uff16", " 123456", "123456\n"]
)
def test_ACC_11_a_code_has_six_digits(api: ApiHarness, code: str) -> None:
    assert answer(api, "s" * 40, code).status == 422


def test_ACC_11_a_session_ends_after_ten_minutes(api: ApiHarness) -> None:
    organisation("all")
    challenge = enter(api)
    late = clock.now() + sessions.CHALLENGE_S
    with pytest.raises(Exception, match="refused"):
        answer_totp(challenge["session"], code_of(challenge["secret"]), "", late)
    assert answer(api, challenge["session"], code_of(challenge["secret"])).status == 200


def test_ACC_11_wrong_codes_are_bounded_for_the_user_over_all_sessions(api: ApiHarness) -> None:
    organisation("all")
    secret = set_up(api)
    replies = [
        answer(api, enter(api)["session"], wrong_code(secret)) for _ in range(2 * bounds.CODES_AN_HOUR + 1)
    ]
    assert {reply.status for reply in replies} == {401, 429}
    assert [reply.status for reply in replies].count(401) <= 2 * bounds.CODES_AN_HOUR


def test_ACC_11_wrong_codes_of_strangers_do_not_lock_out_a_device(api: ApiHarness) -> None:
    organisation("all")
    challenge = enter(api)
    secret = challenge["secret"]
    device = answer(api, challenge["session"], code_of(secret)).json["device"]
    for _ in range(bounds.CODES_AN_HOUR + 1):
        answer(api, enter(api)["session"], wrong_code(secret))
    own = enter(api, device=device)
    assert answer(api, own["session"], code_of(secret)).status == 200


def test_ACC_11_wrong_codes_of_a_device_are_bounded_by_the_hour() -> None:
    of_device = bounds.of_code(EMAIL, "192.0.2.1", "dev_1")
    hour, tried = 1_800_000_000, 0
    for second in range(0, 3600, 5):
        with suppress(Throttled, Unauthenticated), bounds.counting_wrong(of_device, hour + second):
            tried += 1
            raise Unauthenticated("wrong")
    assert tried == bounds.CODES_AN_HOUR
    with bounds.counting_wrong(of_device, hour + 3600):
        tried += 1
    assert tried == bounds.CODES_AN_HOUR + 1


def test_ACC_11_an_admin_removes_a_lost_authenticator(api: ApiHarness, users: dict[str, str]) -> None:
    organisation("all")
    challenge = enter(api)
    tokens = answer(api, challenge["session"], code_of(challenge["secret"])).json
    boss = api.user(Role.ADMIN)
    removed = boss.delete(f"/v1/users/{users[EMAIL]}/second-factor")
    assert removed.status == 200, removed.text
    assert ("second_factor_removed", ["signed_out_at"]) in ledger_actions(f"user/{users[EMAIL]}")
    assert enter(api)["challenge"] == "totp_setup"
    repeated = boss.delete(f"/v1/users/{users[EMAIL]}/second-factor")
    assert repeated.status == 200
    assert tokens["refresh_token"]


def test_ACC_11_only_who_manages_users_removes_an_authenticator(
    api: ApiHarness, users: dict[str, str]
) -> None:
    path = f"/v1/users/{users[EMAIL]}/second-factor"
    assert [api.user(role).delete(path).status for role in (Role.MANAGER, Role.AGENT)] == [403, 403]
    assert api.user(Role.ADMIN).delete("/v1/users/none/second-factor").status == 404


def test_no_code_or_secret_is_logged(api: ApiHarness, capsys: pytest.CaptureFixture[str]) -> None:
    organisation("all")
    secret = set_up(api)
    challenge = enter(api)
    answer(api, challenge["session"], wrong_code(secret))
    printed = capsys.readouterr().out
    for word in (secret, challenge["session"][:20], EMAIL):
        assert word not in printed
