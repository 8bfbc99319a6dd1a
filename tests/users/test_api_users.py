"""Users and source credentials over HTTP."""

from typing import Any

import pytest

from chalicelib import clock
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import ALLOWED, Permission, Role
from chalicelib.ledger import store as ledger
from chalicelib.organisation import store as configuration
from chalicelib.users.domain.credentials import Credential
from chalicelib.users.domain.users import User
from chalicelib.users.gateways import user_pool
from chalicelib.users.usecases.create_user import create_first_admin
from tests.factories.configuration import (
    CAMPAIGN,
    EAST,
    SOLAR,
    WEST,
    create_configuration,
    ledger_actions,
    post_created,
)
from tests.harness.api import ApiHarness, Caller, Reply, add_item

USERS = "/v1/users"
CREDENTIALS = "/v1/credentials"
MONA: dict[str, Any] = {"email": "mona@example.com", "name": "Mona", "role": "manager", "project_ids": [WEST]}


@pytest.fixture
def admin(api: ApiHarness, pool: Any) -> Caller:
    """An admin of a complete organisation with a user pool."""
    create_configuration()
    add_item(Campaign(id="cmp_1", version=1, name="C", project_id=WEST, lead_type_id=SOLAR, source="s"))
    return api.user(Role.ADMIN, user_id="usr_admin")


def test_ACC_3_a_new_user_has_every_permission_of_the_role(admin: Caller) -> None:
    user = post_created(admin, USERS, MONA)
    assert set(user["permissions"]) == ALLOWED[Role.MANAGER]
    assert user["withdrawn"] == []
    assert configuration.get(User, user["id"], clock.now()) is not None
    assert ledger_actions(f"user/{user['id']}") == [("created", [])]


def test_ACC_1_the_user_is_in_the_pool_under_the_same_id(admin: Caller, pool: Any) -> None:
    user = post_created(admin, USERS, MONA)
    assert user_pool.invite("mona@example.com", "Mona") == user["id"]


def test_ACC_1_an_address_is_unique(admin: Caller) -> None:
    post_created(admin, USERS, MONA)
    repeated = admin.post(USERS, MONA)
    assert (repeated.status, repeated.code) == (409, "user_exists")


def test_ACC_1_a_creation_interrupted_after_the_invitation_can_be_repeated(admin: Caller) -> None:
    subject = user_pool.invite("mona@example.com", "Mona")
    assert post_created(admin, USERS, MONA)["id"] == subject


def test_ACC_3_permissions_are_withdrawn_and_restored_within_the_role(admin: Caller) -> None:
    user = post_created(admin, USERS, MONA)
    path = f"{USERS}/{user['id']}"
    less = admin.patch(path, {"version": 1, "withdrawn": ["leads.export"]}).json
    more = admin.patch(path, {"version": 2, "withdrawn": []}).json
    beyond = admin.patch(path, {"version": 3, "withdrawn": ["users.manage"]})
    assert "leads.export" not in less["permissions"]
    assert "leads.export" in more["permissions"]
    assert (beyond.status, beyond.json["error"]["fields"][0]["code"]) == (422, "not_in_role")


def test_ACC_3_a_smaller_role_limits_the_withdrawn_permissions(admin: Caller) -> None:
    user = post_created(admin, USERS, MONA | {"withdrawn": ["leads.export", "leads.work"]})
    agent = admin.patch(f"{USERS}/{user['id']}", {"version": 1, "role": "agent"}).json
    assert agent["withdrawn"] == ["leads.work"]
    assert set(agent["permissions"]) == ALLOWED[Role.AGENT] - {Permission.LEADS_WORK}


@pytest.mark.parametrize(
    ("setting", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"role": "partner"}, "role"),
        ({"project_ids": ["prj_none"]}, "project_ids.0"),
        ({"withdrawn": ["organisation.manage"]}, "withdrawn.0"),
        ({"zone": "Nowhere"}, "zone"),
    ],
)
def test_ACC_3_invalid_permissions_are_refused_by_name(
    admin: Caller, setting: dict[str, Any], field: str
) -> None:
    reply = admin.post(USERS, MONA | setting)
    assert reply.status == 422
    assert field in [entry["field"] for entry in reply.json["error"]["fields"]]


def test_ACC_5_only_admins_manage_users_and_credentials(api: ApiHarness, admin: Caller) -> None:
    manager = api.user(Role.MANAGER, WEST)
    replies = [
        manager.get(USERS),
        manager.post(USERS, MONA),
        manager.get(CREDENTIALS),
        manager.post(CREDENTIALS, {"name": "x", "campaign_ids": ["cmp_1"]}),
        manager.patch("/v1/organisation", {"version": 0, "name": "Mine"}),
    ]
    assert [reply.status for reply in replies] == [403] * len(replies)


def test_ACC_8_a_disabled_user_is_refused_and_an_enabled_one_signs_in_again(
    api: ApiHarness, admin: Caller, pool: Any
) -> None:
    user_id = post_created(admin, USERS, MONA)["id"]
    caller = api.bearer(api.signer.token(user_id))
    disabled = admin.post(f"{USERS}/{user_id}/disable")
    repeated = admin.post(f"{USERS}/{user_id}/disable")
    configuration.clear_cache()
    refused = caller.get("/v1/me")
    enabled = admin.post(f"{USERS}/{user_id}/enable")
    configuration.clear_cache()
    assert [disabled.json["disabled"], repeated.json["version"], refused.status] == [True, 2, 401]
    assert [enabled.json["disabled"], caller.get("/v1/me").status] == [False, 401]
    anew = api.signer.token(user_id, iat=clock.now() + 1)
    assert api.bearer(anew).get("/v1/me").status == 200
    assert [action for action, _ in ledger_actions(f"user/{user_id}")] == ["created", "disabled", "enabled"]


@pytest.mark.parametrize("change", [{"role": "manager"}, {"withdrawn": ["users.manage"]}])
def test_ACC_3_admins_cannot_lock_themselves_out(admin: Caller, change: dict[str, Any]) -> None:
    changed = admin.patch(f"{USERS}/usr_admin", {"version": 1, **change})
    disabled = admin.post(f"{USERS}/usr_admin/disable")
    assert [changed.code, disabled.code] == ["own_account", "own_account"]


def test_PRI_27_a_user_s_change_is_logged_without_name_or_address(admin: Caller) -> None:
    user_id = post_created(admin, USERS, MONA)["id"]
    admin.patch(f"{USERS}/{user_id}", {"version": 1, "name": "Mona Other", "project_ids": [EAST]})
    entry = ledger.list_subject(f"user/{user_id}", clock.now())[-1]
    fields = {field.name: (field.before, field.after) for field in entry.fields}
    assert fields == {"name": (None, None), "project_ids": (f'["{WEST}"]', f'["{EAST}"]')}


def test_ACC_7_the_first_admin_is_created_once_and_restored(pool: Any) -> None:
    now = clock.now()
    first = create_first_admin("root@example.com", "Root", now)
    assert create_first_admin("root@example.com", "Root", now) == first
    user = configuration.get(User, first, now)
    assert user is not None
    assert (user.role, user.version, user.disabled) == (Role.ADMIN, 1, False)
    assert ledger_actions(f"user/{first}") == [("created", [])]


def test_ACC_7_a_locked_out_user_becomes_admin_again(admin: Caller) -> None:
    user_id = post_created(admin, USERS, MONA)["id"]
    admin.post(f"{USERS}/{user_id}/disable")
    create_first_admin("mona@example.com", "Mona", clock.now())
    user = configuration.get(User, user_id, clock.now())
    assert user is not None
    assert (user.role, user.disabled) == (Role.ADMIN, False)


def credential(admin: Caller) -> Any:
    return post_created(admin, CREDENTIALS, {"kind": "source", "name": "Website", "campaign_ids": ["cmp_1"]})


def explain(api: ApiHarness, token: str) -> Reply:
    configuration.clear_cache()
    return api.bearer(token).get("/v1/me")


def test_ACC_2_a_token_is_shown_once_and_only_its_hash_stored(api: ApiHarness, admin: Caller) -> None:
    fresh = credential(admin)
    secret = fresh["token"].rsplit("_", 1)[1]
    read = admin.get(f"{CREDENTIALS}/{fresh['id']}")
    assert fresh["token"].startswith("lw_source_")
    assert "token" not in read.json
    stored_value = configuration.ConfigRow.get("credential", fresh["id"])
    assert fresh["token"] not in stored_value.body
    assert secret not in stored_value.body
    assert explain(api, fresh["token"]).status == 403
    assert admin.get(f"{CREDENTIALS}/{fresh['id']}").json["last_used_on"] is not None


def test_ACC_2_two_tokens_are_live_and_the_oldest_of_three_is_dropped(api: ApiHarness, admin: Caller) -> None:
    fresh = credential(admin)
    tokens = [fresh["token"]]
    for _ in range(2):
        tokens.append(admin.post(f"{CREDENTIALS}/{fresh['id']}/rotate").json["token"])
        assert [explain(api, token).status for token in tokens[-2:]] == [403, 403]
    assert explain(api, tokens[0]).status == 401
    assert admin.get(f"{CREDENTIALS}/{fresh['id']}").json["live_tokens"] == 2
    record = ledger_actions(f"credential/{fresh['id']}")
    assert record == [("created", []), ("rotated", ["secrets"]), ("rotated", ["secrets"])]
    assert all(field.after is None for entry in entries(fresh["id"]) for field in entry.fields)


def entries(credential_id: str) -> list[Any]:
    return ledger.list_subject(f"credential/{credential_id}", clock.now())


def test_ACC_2_a_revoked_credential_is_refused(api: ApiHarness, admin: Caller) -> None:
    fresh = credential(admin)
    revoked = admin.delete(f"{CREDENTIALS}/{fresh['id']}")
    assert (revoked.status, revoked.text) == (204, "")
    assert explain(api, fresh["token"]).status == 401
    assert admin.get(f"{CREDENTIALS}/{fresh['id']}").status == 404
    assert configuration.get(Credential, fresh["id"], clock.now()) is None
    assert [action for action, _ in ledger_actions(f"credential/{fresh['id']}")] == ["created", "revoked"]


def test_ACC_2_a_credential_names_existing_campaigns(admin: Caller) -> None:
    reply = admin.post(CREDENTIALS, {"name": "x", "campaign_ids": ["cmp_1", "cmp_none"]})
    assert (reply.status, reply.json["error"]["fields"][0]["field"]) == (422, "campaign_ids.1")
    assert admin.post(CREDENTIALS, {"name": "x", "campaign_ids": []}).status == 422


def test_ACC_2_a_credential_is_renamed_and_moved(admin: Caller) -> None:
    fresh = credential(admin)
    other = post_created(admin, "/v1/campaigns", CAMPAIGN)["id"]
    path = f"{CREDENTIALS}/{fresh['id']}"
    changed = admin.patch(path, {"version": 1, "name": "Feed", "campaign_ids": [other]})
    stale = admin.patch(path, {"version": 1, "name": "Old"})
    assert (changed.json["name"], changed.json["campaign_ids"], changed.json["version"]) == (
        "Feed",
        [other],
        2,
    )
    assert stale.code == "version_conflict"
    assert [item["id"] for item in admin.get(CREDENTIALS).json["items"]] == [fresh["id"]]
