"""Confirmations (RET-12) and cursors over HTTP."""

from collections.abc import Iterator
from typing import TypedDict

import pytest
from chalice.app import Chalice
from chalice.test import Client

from chalicelib import clock
from chalicelib.aws import encrypted_tokens
from chalicelib.core import confirmations
from chalicelib.core.access import Role
from chalicelib.core.errors import Effect
from chalicelib.http import cursors
from chalicelib.http.middleware import finish
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import ANY_USER, Api
from chalicelib.http.schemas.base import Confirmable, ConfirmQuery, Contract, PageQuery
from tests.harness.api import ApiHarness, Caller, Reply, Signer

policies = Api(__name__)
done: list[str] = []


class PolicyChange(Confirmable):
    days: int
    version: int = 1


class PolicyChanged(Contract):
    digest: str


class PolicyQuery(PageQuery):
    day: str = "any"


class PolicyPosition(TypedDict):
    at: int


class PolicyPage(Contract):
    at: int
    next: str | None


@policies.route(
    "/v1/policies/{policy_id}",
    methods=["PATCH"],
    permission=ANY_USER,
    body=PolicyChange,
    answer=PolicyChanged,
)
def change(call: ApiRequest[PolicyChange], policy_id: str) -> PolicyChanged:
    """Change a policy."""
    return change_policy(call, policy_id, call.body.days, call.body.version)


@policies.route(
    "/v1/policies/{policy_id}",
    methods=["DELETE"],
    permission=ANY_USER,
    query=ConfirmQuery,
    answer=PolicyChanged,
)
def remove(call: ApiRequest[None, ConfirmQuery], policy_id: str) -> PolicyChanged:
    """Remove a policy."""
    return change_policy(call, policy_id, 0, 0)


@policies.route("/v1/policies/{policy_id}/leads", permission=ANY_USER, query=PolicyQuery, answer=PolicyPage)
def page(call: ApiRequest[None, PolicyQuery], policy_id: str) -> PolicyPage:
    """List."""
    at = (cursors.decrypt(call, PolicyPosition) or {"at": 0})["at"]
    return PolicyPage(at=at, next=cursors.encrypt(call, {"at": at + 1} if at < 3 else None))


def change_policy(
    call: ApiRequest[PolicyChange] | ApiRequest[None, ConfirmQuery], policy_id: str, days: int, version: int
) -> PolicyChanged:
    effect = Effect(f"{days} days from now on.", {"leads": 12})
    binding = ("change_policy", policy_id, str(days), str(version))
    confirmed = confirmations.require(call.confirmation, effect, binding)
    done.append(confirmed.digest)
    return PolicyChanged(digest=confirmed.digest)


app = Chalice(app_name="test", configure_logs=False)
app.register_middleware(finish, "http")
app.register_blueprint(policies)


@pytest.fixture
def api(aws: None, signer: Signer) -> Iterator[ApiHarness]:
    done.clear()
    with Client(app, project_dir="/dev/null") as client:
        yield ApiHarness(client, signer)


@pytest.fixture
def manager(api: ApiHarness) -> Caller:
    return api.user(Role.MANAGER)


def request_change(caller: Caller, days: int = 30, **more: object) -> Reply:
    return caller.patch("/v1/policies/p1", {"days": days, **more})


def encrypted_token(binding: tuple[str, ...], user: str, until: int) -> str:
    content = {"user": user, "binding": confirmations.binding_digest(binding), "until": until}
    return encrypted_tokens.encrypt_token("confirmation", content)


def test_RET_12_the_first_call_returns_the_effect_and_changes_nothing(manager: Caller) -> None:
    reply = request_change(manager)
    assert reply.status == 409
    assert reply.code == "confirmation_required"
    assert reply.json["effect"] == {"summary": "30 days from now on.", "leads": 12}
    assert reply.json["confirm"]
    assert done == []


def test_RET_12_the_second_call_with_the_token_acts(manager: Caller) -> None:
    token = request_change(manager).json["confirm"]
    assert request_change(manager, confirm=token).status == 200


def test_RET_12_a_repeated_confirmed_call_passes_the_same_digest(manager: Caller) -> None:
    token = request_change(manager).json["confirm"]
    assert request_change(manager, confirm=token).json == request_change(manager, confirm=token).json
    assert len(set(done)) == 1


def test_RET_12_a_delete_is_confirmed_in_its_query(manager: Caller) -> None:
    token = manager.delete("/v1/policies/p1").json["confirm"]
    assert manager.delete(f"/v1/policies/p1?confirm={token}").status == 200


@pytest.mark.parametrize("change", [{"days": 31}, {"days": 30, "version": 2}])
def test_RET_12_a_token_confirms_only_its_own_request(manager: Caller, change: dict[str, int]) -> None:
    token = request_change(manager).json["confirm"]
    reply = manager.patch("/v1/policies/p1", {**change, "confirm": token})
    assert (reply.status, reply.code) == (409, "confirmation_required")
    other = manager.patch("/v1/policies/p2", {"days": 30, "confirm": token})
    assert (other.status, other.code) == (409, "confirmation_required")
    assert done == []


def test_RET_12_a_token_of_another_user_confirms_nothing(api: ApiHarness, manager: Caller) -> None:
    token = request_change(manager).json["confirm"]
    reply = request_change(api.user(Role.MANAGER), confirm=token)
    assert (reply.status, reply.code) == (409, "confirmation_required")
    assert done == []


def test_RET_12_a_token_is_valid_for_ten_minutes(api: ApiHarness) -> None:
    caller = api.user(Role.MANAGER, user_id="usr_1")
    binding = ("change_policy", "p1", "30", "1")
    now = clock.now()
    expired = request_change(caller, confirm=encrypted_token(binding, "user/usr_1", now))
    assert (expired.status, expired.code) == (409, "confirmation_expired")
    assert request_change(caller, confirm=encrypted_token(binding, "user/usr_1", now + 60)).status == 200
    content = encrypted_tokens.decrypt_token("confirmation", request_change(caller).json["confirm"])
    assert 0 <= content["until"] - now - 600 <= 5


def test_RET_12_a_forged_token_is_400(manager: Caller) -> None:
    token = request_change(manager).json["confirm"]
    for forged in ("x", token[:-2] + "AA", encrypted_tokens.encrypt_token("cursor", {"user": "x"})):
        reply = request_change(manager, confirm=forged)
        assert (reply.status, reply.code) == (400, "confirmation_invalid")
    assert done == []


def pages(caller: Caller, path: str) -> list[int]:
    seen, cursor = [], ""
    while True:
        answer = caller.get(path + cursor).json
        seen.append(answer["at"])
        if answer["next"] is None:
            return seen
        cursor = f"&cursor={answer['next']}"


def test_a_cursor_continues_after_the_page(manager: Caller) -> None:
    assert pages(manager, "/v1/policies/p1/leads?day=2026-11-21") == [0, 1, 2, 3]


def test_a_cursor_does_not_bind_the_page_size(manager: Caller) -> None:
    cursor = manager.get("/v1/policies/p1/leads?limit=1").json["next"]
    assert manager.get(f"/v1/policies/p1/leads?limit=9&cursor={cursor}").json["at"] == 1


def test_a_cursor_of_another_query_or_user_is_400(api: ApiHarness, manager: Caller) -> None:
    cursor = manager.get("/v1/policies/p1/leads?day=a").json["next"]
    tries = [
        manager.get(f"/v1/policies/p1/leads?day=b&cursor={cursor}"),
        manager.get(f"/v1/policies/p2/leads?day=a&cursor={cursor}"),
        api.user(Role.MANAGER).get(f"/v1/policies/p1/leads?day=a&cursor={cursor}"),
        manager.get("/v1/policies/p1/leads?day=a&cursor=forged"),
        manager.get(f"/v1/policies/p1/leads?day=a&cursor={cursor[:-3]}abc"),
    ]
    assert {(reply.status, reply.code) for reply in tries} == {(400, "cursor_invalid")}


def test_an_expired_cursor_is_400(manager: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    cursor = manager.get("/v1/policies/p1/leads?day=a").json["next"]
    monkeypatch.setattr(cursors, "VALID_FOR_S", 0)
    stale = manager.get("/v1/policies/p1/leads?day=a").json["next"]
    assert manager.get(f"/v1/policies/p1/leads?day=a&cursor={cursor}").status == 200
    assert manager.get(f"/v1/policies/p1/leads?day=a&cursor={stale}").code == "cursor_invalid"


@pytest.mark.parametrize("limit", ["0", "201", "-1", "1.5", "many"])
def test_a_page_has_1_to_200_items(manager: Caller, limit: str) -> None:
    assert manager.get(f"/v1/policies/p1/leads?limit={limit}").status == 422
    assert manager.get("/v1/policies/p1/leads?limit=200").status == 200
