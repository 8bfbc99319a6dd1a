"""The API's own description, and the page that shows it."""

import json
import re
from typing import Annotated, Any

import jsonschema_rs
import pytest
from pydantic import BaseModel, PlainSerializer

import app as application
from chalicelib.http.openapi_schemas import named_schemas
from chalicelib.http.router import INTAKE, PUBLIC, route_specs
from chalicelib.routes import ROUTES, TAGS
from tests.harness.api import ApiHarness, permissions_of


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
    permissions_of = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert permissions_of
    assert permissions_of <= document["components"]["schemas"].keys()


def test_every_schema_has_a_plain_name_of_its_own(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert [name for name in schemas if not re.fullmatch(r"([A-Z][a-z0-9]+)+", name)] == []
    assert len({name.lower() for name in schemas}) == len(schemas)
    assert {name: schema["title"] for name, schema in schemas.items()} == {name: name for name in schemas}


def test_nothing_but_a_schema_has_a_title(document: dict[str, Any]) -> None:
    inside = [
        *(
            titles
            for schema in document["components"]["schemas"].values()
            for titles in titles_in(schema, False)
        ),
        *titles_in(document["paths"], True),
    ]
    assert inside == []


def titles_in(schema: Any, own: bool) -> list[str]:
    """Return the titles in a schema, its own included or not; a property of this name is not one."""
    if isinstance(schema, list):
        return [title for entry in schema for title in titles_in(entry, True)]
    if not isinstance(schema, dict):
        return []
    found = [schema["title"]] if own and isinstance(schema.get("title"), str) else []
    inside = [entry for key, entry in schema.items() if key not in ("example", "examples")]
    return found + [title for entry in inside for title in titles_in(entry, True)]


class Part(BaseModel):
    """A model that is read otherwise than it is written."""

    size: Annotated[int, PlainSerializer(str)]


class Whole(BaseModel):
    """A model with such a part."""

    part: Part


def test_a_model_that_differs_between_input_and_answer_has_a_name_for_each() -> None:
    schemas, components = named_schemas([(Whole, "validation"), (Whole, "serialization")])

    assert components.keys() == {"Part", "PartInput", "Whole", "WholeInput"}
    assert components["WholeInput"]["properties"]["part"] == {"$ref": "#/components/schemas/PartInput"}
    assert components["Whole"]["properties"]["part"] == {"$ref": "#/components/schemas/Part"}
    assert schemas[Whole, "validation"] == {"$ref": "#/components/schemas/WholeInput"}
    assert schemas[Whole, "serialization"] == {"$ref": "#/components/schemas/Whole"}


def test_a_change_has_no_defaults(document: dict[str, Any]) -> None:
    """A generated client sends the default of a field that its caller left out, and what is left out stays."""
    schemas = document["components"]["schemas"]
    patched = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for (method, _), operation in operations(document).items()
        if method == "PATCH"
    }
    changes = patched | {name for name in schemas if name.endswith(("Change", "Draft"))}
    assert {"CampaignChange", "CampaignDraft", "ProjectChange"} <= changes
    assert [(name, field) for name in changes for field in defaults_of(schemas[name])] == []


def defaults_of(schema: dict[str, Any]) -> list[str]:
    return [name for name, field in schema["properties"].items() if "default" in field]


def test_no_default_is_null(document: dict[str, Any]) -> None:
    assert '"default": null' not in json.dumps(document)


def test_each_operation_has_the_tag_of_its_area(document: dict[str, Any]) -> None:
    described = {tag["name"]: tag["description"] for tag in document["tags"]}
    assert all(described.values())
    for (method, path), operation in operations(document).items():
        assert operation["tags"] == [TAGS[ROUTES[f"{method} {path}"].area].name]
        assert operation["tags"][0] in described
    assert {
        tag for operation in operations(document).values() for tag in operation["tags"]
    } == described.keys()


def test_declared_headers_are_in_the_document(document: dict[str, Any]) -> None:
    described = operations(document)
    for route in route_specs(application.app):
        operation = described[route.method, route.path]
        in_header = [entry["name"] for entry in operation["parameters"] if entry["in"] == "header"]
        assert in_header == [header.name for header in route.request_headers]
        for status, response in operation["responses"].items():
            assert "X-Request-Id" in response["headers"]
            assert ("Retry-After" in response["headers"]) is (status in ("429", "503"))
            assert ("WWW-Authenticate" in response["headers"]) is (status == "401")
            if status == str(route.status):
                assert {header.name for header in route.response_headers} <= response["headers"].keys()


def test_USE_U4_every_example_is_as_its_schema_says(document: dict[str, Any]) -> None:
    seen = 0
    for operation in operations(document).values():
        bodies = operation.get("requestBody", {}).get("content", {}).values()
        answers = [
            one for reply in operation["responses"].values() for one in reply.get("content", {}).values()
        ]
        for content in (*bodies, *answers):
            for example in content.get("examples", {}).values():
                schema = content["schema"] | {"components": document["components"]}
                jsonschema_rs.validate(schema, example["value"])
                seen += 1
    assert seen


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
        for permission in permissions_of(route.permission):
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
