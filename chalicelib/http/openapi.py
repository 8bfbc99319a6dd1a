"""The OpenAPI 3.1 document, made from the routes' declarations and the contracts they name."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from chalicelib.core.access import Permission
from chalicelib.http import bodies
from chalicelib.http.router import INTAKE, PARAMETER_PATTERN, PUBLIC, Audience, RouteSpec
from chalicelib.http.schemas.errors import ConfirmationResponse, ErrorResponse

Models = dict[Any, dict[str, Any]]
_REF = "#/components/schemas/{model}"
_REASONS = {
    400: "The request cannot be read.",
    401: "No credential, or one that is not valid.",
    403: "The credential does not allow this.",
    404: "There is no such thing, or none for you.",
    409: "The thing's state does not allow it, or the action waits for its confirmation.",
    413: "The body is too long.",
    415: "The body's content type is not read here.",
    422: "Some values are not acceptable; `fields` lists every one.",
    429: "Too many requests; see Retry-After.",
    500: "A fault on our side; quote the request id.",
    503: "Nothing was decided; repeat the request after Retry-After seconds.",
}


def document(routes: Iterable[RouteSpec], version: str, url: str) -> dict[str, Any]:
    """Return the whole document; what it says is what the router checks."""
    declared = list(routes)
    schemas, definitions = _schemas(declared)
    paths: dict[str, Any] = {}
    for route in declared:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    bearer = {"type": "http", "scheme": "bearer", "description": "An ID token, or a source credential."}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Leadwarden", "version": version, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": url or "/"}],
        "paths": paths,
        "components": {"schemas": definitions, "securitySchemes": {"bearer": bearer}},
    }


def _schemas(routes: list[RouteSpec]) -> tuple[Models, dict[str, Any]]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {
        (ErrorResponse, "serialization"): None,
        (ConfirmationResponse, "serialization"): None,
    }
    for route in routes:
        if route.body is not None:
            wanted[route.body, "validation"] = None
        for answer in (route.answer, *(also.answer for also in route.also.values())):
            if answer is not None:
                wanted[answer, "serialization"] = None
    schemas, whole = models_json_schema(list(wanted), ref_template=_REF)
    return schemas, whole.get("$defs", {})


def _operation(route: RouteSpec, schemas: Models) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "description": _description(route),
        "tags": [route.path.split("/")[2] if route.path.count("/") > 1 else "reference"],
        "parameters": [*map(_path_parameter, route.parameters), *_query_parameters(route)],
        "responses": _responses(route, schemas),
        "security": _security(route),
    }
    if route.body is not None:
        content = {bodies.JSON: {"schema": schemas[route.body, "validation"]}}
        operation["requestBody"] = {"required": True, "content": content}
    elif route.accepts:
        content = {kind: {"schema": {"type": "object"}} for kind in route.accepts}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


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


def _query_parameters(route: RouteSpec) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    whole = route.query.model_json_schema(ref_template=_REF)
    required = whole.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": schema.get("description", ""),
            "schema": _inlined(schema, whole.get("$defs", {})),
        }
        for name, schema in whole.get("properties", {}).items()
    ]


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """Replace references by what they name: a query's enumerations stand where they are used."""
    if isinstance(schema, list):
        return [_inlined(entry, definitions) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {key: _inlined(entry, definitions) for key, entry in schema.items()}


def _responses(route: RouteSpec, schemas: Models) -> dict[str, Any]:
    answer = _schema(route.answer, route, schemas)
    media_type = route.media_type or bodies.JSON
    status = route.status if route.has_body else 204
    done = _response("Done.", answer, media_type)
    for other in route.formats:
        done["content"][other] = {"schema": _text(other)}
    responses = {str(status): done}
    for code, also in route.also.items():
        responses[str(code)] = _response(also.reason, _schema(also.answer, route, schemas), media_type)
    for code in _error_responses(route):
        refusal = schemas[ConfirmationResponse if code == 409 else ErrorResponse, "serialization"]
        if code in route.also:
            either = {"anyOf": [_schema(route.also[code].answer, route, schemas), refusal]}
            responses[str(code)] = _response(route.also[code].reason, either, bodies.JSON)
        else:
            responses[str(code)] = _response(_REASONS[code], refusal, bodies.JSON)
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


def _response(reason: str, schema: dict[str, Any] | None, media_type: str) -> dict[str, Any]:
    header = {"description": "The id of this request.", "schema": {"type": "string"}}
    response: dict[str, Any] = {"description": reason, "headers": {"X-Request-Id": header}}
    if schema is not None:
        response["content"] = {media_type: {"schema": schema}}
    return response
