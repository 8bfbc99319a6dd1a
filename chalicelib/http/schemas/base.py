"""The base of all requests and answers of the API: strict input, exact output, errors that never repeat a value."""

import functools
import operator
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from chalicelib.core.errors import FieldError, Invalid

_NAME_LENGTH = 64


class Contract(BaseModel):
    """A request or an answer: no unknown keys, no coercion, immutable."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        defer_build=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Print no values: a repr must not show personal data or a password."""
        return ()


class Confirmable(Contract):
    """A body whose action may need a confirmation: the second call has the token (RET-12)."""

    confirm: str | None = Field(default=None, max_length=2048, description="The token of the first call.")


class Query(BaseModel):
    """The query string of a route: single values, read from text, no unknown names."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, defer_build=True, hide_input_in_errors=True, allow_inf_nan=False
    )


class ConfirmQuery(Query):
    """The query of a DELETE that may need a confirmation (RET-12)."""

    confirm: str | None = Field(default=None, max_length=2048, description="The token of the first call.")


class PageQuery(Query):
    """The query of a list: the size of a page, and where it continues."""

    limit: int = Field(default=50, ge=1, le=200, description="How many items a page holds.")
    cursor: str | None = Field(default=None, max_length=4096, description="`next` of the page before.")


def optional_field(description: str | None = None) -> Any:
    """Return a field of an answer that is left out, instead of null, if it has no value."""
    return Field(default=None, exclude_if=is_none, description=description)


def value_error(code: str, message: str) -> PydanticCustomError:
    """Return the error for a validator of a contract. `message` must not repeat the value."""
    return PydanticCustomError("lw:" + code, "{message}", {"message": message})


def invalid(error: ValidationError, model: type[BaseModel] | None = None) -> Invalid:
    """Translate pydantic's error: each bad field with a code and a message, without its value (INT-7)."""
    details = error.errors(include_url=False, include_input=False)
    fields = tuple(_field_error(detail, model) for detail in details)
    return Invalid("Some fields are not acceptable.", fields=fields)


def _field_error(detail: ErrorDetails, model: type[BaseModel] | None) -> FieldError:
    from chalicelib.http.schemas.messages import code_and_message  # only for a bad request

    kind = detail["type"]
    field = ".".join(_part(part) for part in detail["loc"]) or "*"
    if kind.startswith("lw:"):
        return FieldError(field, kind[3:], detail["msg"])
    return FieldError(field, *code_and_message(kind, detail.get("ctx", {}), detail["loc"], model))


def _part(part: int | str) -> str:
    """Return one step of a field's path. A key that does not look like a name is hidden: it may be a value."""
    text = str(part)
    plain = text.replace("_", "").replace("-", "")
    return text if len(text) <= _NAME_LENGTH and plain.isascii() and plain.isalnum() else "*"


is_none = functools.partial(operator.is_, None)
"""Return True for None. It is called for each optional field of an answer, so it runs without Python code (B3)."""
