"""What can go wrong, in domain words. `http/errors.py` maps each class to one status; `code` is stable."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FieldError:
    """One bad field: its path, a stable code and a message that never repeats what was typed."""

    field: str
    code: str
    message: str


class LeadwardenError(Exception):
    """The base of every refusal the system makes on purpose."""

    code = "error"

    def __init__(self, message: str, code: str | None = None, fields: Sequence[FieldError] = ()) -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.message = message
        self.fields = tuple(fields)


class Malformed(LeadwardenError):
    """The request cannot be read at all (bad JSON, bad cursor, forged token)."""

    code = "malformed"


class Invalid(LeadwardenError):
    """The request was read and its values are not acceptable; `fields` lists every one of them."""

    code = "invalid"


class Unauthenticated(LeadwardenError):
    """No credential, or one that is not valid (ACC-6)."""

    code = "unauthenticated"


class Forbidden(LeadwardenError):
    """A valid credential that may not do this (ACC-6)."""

    code = "forbidden"


class NotFound(LeadwardenError):
    """Absent, or of a project the user is not in: nobody can tell the two apart (ACC-4)."""

    code = "not_found"


class Conflict(LeadwardenError):
    """The thing's state does not allow it; the code says why (`version_conflict`, `immutable`, …)."""

    code = "conflict"


class TooLarge(LeadwardenError):
    """The body is longer than the door takes."""

    code = "too_large"


class UnsupportedMediaType(LeadwardenError):
    """The body's content type is not one the door reads."""

    code = "unsupported_media_type"


class Throttled(LeadwardenError):
    """Too many requests; come back after `retry_after_s` seconds."""

    code = "throttled"

    def __init__(self, message: str, retry_after_s: int = 60) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(LeadwardenError):
    """A check or a write could not be made in time; nothing was decided, the request may be repeated."""

    code = "unavailable"
    retry_after_s = 2


@dataclass(frozen=True)
class Effect:
    """What an irreversible action will do, in a sentence and in numbers (RET-12)."""

    summary: str
    numbers: dict[str, Any]


class ConfirmationRequired(LeadwardenError):
    """The action waits for its confirmation; `binding` is what the confirmation will be bound to (RET-12)."""

    code = "confirmation_required"

    def __init__(self, effect: Effect, binding: tuple[str, ...]) -> None:
        super().__init__("This needs to be confirmed: repeat the request with the token in `confirm`.")
        self.effect = effect
        self.binding = binding
