"""Every message about a bad field says what is possible, for every request of the API (INT-7)."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import app as application
from chalicelib.core.times import iso_duration
from chalicelib.http.router import route_specs
from chalicelib.http.schemas.base import Query, invalid
from chalicelib.http.schemas.messages import PATTERNS, code_and_message

MODELS: dict[str, type[BaseModel]] = {
    model.__name__: model
    for spec in route_specs(application.app)
    for model in (spec.body, spec.query)
    if model is not None
}
VAGUE = re.compile(
    r"one of the (known|field|organisation)|form described|described form|not acceptable|Say `|Input should|valid "
    r"(string|integer|dictionary|list|boolean)|parse_instant|pydantic|does not fit the field|union|discriminator|"
    r"There is no such field\.$|The kind is required",
    re.IGNORECASE,
)
WRONG: tuple[Any, ...] = (
    None, "", "§ bad §", "x" * 5_000, -1, 0, 10**9, 1.5, True, [], ["§"], ["§", "§"], [{}] * 300, {}, {"§": 1},
    {"kind": "bad"}, {"all": []}, [{"kind": "bad"}], {"line_type": {"enabled": 1, "attic": 2}},
)  # fmt: skip


def schemas_in(node: Any) -> Iterator[dict[str, Any]]:
    """Return every object within a JSON schema."""
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from schemas_in(inner)


def read(model: type[BaseModel], body: dict[str, Any]) -> BaseModel:
    """Read a body or a query as the router reads it."""
    if issubclass(model, Query):
        return model.model_validate({name: str(value) for name, value in body.items()})
    return model.model_validate_json(json.dumps(body))


def bodies_of(model: type[BaseModel]) -> Iterator[dict[str, Any]]:
    """Return requests that are wrong in one field each, and some that are wrong as a whole."""
    yield {}
    yield {"attic": 1}
    yield {"kind": "bad"}
    for name in model.model_fields:
        for value in WRONG:
            yield {name: value}


@pytest.mark.parametrize("name", MODELS)
def test_USE_U9_no_request_has_a_vague_message(name: str) -> None:
    model, seen = MODELS[name], 0
    for body in bodies_of(model):
        try:
            read(model, body)
        except ValidationError as error:
            for field in invalid(error, model).fields:
                seen += 1
                assert not VAGUE.search(field.message), (body, field)
                assert field.message.endswith("."), field
                assert "§" not in field.message
                assert "attic" not in field.message
    assert seen


@pytest.mark.parametrize("name", MODELS)
def test_USE_U9_every_pattern_of_a_request_has_its_message(name: str) -> None:
    schema = MODELS[name].model_json_schema()
    assert {str(node["pattern"]) for node in schemas_in(schema) if "pattern" in node} <= PATTERNS.keys()


def test_USE_U9_a_pattern_without_a_message_is_refused_all_the_same() -> None:
    code, message = code_and_message("string_pattern_mismatch", {"pattern": "^new$"}, ["name"], None)
    assert (code, "/v1/openapi.json" in message) == ("pattern", True)


def refusal(model_name: str, body: dict[str, Any]) -> dict[str, str]:
    """Return the messages of a refused request by field."""
    with pytest.raises(ValidationError) as caught:
        read(MODELS[model_name], body)
    return {error.field: error.message for error in invalid(caught.value, MODELS[model_name]).fields}


NEW_CAMPAIGN = {"name": "C", "project_id": "prj_1", "lead_type_id": "lt_1", "source": "s"}


@pytest.mark.parametrize(
    ("settings", "field", "told"),
    [
        ({"duplicates": {"scope": "world"}}, "duplicates.scope", "campaign, project, organisation"),
        ({"quality": {"reject_to": "bin"}}, "quality.reject_to", "source, quality, delivery"),
        ({"quality": {"attic": 1}}, "quality.attic", "hold_all"),
        ({"attic": 1}, "attic", "criteria"),
        ({"price": "$15"}, "price", "15.00"),
        ({"price": "-1"}, "price", "15.00"),
        ({"price": -1}, "price", "15.00"),
        ({"price": True}, "price", "text"),
        ({"currency": "dollar"}, "currency", "USD"),
        ({"limits": {"daily": "ten"}}, "limits.daily", "whole number"),
        ({"limits": {"daily": -1}}, "limits.daily", "0 or more"),
        ({"retention": {"days": 0}}, "retention.days", "1 or more"),
    ],
)
def test_USE_U9_a_message_says_what_is_possible(settings: dict[str, Any], field: str, told: str) -> None:
    assert told in refusal("NewCampaign", NEW_CAMPAIGN | settings)[field]


@pytest.mark.parametrize(
    ("given", "stored"), [(15, "15"), (15.5, "15.5"), (0, "0"), ("15.00", "15.00"), (0.0001, "0.0001")]
)
def test_USE_U9_a_price_may_be_a_number(given: Any, stored: str) -> None:
    body = read(MODELS["NewCampaign"], NEW_CAMPAIGN | {"price": given})
    assert str(vars(body)["price"]) == stored


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("14 days", "P14D"),
        ("1 day", "P1D"),
        ("14d", "P14D"),
        ("2 weeks", "P14D"),
        ("P2W", "P14D"),
        ("6 hours", "PT6H"),
        ("90 minutes", "PT90M"),
        ("P14D", "P14D"),
    ],
)
def test_USE_U9_a_period_may_be_written_in_words(given: str, stored: str) -> None:
    body = read(MODELS["NewProject"], {"name": "P", "inactivity": given})
    assert body.model_dump()["inactivity"] == stored


@pytest.mark.parametrize(
    "given", [14, "14", "14 months", "14 m", "two days", "-1 day", "P14", "1.5 days", ""]
)
def test_USE_U9_an_unclear_period_is_refused_with_its_forms(given: Any) -> None:
    assert iso_duration(str(given)) == str(given)
    message = refusal("NewProject", {"name": "P", "inactivity": given})["inactivity"]
    assert "14 days" in message or "text" in message
