"""An address changes through the API alone, and the change is recorded (ACC-11, SEC-C6)."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib import clock, settings
from chalicelib.core.access import Role
from chalicelib.ledger import store as ledger
from chalicelib.organisation import store as configuration
from chalicelib.users.domain.users import User
from chalicelib.users.gateways import user_pool
from chalicelib.users.gateways.app_client import cognito
from chalicelib.users.usecases.change_address import change_address
from tests.factories.configuration import ledger_actions
from tests.harness.api import ApiHarness, Caller, add_item

OLD, NEW, TAKEN = "ann@example.com", "ann@example.org", "bob@example.com"
PASSWORD = "Long-enough-1"


@pytest.fixture
def admin(api: ApiHarness, pool: Any) -> Caller:
    return api.user(Role.ADMIN, user_id="usr_admin")


@pytest.fixture
def user_id(pool: Any, admin: Caller) -> str:
    """A user with a password of their own, and another one whose address is taken."""
    user_pool.invite(TAKEN, "Bob")
    subject = user_pool.invite(OLD, "Ann")
    pool.admin_set_user_password(
        UserPoolId=settings.current().pool_id, Username=OLD, Password=PASSWORD, Permanent=True
    )
    add_item(User(id=subject, version=1, email=OLD, name="Ann", role=Role.AGENT))
    return subject


def stored(user_id: str) -> User:
    user = configuration.get(User, user_id, clock.now())
    assert user is not None
    return user


def signs_in(api: ApiHarness, email: str) -> bool:
    return api.stranger().post("/v1/session", {"email": email, "password": PASSWORD}).status == 200


def test_ACC_11_the_user_signs_in_with_the_new_address_only(
    api: ApiHarness, admin: Caller, user_id: str
) -> None:
    reply = admin.post(f"/v1/users/{user_id}/address", {"version": 1, "email": NEW})
    assert (reply.status, reply.json["email"], reply.json["version"]) == (200, NEW, 2)
    assert [signs_in(api, email) for email in (OLD, NEW)] == [False, True]


def test_ACC_11_the_change_is_recorded_without_the_address(admin: Caller, user_id: str) -> None:
    admin.post(f"/v1/users/{user_id}/address", {"version": 1, "email": NEW})
    assert ledger_actions(f"user/{user_id}") == [("address_changed", ["email", "signed_out_at"])]
    assert "@" not in str([row.serialize() for row in ledger.LedgerRow.scan()])


def test_ACC_11_the_change_ends_the_sessions(api: ApiHarness, admin: Caller, user_id: str) -> None:
    caller = api.bearer(api.signer.token(user_id))
    assert caller.get("/v1/me").status == 200
    admin.post(f"/v1/users/{user_id}/address", {"version": 1, "email": NEW})
    configuration.clear_cache()
    assert caller.get("/v1/me").status == 401


def test_ACC_11_an_address_of_another_user_is_refused(api: ApiHarness, admin: Caller, user_id: str) -> None:
    reply = admin.post(f"/v1/users/{user_id}/address", {"version": 1, "email": TAKEN})
    assert (reply.status, reply.code) == (409, "user_exists")
    assert stored(user_id).email == OLD
    assert ledger_actions(f"user/{user_id}") == []
    assert signs_in(api, OLD)


def test_ACC_11_an_address_taken_meanwhile_is_put_back(
    admin: Caller, user_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(**_: Any) -> None:
        events.unregister(name, meanwhile)
        user_pool.invite(NEW, "Somebody")

    events = cognito().meta.events
    name = "before-call.cognito-identity-provider.AdminUpdateUserAttributes"
    events.register(name, meanwhile)
    reply = admin.post(f"/v1/users/{user_id}/address", {"version": 1, "email": NEW})
    assert (reply.status, reply.code) == (409, "user_exists")
    assert stored(user_id).email == OLD
    assert [action for action, _ in ledger_actions(f"user/{user_id}")] == ["address_changed"] * 2


def test_ACC_11_an_address_that_the_pool_refuses_is_put_back(admin: Caller, user_id: str) -> None:
    """What can never succeed is never 503."""

    def refusing(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "InvalidParameterException"}}, "AdminUpdateUserAttributes")

    events = cognito().meta.events
    name = "before-call.cognito-identity-provider.AdminUpdateUserAttributes"
    events.register(name, refusing)
    try:
        reply = admin.post(f"/v1/users/{user_id}/address", {"version": 1, "email": NEW})
    finally:
        events.unregister(name, refusing)
    assert (reply.status, reply.json["error"]["fields"][0]["field"]) == (422, "email")
    assert stored(user_id).email == OLD


def test_ACC_11_an_interrupted_change_is_finished_by_its_repetition(
    api: ApiHarness, admin: Caller, user_id: str
) -> None:
    actor = User(id="usr_admin", email="a@example.com", name="A", role=Role.ADMIN).actor
    events = cognito().meta.events
    name = "before-call.cognito-identity-provider.AdminUpdateUserAttributes"

    def dying(**_: Any) -> None:
        raise KeyboardInterrupt

    events.register(name, dying)
    with pytest.raises(KeyboardInterrupt):
        change_address(actor, user_id, 1, NEW, clock.now())
    events.unregister(name, dying)
    assert (stored(user_id).email, signs_in(api, NEW)) == (NEW, False)
    assert admin.post(f"/v1/users/{user_id}/address", {"version": 1, "email": NEW}).status == 200
    assert signs_in(api, NEW)
    assert len(ledger_actions(f"user/{user_id}")) == 1


def test_ACC_11_a_concurrent_change_is_not_overwritten(admin: Caller, user_id: str) -> None:
    admin.patch(f"/v1/users/{user_id}", {"version": 1, "name": "Anna"})
    reply = admin.post(f"/v1/users/{user_id}/address", {"version": 1, "email": NEW})
    assert (reply.status, reply.code) == (409, "version_conflict")


@pytest.mark.parametrize("email", ["", "nobody", "a b@example.com", 7])
def test_ACC_11_a_bad_address_is_a_bad_field(admin: Caller, user_id: str, email: Any) -> None:
    assert admin.post(f"/v1/users/{user_id}/address", {"version": 1, "email": email}).status == 422


def test_SEC_C6_only_who_manages_users_changes_an_address(api: ApiHarness, user_id: str) -> None:
    own = api.bearer(api.signer.token(user_id))
    callers = [own, api.user(Role.MANAGER)]
    body = {"version": 1, "email": NEW}
    assert [caller.post(f"/v1/users/{user_id}/address", body).status for caller in callers] == [403, 403]
    assert own.patch(f"/v1/users/{user_id}", {"version": 1, "email": NEW}).status == 403


def test_SEC_C6_no_answer_has_an_access_token(api: ApiHarness, user_id: str) -> None:
    """With one the user could talk to the pool directly."""
    reply = api.stranger().post("/v1/session", {"email": OLD, "password": PASSWORD})
    assert "access" not in reply.text
    assert reply.json.keys() == {"id_token", "refresh_token", "expires_in", "device"}
    assert "." not in reply.json["refresh_token"]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
@pytest.mark.parametrize("of_themselves", [True, False])
def test_SEC_C6_no_other_role_changes_an_address(
    api: ApiHarness, user_id: str, role: Role, of_themselves: bool
) -> None:
    caller = api.user(role, "prj_1", user_id="usr_other")
    path = f"/v1/users/{'usr_other' if of_themselves else user_id}"

    replies = [
        caller.post(f"{path}/address", {"version": 1, "email": NEW}),
        caller.patch(path, {"version": 1, "email": NEW}),
    ]

    assert [reply.status for reply in replies] == [403, 403]
    assert stored(user_id).email == OLD


@pytest.mark.parametrize("name", ["email", "Email", "address", "email_verified", "phone_number"])
def test_SEC_C6_a_change_of_a_user_has_no_field_for_an_address(
    admin: Caller, user_id: str, name: str
) -> None:
    reply = admin.patch(f"/v1/users/{user_id}", {"version": 1, "name": "Anna", name: NEW})

    assert (reply.status, reply.json["error"]["fields"][0]["code"]) == (422, "unknown")
    assert stored(user_id).email == OLD


def test_SEC_C6_no_later_session_has_an_access_token_either(api: ApiHarness, user_id: str) -> None:
    first = api.stranger().post("/v1/session", {"email": OLD, "password": PASSWORD}).json

    again = api.stranger().post("/v1/session/refresh", {"refresh_token": first["refresh_token"]})

    assert again.status == 200
    assert "access" not in again.text
    assert again.json.keys() <= {"id_token", "refresh_token", "expires_in", "device"}


@pytest.mark.parametrize("spelling", ["ann@EXAMPLE.com", f" {OLD} ", "mailto:ann@example.com"])
def test_SEC_C6_the_own_address_in_another_spelling_is_no_other_user(
    api: ApiHarness, admin: Caller, user_id: str, spelling: str
) -> None:
    other = user_pool.invite("carl@example.com", "Carl")
    add_item(User(id=other, version=1, email="carl@example.com", name="Carl", role=Role.AGENT))

    reply = admin.post(f"/v1/users/{other}/address", {"version": 1, "email": spelling})

    assert reply.status in (409, 422)
    assert stored(other).email == "carl@example.com"
    assert signs_in(api, OLD)
