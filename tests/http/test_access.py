"""The permissions of routes (ACC-5, ACC-6), checked on every route of the application."""

import re
from typing import Any

import pytest

import app as application
from chalicelib import clock
from chalicelib.core.access import ALLOWED, Permission, Role
from chalicelib.http import bodies
from chalicelib.http.middleware import finish
from chalicelib.http.router import (
    INTAKE,
    PUBLIC,
    SOURCE,
    AllOf,
    AnyOf,
    Api,
    Audience,
    Requirement,
    RouteSpec,
    route_specs,
)
from chalicelib.users.usecases import authenticate
from tests.harness.api import ApiHarness, Caller, Reply, add_credential, allows, permissions_of

ROUTES = list(route_specs(application.app))
GUARDED = [route for route in ROUTES if route.permission is not PUBLIC]
OF_SOURCES: dict[Requirement, Permission] = {
    INTAKE: Permission.LEADS_ASSIGN,
    SOURCE: Permission.CAMPAIGNS_MANAGE,
}
ADMINS_ALONE = {"/v1/seals/{day}/entries"}


def name(route: RouteSpec) -> str:
    return f"{route.method} {route.path}"


def call_route(caller: Caller, route: RouteSpec) -> Reply:
    path = re.sub(r"{\w+}", "unknown_1", route.path)
    body: Any = {} if route.body or route.accepts else None
    return caller(route.method, path, body)


def test_ACC_5_every_route_declares_its_permission() -> None:
    registered = {(method, path) for path, entries in application.app.routes.items() for method in entries}
    assert {(route.method, route.path) for route in ROUTES} == registered
    for route in ROUTES:
        assert isinstance(route.permission, Permission | AllOf | AnyOf | Audience), name(route)
        assert route.summary, name(route)


def test_ACC_5_a_route_without_a_permission_cannot_be_declared() -> None:
    undeclared: Any = Api("test")
    with pytest.raises(TypeError):
        undeclared.route("/v1/open")


def test_ACC_5_only_these_routes_are_public() -> None:
    public = {name(route) for route in ROUTES if route.permission is PUBLIC}
    assert public == {
        "GET /docs",
        "GET /docs/start.js",
        "GET /docs/swagger-ui.css",
        "GET /docs/swagger-ui.js",
        "GET /v1/health",
        "GET /v1/openapi.json",
        "POST /v1/session",
        "POST /v1/session/forgot",
        "POST /v1/session/password",
        "POST /v1/session/refresh",
        "POST /v1/session/reset",
        "POST /v1/session/totp",
    }


def test_only_http_middleware_is_registered() -> None:
    assert application.app.middleware_handlers == [(finish, "http")]


@pytest.mark.parametrize("role", list(Role))
def test_ACC_5_every_role_is_checked_at_every_route(api: ApiHarness, pool: Any, role: Role) -> None:
    caller = api.user(role, "prj_own")
    for route in GUARDED:
        reply = call_route(caller, route)
        allowed = allows(OF_SOURCES.get(route.permission, route.permission), ALLOWED[role])
        if route.path in ADMINS_ALONE:
            allowed = role is Role.ADMIN
        assert (reply.status == 403) is not allowed, (name(route), reply)
        assert reply.status != 401, name(route)
        assert reply.status < 500, (name(route), reply)
        if route.path == "/v1/session":
            caller = api.user(role, "prj_own")


@pytest.mark.parametrize("role", list(Role))
def test_ACC_3_a_withdrawn_permission_is_required_at_its_routes(api: ApiHarness, role: Role) -> None:
    for permission in ALLOWED[role]:
        caller = api.user(role, "prj_own", withdrawn=(permission,))
        for route in GUARDED:
            if not allows(route.permission, ALLOWED[role] - {permission}) and permissions_of(
                route.permission
            ):
                assert call_route(caller, route).status == 403, name(route)


def test_ACC_6_without_a_credential_every_guarded_route_is_401(api: ApiHarness) -> None:
    for route in GUARDED:
        if route.permission is not INTAKE:
            reply = call_route(api.stranger(), route)
            assert (reply.status, reply.code) == (401, "unauthenticated"), name(route)
            assert reply.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Basic eDp5", "Bearer é", "Bearer a.b.c", "Bearer lw_source_x_y"]
)
def test_ACC_6_an_invalid_credential_is_401_everywhere(
    api: ApiHarness, header: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = clock.now()
    for number, route in enumerate(GUARDED):
        minute = start + 60 * (number // authenticate.REFUSALS_A_MINUTE)
        monkeypatch.setattr(clock, "now", lambda minute=minute: minute)
        path = re.sub(r"{\w+}", "unknown_1", route.path)
        reply = api.stranger()(route.method, path, {}, headers={"Authorization": header})
        assert reply.status == 401, (name(route), reply)


def test_ACC_6_a_source_may_call_only_the_intake_and_its_dry_run(api: ApiHarness) -> None:
    caller = api.source("cmp_1")
    for route in GUARDED:
        if route.permission not in OF_SOURCES:
            reply = call_route(caller, route)
            assert (reply.status, reply.code) == (403, "forbidden"), name(route)


def test_ACC_6_authentication_comes_before_the_body(api: ApiHarness) -> None:
    for route in GUARDED:
        if route.body is not None:
            path = re.sub(r"{\w+}", "unknown_1", route.path)
            assert api.stranger()(route.method, path, b"{").status == 401, name(route)


def test_every_body_is_read_strictly(api: ApiHarness) -> None:
    caller = api.user(Role.ADMIN)
    for route in ROUTES:
        if route.body is None and not route.accepts:
            continue
        path = re.sub(r"{\w+}", "unknown_1", route.path)
        for raw, status in (
            (b'{"a": 1, "a": 2}', 400),
            (b'{"a": NaN}', 400),
            (b" " * (bodies.MAX_BYTES + 1), 413),
        ):
            reply = caller(route.method, path, raw)
            assert reply.status in {status, 404}, (name(route), reply)


def test_ACC_8_a_disabled_user_is_refused(api: ApiHarness) -> None:
    assert api.user(Role.ADMIN, disabled=True).get("/v1/me").status == 401


def test_ACC_1_a_token_from_before_the_sign_out_is_refused(api: ApiHarness) -> None:
    now = clock.now()
    assert api.user(Role.ADMIN, signed_out_at=now + 60).get("/v1/me").status == 401
    assert api.user(Role.ADMIN, signed_out_at=now - 60).get("/v1/me").status == 200


def test_ACC_1_a_token_of_an_unknown_user_is_refused(api: ApiHarness) -> None:
    assert api.bearer(api.signer.token("usr_unknown")).get("/v1/me").status == 401


def test_ACC_1_role_and_projects_come_from_the_row_not_the_token(api: ApiHarness) -> None:
    caller = api.user(Role.AGENT, "prj_own", user_id="usr_agent")
    claims: Any = {
        "cognito:groups": ["admin"],
        "custom:role": "admin",
        "role": "admin",
        "project_ids": ["prj_other"],
    }
    content = api.bearer(api.signer.token("usr_agent", **claims)).get("/v1/me").json
    assert content == caller.get("/v1/me").json
    assert (content["role"], content["projects"]) == ("agent", ["prj_own"])


def test_ACC_1_an_unreadable_pool_is_503(api: ApiHarness) -> None:
    caller = api.user(Role.ADMIN)
    api.signer.broken = True
    reply = caller.get("/v1/me")
    assert (reply.status, reply.code) == (503, "unavailable")
    assert int(reply.headers["Retry-After"]) > 0


def test_ACC_9_bad_credentials_are_counted_and_throttled(api: ApiHarness) -> None:
    credential, _ = add_credential("cmp_1")
    wrong = api.bearer(f"lw_source_{credential.id.removeprefix('crd_')}_{'A' * 43}")
    statuses = [wrong.get("/v1/me").status for _ in range(2 * authenticate.REFUSALS_A_MINUTE + 4)]
    assert set(statuses) == {401, 429}
    assert statuses[0] == 401
    reply = wrong.get("/v1/me")
    assert reply.status == 401 or 0 < int(reply.headers["Retry-After"]) <= 60
