"""The API's own description, and the page that shows it."""

import json
import re
from typing import Any

import pytest

import app as application
from chalicelib.http.router import INTAKE, PUBLIC, route_specs
from tests.harness.api import ApiHarness, named


@pytest.fixture
def document(api: ApiHarness) -> dict[str, Any]:
    told: dict[str, Any] = api.stranger().get("/v1/openapi.json").json
    return told


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_the_document_is_openapi_3_1_and_names_every_route(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert operations(document).keys() == {
        (route.method, route.path) for route in route_specs(application.app)
    }


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert named
    assert named <= document["components"]["schemas"].keys()


def test_every_operation_is_named_once_and_described(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for operation in operations(document).values()]
    assert len(ids) == len(set(ids))
    for operation in operations(document).values():
        assert operation["summary"]
        assert any(status.startswith("2") for status in operation["responses"])


def test_what_the_router_checks_is_what_the_document_says(document: dict[str, Any]) -> None:
    described = operations(document)
    for route in route_specs(application.app):
        operation = described[route.method, route.path]
        assert ({} in operation["security"]) is (route.permission is INTAKE)
        assert (operation["security"] == []) is (route.permission is PUBLIC)
        assert ("requestBody" in operation) is bool(route.body or route.accepts)
        for permission in named(route.permission):
            assert f"`{permission.value}`" in operation["description"]
        if route.permission is not PUBLIC:
            assert {"401", "403"} <= operation["responses"].keys()
        in_path = [entry["name"] for entry in operation["parameters"] if entry["in"] == "path"]
        assert in_path == re.findall(r"{(\w+)}", route.path)


def test_the_page_loads_text_of_its_own_host_only(api: ApiHarness) -> None:
    page = api.stranger().get("/docs")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "//" not in page.text
    for link in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        asset = api.stranger().get("/" + link)
        assert asset.status == 200
        assert len(asset.text) > 80
        assert asset.headers["Content-Type"].startswith(("text/", "application/json"))
