"""Permissions (ACC-3, ACC-4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.access import ALLOWED, SYSTEM, Actor, Permission, Role, permissions_of
from chalicelib.core.errors import Forbidden, NotFound

DESK = "admin manager privacy"
TABLE = {
    "leads.read": "admin manager agent privacy",
    "leads.work": "admin manager agent",
    "leads.assign": "admin manager",
    "leads.export": "admin manager",
    "retention.manage": "admin manager agent privacy",
    "privacy.search": DESK,
    "privacy.forget": DESK,
    "privacy.block": DESK,
    "privacy.export": DESK,
    "quality.review": "admin manager",
    "projects.manage": "admin manager",
    "campaigns.manage": "admin manager",
    "imports.manage": "admin manager",
    "audit.read": "admin manager privacy auditor",
    "reports.read": "admin manager auditor",
    "configuration.read": "admin auditor",
    "users.manage": "admin",
    "organisation.manage": "admin",
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_ACC_3_a_role_limits_the_permissions_of_its_users(role: Role, permission: Permission) -> None:
    assert (permission in ALLOWED[role]) == (role.value in TABLE[permission.value].split())


def test_ACC_3_the_table_names_every_permission() -> None:
    assert {permission.value for permission in Permission} == set(TABLE)


@given(st.sampled_from(Role), st.frozensets(st.sampled_from(Permission)))
def test_ACC_3_a_user_has_the_role_s_permissions_less_withdrawn_ones(
    role: Role, withdrawn: frozenset[Permission]
) -> None:
    held = permissions_of(role, withdrawn)

    assert held | (withdrawn & ALLOWED[role]) == ALLOWED[role]
    assert not held & withdrawn


def test_ACC_6_a_missing_permission_is_forbidden() -> None:
    agent = Actor("user", "usr_1", Role.AGENT, permissions_of(Role.AGENT, frozenset()))

    agent.require(Permission.LEADS_READ)
    with pytest.raises(Forbidden):
        agent.require(Permission.PRIVACY_SEARCH)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AGENT, None])
def test_ACC_4_an_item_of_another_project_does_not_exist(role: Role | None) -> None:
    actor = Actor("user", "usr_1", role, frozenset(Permission), frozenset({"prj_1"}))

    actor.require_project("prj_1")
    with pytest.raises(NotFound) as refused:
        actor.require_project("prj_2")
    assert "prj_2" not in refused.value.message


def test_ACC_4_an_admin_belongs_to_every_project() -> None:
    Actor("user", "usr_1", Role.ADMIN).require_project("prj_any")


def test_ACC_5_the_system_has_no_permission_and_no_project() -> None:
    assert not any(SYSTEM.has(permission) for permission in Permission)
    assert not SYSTEM.belongs_to("prj_1")
