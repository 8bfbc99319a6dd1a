"""`Api`: a Blueprint whose routes declare who may call them, their input and their answers.

A view gets one `ApiRequest` and the path's parameters. It returns a contract or raises a domain error. This module
makes the HTTP response.
"""

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from chalice.app import Blueprint, Chalice, MultiDict, Request, Response
from pydantic import BaseModel, ValidationError

from chalicelib import clock, observability
from chalicelib.aws.dynamodb import once
from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import (
    NEEDS_CREDENTIAL,
    ConfirmationRequired,
    FieldError,
    Forbidden,
    Invalid,
    LeadwardenError,
    NotFound,
    Unauthenticated,
    UnsupportedMediaType,
)
from chalicelib.http import bodies, errors
from chalicelib.http.authentication import caller_of
from chalicelib.http.headers import Header
from chalicelib.http.lazy_app import LazyChalice
from chalicelib.http.request import ApiRequest, request_id_of
from chalicelib.http.route_spec import (
    ANY_USER,
    INTAKE,
    PUBLIC,
    SOURCE,
    AllOf,
    AlternateResponse,
    AnyOf,
    ApiResponse,
    Audience,
    Requirement,
    RouteSpec,
)
from chalicelib.http.schemas.base import Contract, Query, invalid
from chalicelib.routes import ROUTES

__all__ = [
    "ANY_USER",
    "INTAKE",
    "PUBLIC",
    "SOURCE",
    "AllOf",
    "AlternateResponse",
    "AnyOf",
    "Api",
    "ApiResponse",
    "Audience",
    "Requirement",
    "RouteSpec",
    "route_specs",
]
PARAMETER_PATTERN = "[A-Za-z0-9_.~:=@-]{1,512}"
_PARAMETER = re.compile(PARAMETER_PATTERN)
_DEPTH = 16  # criteria are nested, leads are not (INT-6)
_JSON_HEADERS = {"Content-Type": "application/json"}


class _TextResponse(Response):
    """A response with text: no answer is binary, so Chalice need not compare its type (B3)."""

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:
        """Return the answer as API Gateway takes it."""
        answer: dict[str, Any] = super().to_dict()
        return answer


class Api(Blueprint):
    """The routes of one resource. A route without a permission cannot be registered (ACC-5)."""

    def route(  # type: ignore[override]  # explicit keywords, so that a typo fails at once
        self,
        path: str,
        *,
        permission: Requirement,
        methods: tuple[str, ...] | list[str] = ("GET",),
        body: type[Contract] | None = None,
        query: type[Query] | None = None,
        answer: type[Contract] | None = None,
        status: int = 200,
        also: Mapping[int, str | AlternateResponse] | None = None,
        accepts: Mapping[str, type[BaseModel]] | None = None,
        media_type: str | None = None,
        formats: tuple[str, ...] = (),
        headers: tuple[Header, ...] = (),
        on_refusal: Callable[[ApiRequest[Any, Any], LeadwardenError, str], None] | None = None,
    ) -> Callable[[Callable[..., object]], Callable[..., Response]]:
        """Declare one route.

        These arguments only describe the route: `also` names further statuses (`AlternateResponse` for another
        contract). `accepts` maps the media types of a body that the view reads itself to its contents. `media_type` is
        that of an answer without a contract. `formats` are further media types of the answer, `headers` the headers
        that the view reads or sets. `routes.ROUTES` has a line for each route.
        `on_refusal` is called with the path's parameter for every error that is answered, and raises nothing.

        Example:
            >>> class Greeting(Contract):
            ...     text: str
            >>> api = Api("chalicelib.greetings.handlers")
            >>> @api.route("/v1/greetings/{name}", permission=Permission.LEADS_READ, answer=Greeting)
            ... def get_greeting(request: ApiRequest, name: str) -> Greeting:
            ...     "Greet a user."
            ...     return Greeting(text=f"{name} was greeted by {request.actor.id}.")
        """
        register = super().route(path, methods=list(methods), content_types=[])

        def decorate(view: Callable[..., object]) -> Callable[..., Response]:
            summary, _, rest = (view.__doc__ or "").partition("\n")
            specs = {
                method: RouteSpec(
                    method, path, _operation_id(method, path, view), permission, status, body, query, answer,
                    summary.strip(), " ".join(rest.split()), alternates_of(also, answer), dict(accepts or {}),
                    media_type, formats, headers,
                )
                for method in methods
            }  # fmt: skip

            @functools.wraps(view)
            def respond(**captured: str) -> Response:
                request: Request = self.current_request
                return _respond(request, specs[request.method], view, captured, on_refusal)

            vars(respond)["declarations"] = specs
            register(respond)
            return respond

        return decorate


def _operation_id(method: str, path: str, view: Callable[..., object]) -> str:
    """Return the operation id of the site map. A route outside it (in tests) gets its view's name."""
    route = ROUTES.get(f"{method} {path}")
    return view.__name__ if route is None else route.operation_id


def alternates_of(
    also: Mapping[int, str | AlternateResponse] | None, answer: type[Contract] | None
) -> dict[int, AlternateResponse]:
    """Return the further statuses of a route. A status with only a reason has the contract of the usual answer."""
    return {
        code: AlternateResponse(alternate, answer) if isinstance(alternate, str) else alternate
        for code, alternate in (also or {}).items()
    }


def route_specs(app: Chalice) -> Iterator[RouteSpec]:
    """Yield the declaration of every route. A route registered without `Api.route` raises KeyError (ACC-5)."""
    if isinstance(app, LazyChalice):
        app.load_all()
    for path in sorted(app.routes):
        for method, entry in sorted(app.routes[path].items()):
            yield vars(entry.view_function)["declarations"][method]


def _respond(
    request: Request,
    route: RouteSpec,
    view: Callable[..., object],
    captured: dict[str, str],
    on_refusal: Callable[[ApiRequest[Any, Any], LeadwardenError, str], None] | None,
) -> Response:
    call: ApiRequest[Any, Any] = ApiRequest(request, clock.now(), route.path)
    try:
        with once.request():
            _prepare(call, route)
            result = view(call, **{name: _parameter(value) for name, value in captured.items()})
            return _rendered(_named(result, route, call), route.status)
    except LeadwardenError as error:
        if on_refusal is not None:
            on_refusal(call, error, next(iter(captured.values()), ""))
        return _error_response(error, call)
    except Exception:
        return Response(errors.internal(request_id_of(request)), dict(_JSON_HEADERS), 500)


def _prepare(call: ApiRequest[Any, Any], route: RouteSpec) -> None:
    """Check the caller, then the permission, then the input (ACC-6)."""
    if route.permission is not PUBLIC:
        call.caller = caller_of(call.header("authorization"), call.now)
        _admit(call.caller, route.permission)
    if route.query is not None or call.raw.query_params:
        call.query = _query(call, route.query or Query)
    if route.body is not None:
        call.body = _body(call, route.body)
    token = getattr(call.body, "confirm", None) or getattr(call.query, "confirm", None)
    if token:
        from chalicelib.http import confirmation  # the intake asks for none (B5)

        call.confirmation = confirmation.decrypt(call.actor, token, call.now)


def _admit(caller: Actor | None, requirement: Requirement) -> None:
    if not isinstance(requirement, Audience):
        _require(_require_caller(caller), requirement)
    elif requirement is ANY_USER:
        if _require_caller(caller).kind != "user":
            raise Forbidden("This route is for users only.")
    elif requirement is SOURCE:
        if _require_caller(caller).kind == "user":
            _require_caller(caller).require(Permission.CAMPAIGNS_MANAGE)
    elif caller is not None and caller.kind == "user":
        caller.require(Permission.LEADS_ASSIGN)


def _require(actor: Actor, requirement: Permission | AllOf | AnyOf) -> None:
    if isinstance(requirement, Permission):
        actor.require(requirement)
    elif not requirement.allows(actor.permissions):
        raise Forbidden(f"This needs the permission {requirement}.")


def _require_caller(caller: Actor | None) -> Actor:
    if caller is None:
        raise Unauthenticated(NEEDS_CREDENTIAL)
    return caller


def _query(call: ApiRequest[Any, Any], model: type[Query]) -> Query:
    parameters = call.raw.query_params or MultiDict({})
    if any(len(parameters.getlist(name)) > 1 for name in parameters):
        raise Invalid(
            "Some parameters are not acceptable.",
            fields=[FieldError("*", "repeated", "A parameter may be given only once.")],
        )
    try:
        return model.model_validate(dict(parameters))
    except ValidationError as error:
        raise invalid(error, model) from None


def _body(call: ApiRequest[Any, Any], model: type[Contract]) -> Contract:
    raw = call.raw_body or b"{}"
    if bodies.media_type(call.header("content-type") or "") != bodies.JSON:
        raise UnsupportedMediaType("The body must be JSON: send the header `Content-Type: application/json`.")
    bodies.parse_json(raw, max_depth=_DEPTH)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise invalid(error, model) from None


def _parameter(value: str) -> str:
    text = unquote(value) if "%" in value else value
    if not _PARAMETER.fullmatch(text):
        raise NotFound("Not found.")
    return text


def _named(result: object, route: RouteSpec, call: ApiRequest[Any, Any]) -> object:
    """Return the answer with its names (ACC-12). An answer to a source has none, and the intake starts without them."""
    if route.permission is INTAKE:
        return result
    from chalicelib.http.naming import with_names

    return with_names(call.caller, result, call.now)


def _rendered(result: object, status: int) -> Response:
    answer = result if isinstance(result, ApiResponse) else ApiResponse(status, result)  # type: ignore[arg-type]
    if answer.body is None:
        return Response("", dict(answer.headers), answer.status if isinstance(result, ApiResponse) else 204)
    text = answer.body if isinstance(answer.body, str) else answer.body.model_dump_json()
    return _TextResponse(text, {**_JSON_HEADERS, **answer.headers}, answer.status)


def _error_response(error: LeadwardenError, call: ApiRequest[Any, Any]) -> Response:
    content = errors.error_body(error.code, error.message, error.fields)
    if isinstance(error, ConfirmationRequired):
        from chalicelib.http import confirmation

        content.update(confirmation.offer(error, call))
    headers: dict[str, str | list[str]] = {**_JSON_HEADERS, **errors.headers_of(error)}
    status = errors.status_of(error)
    if status >= 500:
        observability.log_failure(error.__cause__ or error, request_id=call.request_id)
    return Response(content, headers, status)
