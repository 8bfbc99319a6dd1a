"""The mapping of errors to statuses and bodies. No other module does this."""

import json
import sys
from typing import Any

from chalicelib import observability
from chalicelib.core import errors

STATUS: dict[type[errors.LeadwardenError], int] = {
    errors.Malformed: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.ConfirmationRequired: 409,
    errors.TooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.Invalid: 422,
    errors.Throttled: 429,
    errors.Unavailable: 503,
}


def status_of(error: errors.LeadwardenError) -> int:
    """Return the status of an error: that of its nearest class in the table."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def headers_of(error: errors.LeadwardenError) -> dict[str, str]:
    """Return the headers that belong to an error."""
    if isinstance(error, errors.Throttled | errors.Unavailable):
        return {"Retry-After": str(error.retry_after_s)}
    if isinstance(error, errors.Unauthenticated):
        return {"WWW-Authenticate": "Bearer"}
    return {}


def error_body(code: str, message: str, fields: tuple[errors.FieldError, ...] = ()) -> dict[str, Any]:
    """Return the body of an error response. All errors have this shape."""
    error: dict[str, Any] = {"code": code, "message": message}
    if fields:
        error["fields"] = [
            {"field": item.field, "code": item.code, "message": item.message} for item in fields
        ]
    return {"error": error}


def internal(request_id: str) -> str:
    """Log the current exception by type and frames only, and return the body of the 500."""
    observability.log_failure(sys.exception(), request_id=request_id)
    message = f"The server failed to answer this request. Please report the request id {request_id}."
    return json.dumps(error_body("internal", message))
