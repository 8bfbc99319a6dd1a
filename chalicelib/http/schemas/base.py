"""The base of all requests and answers of the API: strict input, exact output, errors that never repeat a value."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from chalicelib.core.errors import FieldError, Invalid

_NAME_LENGTH = 64
_OWN_WORDS = {
    "missing": ("required", "This field is required."),
    "extra_forbidden": ("unknown", "There is no such field."),
    "union_tag_invalid": ("choice", "The kind is not one of the known ones."),
    "union_tag_not_found": ("required", "The kind is required."),
    "value_error": ("invalid", "The value is not acceptable."),
    "assertion_error": ("invalid", "The value is not acceptable."),
    "enum": ("choice", "The value is not one of the known ones."),
    "literal_error": ("choice", "The value is not one of the known ones."),
    "string_pattern_mismatch": ("pattern", "The value does not have the described form."),
    "date_from_datetime_parsing": ("format", "Must be a day, such as 2026-12-21."),
    "date_from_datetime_inexact": ("format", "Must be a day, such as 2026-12-21."),
    "date_parsing": ("format", "Must be a day, such as 2026-12-21."),
    "int_parsing": ("format", "Must be a whole number."),
    "bool_parsing": ("format", "Must be true or false."),
}
_CODES = (
    ("_too_short", "too_short"),
    ("_too_long", "too_long"),
    ("too_short", "too_short"),
    ("too_long", "too_long"),
    ("greater_than", "too_small"),
    ("less_than", "too_large"),
    ("_parsing", "format"),
    ("_type", "type"),
)


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
    return Field(default=None, exclude_if=_is_none, description=description)


def value_error(code: str, message: str) -> PydanticCustomError:
    """Return the error for a validator of a contract. `message` must not repeat the value."""
    return PydanticCustomError("lw:" + code, "{message}", {"message": message})


def invalid(error: ValidationError) -> Invalid:
    """Translate pydantic's error: each bad field with a code and a message, without its value (INT-7)."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    fields = tuple(_field_error(detail) for detail in details)
    return Invalid("Some fields are not acceptable.", fields=fields)


def _field_error(detail: ErrorDetails) -> FieldError:
    kind = detail["type"]
    field = ".".join(_part(part) for part in detail["loc"]) or "*"
    if kind in _OWN_WORDS:
        return FieldError(field, *_OWN_WORDS[kind])
    if kind.startswith("lw:"):
        return FieldError(field, kind[3:], detail["msg"])
    code = next((code for ending, code in _CODES if ending in kind), "invalid")
    return FieldError(field, code, detail["msg"] + ".")


def _part(part: int | str) -> str:
    """Return one step of a field's path. A key that does not look like a name is hidden: it may be a value."""
    text = str(part)
    plain = text.replace("_", "").replace("-", "")
    return text if len(text) <= _NAME_LENGTH and plain.isascii() and plain.isalnum() else "*"


def _is_none(value: object) -> bool:
    return value is None
