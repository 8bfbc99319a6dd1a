"""The one shape of every error, and of a call for confirmation (RET-12)."""

from typing import Any

from pydantic import ConfigDict, Field

from chalicelib.contracts.base import Contract


class BadField(Contract):
    """One bad field: where, a stable code, and a message for people that never repeats the value."""

    field: str
    code: str
    message: str


class Problem(Contract):
    """What went wrong: a stable code and a message for people."""

    code: str
    message: str
    fields: list[BadField] = Field(default_factory=list)


class ErrorAnswer(Contract):
    """The one shape of every error."""

    error: Problem


class EffectAnswer(Contract):
    """What an action that waits for confirmation will do, in words and in numbers."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Any]
    summary: str


class ConfirmationAnswer(Contract):
    """A conflict; for `confirmation_required`, the effect and the token to repeat the request with."""

    error: Problem
    effect: EffectAnswer | None = None
    confirm: str | None = None
