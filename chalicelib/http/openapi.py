"""The OpenAPI 3.1 document, made from the declarations of the routes and their contracts."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from pydantic import BaseModel

from chalicelib.core.access import Permission
from chalicelib.http import bodies, examples, headers
from chalicelib.http.examples import Example
from chalicelib.http.headers import RequestHeader, ResponseHeader
from chalicelib.http.openapi_schemas import Models, Schema, query_properties, schemas_of, without
from chalicelib.http.route_spec import INTAKE, PUBLIC, Audience, RouteSpec
from chalicelib.http.router import PARAMETER_PATTERN
from chalicelib.http.schemas.errors import ConfirmationResponse, ErrorResponse
from chalicelib.routes import ROUTES, TAGS

_REASONS = {
    400: "The request cannot be read.",
    401: "The credential is missing or not valid.",
    403: "The credential does not allow this.",
    404: "The item does not exist, or you have no access to it.",
    409: "The item's state does not allow this, or the action needs a confirmation.",
    413: "The body is too long.",
    415: "This route does not read the body's content type.",
    422: "Some values are not acceptable; `fields` lists each of them.",
    429: "Too many requests; repeat the request after Retry-After seconds.",
    500: "The server failed; report the request id.",
    503: "Nothing was decided; repeat the request after Retry-After seconds.",
}
_ERROR_HEADERS = {401: headers.WWW_AUTHENTICATE, 429: headers.RETRY_AFTER, 503: headers.RETRY_AFTER}


def document(routes: Iterable[RouteSpec], version: str, url: str) -> dict[str, Any]:
    """Return the whole document. The router checks requests against the same declarations."""
    specs = list(routes)
    schemas, components = schemas_of(specs)
    shown = examples.read_all()
    paths: dict[str, Any] = {}
    for route in specs:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(
            route, schemas, components, shown.get(route.name, ())
        )
    queries = [schemas[route.query, "validation"] for route in specs if route.query is not None]
    bearer = {
        "type": "http",
        "scheme": "bearer",
        "description": "An ID token of a user, or a source credential.",
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Leadwarden", "version": version, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": url or "/"}],
        "tags": [{"name": tag.name, "description": tag.description} for tag in TAGS.values()],
        "paths": paths,
        "components": {"schemas": without(components, queries), "securitySchemes": {"bearer": bearer}},
    }


def _operation(
    route: RouteSpec, schemas: Models, components: dict[str, Schema], shown: tuple[Example, ...]
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "description": _description(route),
        "tags": [_tag(route)],
        "parameters": [
            *_with_example((example.path for example in shown), map(_path_parameter, route.parameters)),
            *_with_example(
                (example.query for example in shown), _query_parameters(route, schemas, components)
            ),
            *_with_example(
                (example.headers for example in shown), map(_header_parameter, route.request_headers)
            ),
        ],
        "responses": _with_answers(_responses(route, schemas), shown),
        "security": _security(route),
    }
    content = {
        kind: {"schema": schemas[body, "validation"], **_body_examples(shown, kind)}
        for kind, body in _accepted(route).items()
    }
    if content:
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _accepted(route: RouteSpec) -> dict[str, type[BaseModel]]:
    """Return the media types of a route's body with the contract of each."""
    return {bodies.JSON: route.body} if route.body is not None else dict(route.accepts)


def _body_examples(shown: Iterable[Example], media_type: str) -> dict[str, Any]:
    values = {
        example.name: {"summary": example.summary, "value": example.body_as(media_type)}
        for example in shown
        if example.body is not None and media_type in example.media_types
    }
    return {"examples": values} if values else {}


def _with_answers(responses: dict[str, Any], shown: Iterable[Example]) -> dict[str, Any]:
    """Add the answer of each example to the response of its status."""
    for example in shown:
        if example.answer is not None:
            content = responses[str(example.status)]["content"][example.answer_type]
            value = {"summary": example.summary, "value": example.answer}
            content.setdefault("examples", {})[example.name] = value
    return responses


def _with_example(
    given: Iterable[Mapping[str, Any]], parameters: Iterable[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield parameters, each with the first value that an example gives it."""
    values = dict(chain.from_iterable(reversed([[*each.items()] for each in given])))
    for parameter in parameters:
        name = parameter["name"]
        yield {**parameter, "example": values[name]} if name in values else parameter


def _tag(route: RouteSpec) -> str:
    """Return the tag of the area that serves a route. A route outside the site map (in tests) gets the service's."""
    mapped = ROUTES.get(f"{route.method} {route.path}")
    return TAGS["http" if mapped is None else mapped.area].name


def _description(route: RouteSpec) -> str:
    guard = route.permission
    if isinstance(guard, Audience):
        return route.description
    needed = f"`{guard.value}`" if isinstance(guard, Permission) else str(guard)
    return f"{route.description}\n\nNeeds the permission {needed}.".strip()


def _security(route: RouteSpec) -> list[dict[str, list[str]]]:
    if route.permission is PUBLIC:
        return []
    return [{"bearer": []}, {}] if route.permission is INTAKE else [{"bearer": []}]


def _path_parameter(name: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": f"^{PARAMETER_PATTERN}$"}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _header_parameter(header: RequestHeader) -> dict[str, Any]:
    return {
        "name": header.name,
        "in": "header",
        "required": False,
        "description": header.description,
        "schema": dict(header.schema),
    }


def _query_parameters(
    route: RouteSpec, schemas: Models, components: dict[str, Schema]
) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    properties, required = query_properties(schemas[route.query, "validation"], components)
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": schema.get("description", ""),
            "schema": schema,
        }
        for name, schema in properties.items()
    ]


def _responses(route: RouteSpec, schemas: Models) -> dict[str, Any]:
    answer = _schema(route.answer, route, schemas)
    media_type = route.media_type or bodies.JSON
    own_headers = route.response_headers
    success = _response("Done.", answer, media_type, own_headers)
    for other in route.formats:
        success["content"][other] = {"schema": _text(other)}
    responses = {str(route.status if route.has_body else 204): success}
    for code, alternate in route.also.items():
        responses[str(code)] = _response(
            alternate.reason, _schema(alternate.answer, route, schemas), media_type, own_headers
        )
    for code in _error_responses(route):
        error_schema = schemas[ConfirmationResponse if code == 409 else ErrorResponse, "serialization"]
        error_headers = [_ERROR_HEADERS[code]] if code in _ERROR_HEADERS else []
        if code in route.also:
            either = {"anyOf": [_schema(route.also[code].answer, route, schemas), error_schema]}
            responses[str(code)] = _response(
                route.also[code].reason, either, bodies.JSON, [*own_headers, *error_headers]
            )
        else:
            responses[str(code)] = _response(_REASONS[code], error_schema, bodies.JSON, error_headers)
    return responses


def _schema(answer: type[BaseModel] | None, route: RouteSpec, schemas: Models) -> dict[str, Any] | None:
    return schemas[answer, "serialization"] if answer else _text(route.media_type)


def _text(media_type: str | None) -> dict[str, Any] | None:
    if media_type is None:
        return None
    return {"type": "object" if media_type == bodies.JSON else "string"}


def _error_responses(route: RouteSpec) -> list[int]:
    codes = [429, 500, 503]
    if route.permission is not PUBLIC:
        codes += [401, 403]
    elif route.body is not None:
        codes += [401]
    if route.parameters or route.method == "DELETE":
        codes += [404]
    if route.body is not None or route.accepts:
        codes += [400, 413, 415]
    if route.query is not None:
        codes += [400]
    return sorted({*codes, 404, 409, 422} if route.method != "GET" else {*codes, 404, 422})


def _response(
    reason: str, schema: dict[str, Any] | None, media_type: str, carried: Iterable[ResponseHeader]
) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": reason,
        "headers": {
            header.name: {"description": header.description, "schema": dict(header.schema)}
            for header in (headers.REQUEST_ID, *carried)
        },
    }
    if schema is not None:
        response["content"] = {media_type: {"schema": schema}}
    return response
