"""Error answers, and the headers of every answer."""

import json
import logging
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from chalice.app import Chalice
from chalice.test import Client
from pydantic import Field, TypeAdapter, ValidationError

from chalicelib.audit.schemas.audit import Subject
from chalicelib.core import errors
from chalicelib.http.errors import STATUS, status_of
from chalicelib.http.middleware import finish
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import PUBLIC, Api, ApiResponse
from chalicelib.http.schemas.base import Confirmable, Contract, Query, invalid, optional_field, value_error
from tests.harness.api import Caller, Reply

CANARY = "canary-ann@example.com"
REFUSALS: list[errors.LeadwardenError] = [
    errors.Malformed("no"),
    errors.Invalid("no", fields=[errors.FieldError("a", "b", "c")]),
    errors.Unauthenticated("no"),
    errors.Forbidden("no"),
    errors.NotFound("no"),
    errors.Conflict("no", code="immutable"),
    errors.TooLarge("no"),
    errors.UnsupportedMediaType("no"),
    errors.Throttled("no", retry_after_s=7),
    errors.Unavailable("no"),
]
things = Api(__name__)


class Item(Contract):
    name: str = Field(min_length=1, max_length=10)
    count: int | None = None


class ItemRemoval(Confirmable):
    name: str


class ItemQuery(Query):
    limit: int = 50


class ItemResponse(Contract):
    id: str
    kept: str | None = None
    note: str | None = optional_field()


@things.route(
    "/v1/things/{thing_id}", methods=["POST"], permission=PUBLIC, body=Item, answer=ItemResponse, status=201
)
def make_item(call: ApiRequest[Item], thing_id: str) -> ItemResponse:
    """Make a thing."""
    if call.body.name == "boom":
        raise KeyError(CANARY)
    return ItemResponse(id=thing_id)


@things.route("/v1/refusals/{number}", permission=PUBLIC)
def refuse(call: ApiRequest, number: str) -> None:
    """Refuse."""
    raise REFUSALS[int(number)]


@things.route("/v1/things", permission=PUBLIC, query=ItemQuery, answer=ItemResponse)
def list_items(call: ApiRequest[None, ItemQuery]) -> ApiResponse:
    """List things."""
    return ApiResponse(202, f'{{"id":"{call.query.limit}"}}', {"Idempotent-Replay": "true"})


@things.route("/v1/things/{thing_id}", methods=["DELETE"], permission=PUBLIC)
def remove_item(call: ApiRequest, thing_id: str) -> None:
    """Remove a thing."""


app = Chalice(app_name="test", configure_logs=False)
app.register_middleware(finish, "http")
app.register_blueprint(things)


@pytest.fixture
def caller() -> Iterator[Caller]:
    with Client(app, project_dir="/dev/null") as client:
        yield Caller(client)


def every_answer(caller: Caller) -> Iterator[Reply]:
    yield caller.post("/v1/things/x", {"name": "a"})
    yield caller.post("/v1/things/x", {"name": 1})
    yield caller.post("/v1/things/x", {"name": "boom"})
    yield caller.delete("/v1/things/x")
    yield caller.put("/v1/things/x")
    yield from (caller.get(f"/v1/refusals/{number}") for number in range(len(REFUSALS)))


def test_every_answer_has_the_common_headers(caller: Caller) -> None:
    ids = set()
    for reply in every_answer(caller):
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        ids.add(reply.headers["X-Request-Id"])
    assert len(ids) == 5 + len(REFUSALS)


def test_every_error_has_the_same_shape(caller: Caller) -> None:
    for reply in every_answer(caller):
        if reply.status >= 400:
            assert reply.json.keys() == {"error"}
            assert {"code", "message"} <= reply.json["error"].keys() <= {"code", "message", "fields"}


@pytest.mark.parametrize("number", range(len(REFUSALS)))
def test_each_error_class_has_its_status(caller: Caller, number: int) -> None:
    refusal = REFUSALS[number]
    reply = caller.get(f"/v1/refusals/{number}")
    assert reply.status == STATUS[type(refusal)]
    assert reply.code == refusal.code


def test_every_domain_error_is_in_the_table() -> None:
    known = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.LeadwardenError)
    ]
    assert set(known) - {errors.LeadwardenError} <= STATUS.keys()
    assert all(status_of(refusal) < 500 or status_of(refusal) == 503 for refusal in REFUSALS)


def test_a_retryable_error_says_when_to_retry(caller: Caller) -> None:
    replies = [caller.get(f"/v1/refusals/{number}") for number in range(len(REFUSALS))]
    shown_values = {reply.status: reply.headers.get("Retry-After") for reply in replies}
    assert shown_values[429] == "7"
    assert shown_values[503] == "2"


def test_an_internal_error_shows_only_its_request_id(
    caller: Caller, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        reply = caller.post("/v1/things/x", {"name": "boom"})
    printed = capsys.readouterr()
    assert reply.status == 500
    assert reply.code == "internal"
    assert reply.headers["X-Request-Id"] in reply.json["error"]["message"]
    everything = reply.text + printed.out + printed.err + caplog.text
    assert CANARY not in everything
    failure = next(line for line in map(json.loads, printed.out.splitlines()) if line["message"] == "failed")
    assert failure["kind"] == "KeyError"
    assert any("make_item" in frame for frame in failure["frames"])


def test_an_undecided_write_logs_its_kind(caller: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    assert caller.get(f"/v1/refusals/{len(REFUSALS) - 1}").status == 503
    failure, request = map(json.loads, capsys.readouterr().out.splitlines())
    assert (failure["level"], failure["kind"]) == ("ERROR", "Unavailable")
    assert failure["request_id"] == request["request_id"]


def test_one_line_is_logged_for_each_request_with_the_route_template(
    caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    caller.post(f"/v1/things/{CANARY}?who={CANARY}", {"name": CANARY[:10]})
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    line = json.loads(lines[0])
    assert line["route"] == "/v1/things/{thing_id}"
    assert line["status"] == 422
    assert "canary" not in lines[0]


def test_INT_7_every_bad_field_is_listed_without_its_value(caller: Caller) -> None:
    reply = caller.post("/v1/things/x", {"name": CANARY, "count": CANARY, CANARY: CANARY, "extra": 1})
    assert reply.status == 422
    listed = {(entry["field"], entry["code"]) for entry in reply.json["error"]["fields"]}
    assert listed == {("name", "too_long"), ("count", "type"), ("*", "unknown"), ("extra", "unknown")}
    assert "canary" not in reply.text


def test_numbers_are_not_read_from_text(caller: Caller) -> None:
    assert caller.post("/v1/things/x", {"name": "a", "count": "1"}).status == 422
    assert caller.post("/v1/things/x", {"name": "a", "count": True}).status == 422
    assert caller.post("/v1/things/x", {"name": "a", "count": 1}).status == 201


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"name": "a", "name": "b"}', 400, "malformed"),
        (b"", 422, "invalid"),
        (b"[]", 400, "malformed"),
        (b'{"name": "' + b"a" * 65536 + b'"}', 413, "too_large"),
    ],
)
def test_a_bad_body_gets_a_clear_error(caller: Caller, body: bytes, status: int, code: str) -> None:
    reply = caller.post("/v1/things/x", body)
    assert (reply.status, reply.code) == (status, code)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream"]
)
def test_another_media_type_is_415_and_not_repeated(caller: Caller, kind: str) -> None:
    reply = caller.post("/v1/things/x", b"a=b", headers={"Content-Type": kind})
    assert (reply.status, reply.code) == (415, "unsupported_media_type")
    assert kind not in reply.text


@pytest.mark.parametrize("path", ["a%20b", "%00", "a%2Fb", "%F0%9F%90%8C", "x" * 600])
def test_a_malformed_id_is_not_found(caller: Caller, path: str) -> None:
    assert caller.post(f"/v1/things/{path}", {"name": "a"}).status == 404


def test_an_escaped_id_is_decoded(caller: Caller) -> None:
    assert caller.post("/v1/things/a%40b%7E", {"name": "a"}).json == {"id": "a@b~", "kept": None}


def test_a_view_may_set_status_headers_and_bytes(caller: Caller) -> None:
    reply = caller.get("/v1/things?limit=7")
    assert (reply.status, reply.text) == (202, '{"id":"7"}')
    assert reply.headers["Idempotent-Replay"] == "true"
    assert caller.delete("/v1/things/x").status == 204


@pytest.mark.parametrize("query", ["limit=x", "limit=1&limit=2", "other=1"])
def test_a_bad_query_is_422(caller: Caller, query: str) -> None:
    assert caller.get(f"/v1/things?{query}").status == 422


@pytest.mark.parametrize(
    ("kind", "value", "code", "message"),
    [
        (date, "yesterday", "format", "Must be a day, such as 2026-12-21."),
        (date, "2026-12-21T10:00:00Z", "format", "Must be a day, such as 2026-12-21."),
        (int, "few", "format", "Must be a whole number, such as 14."),
        (bool, "perhaps", "format", "Must be true or false."),
        (Subject, "bogus", "pattern", "Must be a kind and an id, such as lead/lead_…."),
    ],
)
def test_query_errors_are_in_plain_words(kind: Any, value: str, code: str, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)

    (field,) = invalid(refused.value).fields
    assert (field.code, field.message) == (code, message)


def test_a_route_without_a_query_refuses_parameters(caller: Caller) -> None:
    assert caller.delete("/v1/things/x?confirm=1").status == 422


def test_a_schema_prints_no_values() -> None:
    assert repr(Item(name="Ann")) == str([Item(name="Ann")]).strip("[]") == "Item()"


def test_a_validator_s_own_message_is_kept() -> None:
    error: Any = value_error("too_old", "This date is too long ago.")
    assert error.type == "lw:too_old"


def test_a_real_gateway_event_is_read(caller: Caller) -> None:
    event = {
        "resource": "/v1/things/{thing_id}",
        "path": "/v1/things/x",
        "httpMethod": "POST",
        "headers": {"content-type": "application/json; charset=utf-8"},
        "multiValueHeaders": {},
        "multiValueQueryStringParameters": None,
        "pathParameters": {"thing_id": "x"},
        "stageVariables": None,
        "requestContext": {
            "httpMethod": "POST",
            "resourcePath": "/v1/things/{thing_id}",
            "requestId": "given-by-the-gateway",
            "identity": {"sourceIp": "192.0.2.1"},
        },
        "body": '{"name": "ä"}',
        "isBase64Encoded": False,
    }
    answer = caller.client._app(event, None)
    assert answer["statusCode"] == 201
    assert answer["headers"]["X-Request-Id"] == "given-by-the-gateway"
    for broken in ({"body": "A", "isBase64Encoded": True}, {"body": '{"name": "\ud800"}'}):
        assert caller.client._app({**event, **broken}, None)["statusCode"] == 400
