"""Every route has examples of its body and its answers, made of plain and reserved values (USE-U4)."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

import app as application
from chalicelib.http import bodies, examples, openapi
from chalicelib.http.examples import Example
from chalicelib.http.router import RouteSpec, route_specs
from chalicelib.routes import ROUTES, TAGS

SPECS = [*route_specs(application.app)]
DOCUMENT = openapi.document(SPECS, "test", "")
SCHEMAS = DOCUMENT["components"]["schemas"]
EXAMPLES = examples.read_all()
THE_DOCUMENT_ITSELF = "http.reference"  # the page and this document
RESERVED_HOST = re.compile(
    r"(.+\.)?example\.(com|org|net)|leadwarden-\w+\.s3\.amazonaws\.com|json-schema\.org"
)


def routes() -> Iterator[tuple[RouteSpec, str, tuple[Example, ...]]]:
    """Yield every route but those of the document with its area and its examples."""
    for spec in SPECS:
        place = ROUTES[f"{spec.method} {spec.path}"]
        if place.module != THE_DOCUMENT_ITSELF:
            yield spec, place.area, EXAMPLES.get(spec.name, ())


def bodies_of(spec: RouteSpec) -> dict[str, Any]:
    """Return the schema of a route's body for each media type."""
    request = DOCUMENT["paths"][spec.path][spec.method.lower()].get("requestBody", {"content": {}})
    return {media_type: content["schema"] for media_type, content in request["content"].items()}


def sent_as(media_type: str, shown: tuple[Example, ...]) -> list[Any]:
    """Return the bodies that are shown as a media type."""
    return [each.body for each in shown if each.body is not None and media_type in each.media_types]


def missing_answers(spec: RouteSpec, shown: tuple[Example, ...]) -> Iterator[str]:
    """Yield the successful answers that no example shows: the route's own in each of its media types."""
    success = str(spec.status if spec.has_body else 204)
    response = DOCUMENT["paths"][spec.path][spec.method.lower()]["responses"][success]
    for media_type in response.get("content", ()):
        if not any(str(each.status) == success and each.answer_type == media_type for each in shown):
            yield f"an answer {success} as {media_type}"


def missing_fields(name: str, sent: list[Any]) -> Iterator[str]:
    """Yield the fields of a body that no example sends, and the kinds of a body that has several."""
    properties = SCHEMAS[name]["properties"]
    yield from (field for field in properties if not any(field in body for body in sent))
    kind = properties.get("kind", {})
    kinds = SCHEMAS.get(kind.get("$ref", "").rpartition("/")[2], kind).get("enum", ())
    yield from (f"kind {each}" for each in kinds if not any(body.get("kind") == each for body in sent))


def test_USE_U4_every_route_has_examples_of_its_body_and_its_answers() -> None:
    lacking = [
        f"chalicelib/{area}/examples.json, {spec.name} ({spec.method} {spec.path}): {what}"
        for spec, area, shown in routes()
        for what in (
            *(f"a body as {kind}" for kind in bodies_of(spec) if not sent_as(kind, shown)),
            *missing_answers(spec, shown),
        )
    ]
    assert lacking == [], "\n".join(["These examples are missing; see CONTRIBUTING.md, A route.", *lacking])


def test_USE_U4_every_field_and_every_kind_of_a_body_is_in_an_example() -> None:
    """Routes with the same body share their examples of it."""
    sent: dict[str, list[Any]] = defaultdict(list)
    for spec, _, shown in routes():
        for media_type, schema in bodies_of(spec).items():
            sent[schema["$ref"].rpartition("/")[2]] += sent_as(media_type, shown)

    lacking = [f"{name}: {what}" for name, written in sent.items() for what in missing_fields(name, written)]
    assert lacking == [], "\n".join(["No example of these bodies has:", *lacking])


@pytest.mark.parametrize("area", TAGS)
def test_USE_U4_an_area_s_file_has_examples_of_its_own_operations(area: str) -> None:
    own = [route.operation_id for route in ROUTES.values() if route.area == area]
    written = examples.read_area(area)

    assert set(written) <= set(own)
    for operation, shown in written.items():
        names = [each.name for each in shown]
        assert len(names) == len(set(names)), operation
        assert all(each.summary and re.fullmatch("[a-z_]+", each.name) for each in shown), operation
        assert all(each.status for each in shown), f"{operation}: run `make examples`"


def test_USE_U4_every_parameter_of_an_example_is_as_its_schema_says() -> None:
    seen = 0
    for spec, _, shown in routes():
        operation = DOCUMENT["paths"][spec.path][spec.method.lower()]
        declared = {(entry["in"], entry["name"]): entry for entry in operation["parameters"]}
        for each in shown:
            assert each.path.keys() == set(spec.parameters), f"{spec.name}/{each.name}"
            for place, values in (("path", each.path), ("query", each.query), ("header", each.headers)):
                for name, value in values.items():
                    schema = declared[place, name]["schema"] | {"components": DOCUMENT["components"]}
                    jsonschema_rs.validate(schema, value)
                    seen += 1
        shown_first = [entry for entry in operation["parameters"] if "example" in entry]
        assert {entry["name"] for entry in shown_first} == {
            name for each in shown for name in (*each.path, *each.query, *each.headers)
        }
    assert seen > len(SPECS)


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a value."""
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from (key, *texts(entry))
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from texts(entry)
    elif isinstance(value, str):
        yield value


def strange_values(text: str) -> Iterator[str]:
    """Yield the phone numbers, hosts and IP addresses in a text that are not reserved for examples."""
    for number in re.findall(r"(?<![\w-])\+?1?[ -]?\(?[2-9]\d{2}\)?[ -]?\d{3}[ -]?\d{4}(?![\w-])", text):
        if not re.search(r"20255501\d\d$", re.sub(r"\D", "", number)):
            yield number
    hosts = re.findall(r"(?:@|https?://)([\w.-]+)", text)
    yield from (host for host in hosts if not RESERVED_HOST.fullmatch(host))
    addresses = re.findall(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])", text)
    yield from (address for address in addresses if not address.startswith(("192.0.2.", "198.51.100.")))


@pytest.mark.parametrize("area", TAGS)
def test_USE_U4_examples_have_reserved_numbers_and_domains_only(area: str) -> None:
    written = [
        text
        for shown in examples.read_area(area).values()
        for each in shown
        for text in texts([each.body, each.answer, dict(each.path), dict(each.query), dict(each.headers)])
    ]
    assert [(text, strange) for text in written for strange in strange_values(text)] == []


@pytest.mark.parametrize(
    "text",
    ["+1 415-555-2671", "(415) 555-2671", "4155552671", "fay@mail.test", "https://solar.io/", "8.8.8.8"],
)
def test_USE_U4_a_value_that_may_belong_to_somebody_is_found(text: str) -> None:
    assert [*strange_values(f"call {text} today")] != []


def test_USE_U4_a_body_is_shown_as_each_media_type() -> None:
    content = DOCUMENT["paths"]["/v1/campaigns/{campaign_id}/leads"]["post"]["requestBody"]["content"]
    assert content[bodies.JSON]["examples"]["test_lead"]["value"]["test"] is True
    assert content[bodies.FORM]["examples"]["test_lead"]["value"]["test"] == "true"


def test_USE_U4_the_intake_has_an_example_of_each_result() -> None:
    shown = {each.answer.get("status") for each in EXAMPLES["submit_lead"]}
    assert {"accepted", "rejected", "duplicate", "held"} <= shown
