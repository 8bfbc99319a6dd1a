"""The one place where what went wrong becomes a status and a body."""

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
    """Return the status of a refusal: that of the nearest class in the table."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def headers_of(error: errors.LeadwardenError) -> dict[str, str]:
    """Return the headers that belong to a refusal."""
    if isinstance(error, errors.Throttled | errors.Unavailable):
        return {"Retry-After": str(error.retry_after_s)}
    if isinstance(error, errors.Unauthenticated):
        return {"WWW-Authenticate": "Bearer"}
    return {}


def shape(code: str, message: str, fields: tuple[errors.FieldError, ...] = ()) -> dict[str, Any]:
    """Return the one shape every error is answered in."""
    error: dict[str, Any] = {"code": code, "message": message}
    if fields:
        error["fields"] = [
            {"field": item.field, "code": item.code, "message": item.message} for item in fields
        ]
    return {"error": error}


def internal(request_id: str) -> str:
    """Log the exception being handled by type and frames only, and return the body of the 500."""
    observability.log_failure(sys.exception(), request_id=request_id)
    message = f"Something went wrong on our side. Please quote the request id {request_id}."
    return json.dumps(shape("internal", message))
