"""The shape of all errors, and of the request for a confirmation (RET-12)."""

from typing import Any

from pydantic import ConfigDict, Field

from chalicelib.http.schemas.base import Contract


class FieldProblem(Contract):
    """One bad field: its path, a stable code, and a message that never repeats the value."""

    field: str
    code: str
    message: str


class ErrorDetail(Contract):
    """An error: a stable code and a message for people."""

    code: str
    message: str
    fields: list[FieldProblem] = Field(default_factory=list)


class ErrorResponse(Contract):
    """The shape of all errors."""

    error: ErrorDetail


class EffectDetail(Contract):
    """The effect of an action that is not confirmed yet, in words and numbers."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Any]
    summary: str


class ConfirmationResponse(Contract):
    """A conflict. For `confirmation_required` it has the effect, and the token for the repeated request."""

    error: ErrorDetail
    effect: EffectDetail | None = None
    confirm: str | None = None
