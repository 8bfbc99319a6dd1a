"""The one middleware: common headers, errors in one shape, and one log line for each request."""

import json
from collections.abc import Callable

from chalice.app import Request, Response

from chalicelib import clock, observability
from chalicelib.http import errors
from chalicelib.http.request import request_id_of

_ALWAYS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_CODES = {405: "method_not_allowed", 500: "internal"}


def finish(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Let the route answer, add the common headers, and log the route's template without any value."""
    started = clock.monotonic()
    response = get_response(request)
    request_id = request_id_of(request)
    if isinstance(response.body, dict) and "Code" in response.body:
        response.body = _gateway_error(response.status_code)
    response.headers.update(_ALWAYS)
    response.headers["X-Request-Id"] = request_id
    observability.log(
        "INFO",
        "request",
        route=request.path,
        method=request.method,
        status=response.status_code,
        ms=observability.milliseconds(started),
        request_id=request_id,
    )
    return response


def _gateway_error(status: int) -> str:
    """Return the error body for a request that Chalice itself refused."""
    return json.dumps(
        errors.error_body(_CODES.get(status, "malformed"), "The server cannot answer this request.")
    )
