"""Which routes have a throttle of their own, and how the package tool writes it (ACC-13)."""

from typing import Any

import pytest

from chalicelib.http.router import INTAKE, PUBLIC, SOURCE, route_specs
from chalicelib.routes import ROUTES
from infra.errors import TemplateError
from infra.throttles import complete_throttles, group_of

OF_THE_STAGE = {"HttpMethod": "*", "ResourcePath": "/*", "ThrottlingRateLimit": 7, "LoggingLevel": "OFF"}


def api(*routes: str) -> dict[str, Any]:
    """Return the resources of an API with these routes, as Chalice packages them."""
    paths: dict[str, dict[str, Any]] = {}
    for method, path in (route.split(" ") for route in routes):
        paths.setdefault(path, {})[method.lower()] = {}
    properties = {"DefinitionBody": {"paths": paths}, "MethodSettings": [dict(OF_THE_STAGE)]}
    return {"RestAPI": {"Type": "AWS::Serverless::Api", "Properties": properties}}


def test_ACC_13_each_route_that_strangers_may_call_has_a_group() -> None:
    import app

    open_to_strangers = {
        f"{spec.method} {spec.path}"
        for spec in route_specs(app.app)
        if spec.permission in (PUBLIC, INTAKE, SOURCE)
    }
    assert len(open_to_strangers) > 10
    assert [route for route in sorted(open_to_strangers) if group_of(ROUTES[route]) is None] == []


@pytest.mark.parametrize(
    ("route", "group"),
    [
        ("POST /v1/campaigns/{campaign_id}/leads", "Intake"),
        ("POST /v1/campaigns/{campaign_id}/leads/explain", "Sources"),
        ("GET /v1/campaigns/{campaign_id}/leads/{lead_id}/status", "Sources"),
        ("POST /v1/session", "SignIn"),
        ("POST /v1/session/forgot", "SignIn"),
        ("GET /v1/health", "Public"),
        ("GET /v1/openapi.json", "Public"),
        ("POST /v1/contacts/forget", "Privacy"),
        ("POST /v1/leads/{lead_id}/forget", "Privacy"),
        ("POST /v1/requests", "Privacy"),
        ("GET /v1/leads", None),
    ],
)
def test_ACC_13_a_route_belongs_to_its_group(route: str, group: str | None) -> None:
    assert group_of(ROUTES[route]) == group


def test_ACC_13_a_route_of_a_group_has_its_own_bucket_and_is_otherwise_like_the_stage() -> None:
    resources = api(
        "GET /v1/leads", "DELETE /v1/leads/{lead_id}/hold", "POST /v1/session", "DELETE /v1/session"
    )

    complete_throttles(resources)

    own = [
        ("DELETE", "/~1v1~1leads~1{lead_id}~1hold", "Privacy"),
        ("DELETE", "/~1v1~1session", "SignIn"),
        ("POST", "/~1v1~1session", "SignIn"),
    ]
    assert resources["RestAPI"]["Properties"]["MethodSettings"] == [
        OF_THE_STAGE,
        *(
            {
                "HttpMethod": method,
                "ResourcePath": path,
                "ThrottlingRateLimit": {"Ref": f"{group}Rate"},
                "ThrottlingBurstLimit": {"Ref": f"{group}Burst"},
                "LoggingLevel": "OFF",
            }
            for method, path, group in own
        ),
    ]


def test_ACC_13_a_resource_file_sets_no_throttle_of_a_route() -> None:
    resources = api()
    resources["RestAPI"]["Properties"]["MethodSettings"] *= 2
    with pytest.raises(TemplateError, match=r"infra/throttles\.py"):
        complete_throttles(resources)
