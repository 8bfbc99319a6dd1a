"""The one shape of every error, and of a call for confirmation (RET-12)."""

from typing import Any

from pydantic import ConfigDict, Field

from chalicelib.http.schemas.base import Contract


class FieldProblem(Contract):
    """One bad field: where, a stable code, and a message for people that never repeats the value."""

    field: str
    code: str
    message: str


class ErrorDetail(Contract):
    """What went wrong: a stable code and a message for people."""

    code: str
    message: str
    fields: list[FieldProblem] = Field(default_factory=list)


class ErrorResponse(Contract):
    """The one shape of every error."""

    error: ErrorDetail


class EffectDetail(Contract):
    """What an action that waits for confirmation will do, in words and in numbers."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Any]
    summary: str


class ConfirmationResponse(Contract):
    """A conflict; for `confirmation_required`, the effect and the token to repeat the request with."""

    error: ErrorDetail
    effect: EffectDetail | None = None
    confirm: str | None = None
