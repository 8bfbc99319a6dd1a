"""The errors of the domain. `http/errors.py` maps each class to one status; `code` is stable."""

from collections.abc import Sequence
from typing import Any

from chalicelib.core.quick_dataclass import dataclass

NEEDS_CREDENTIAL = "This request needs a credential: send the header `Authorization: Bearer <token>`."
BAD_CREDENTIAL = (
    "The credential is not valid. Send the header `Authorization: Bearer <token>`, with a source credential "
    "(lw_source_…) or the ID token of a sign-in."
)


@dataclass(frozen=True)
class FieldError:
    """One bad field: its path, a stable code and a message that never repeats the value."""

    field: str
    code: str
    message: str


class LeadwardenError(Exception):
    """The base class of every error that the system raises on purpose."""

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
    """The request was read, and its values are not acceptable; `fields` lists every bad one."""

    code = "invalid"


class Unauthenticated(LeadwardenError):
    """The credential is missing or not valid (ACC-6)."""

    code = "unauthenticated"


class Forbidden(LeadwardenError):
    """The credential is valid and does not allow this action (ACC-6)."""

    code = "forbidden"


class NotFound(LeadwardenError):
    """The item does not exist, or belongs to a project the user is not in. Both look the same (ACC-4)."""

    code = "not_found"


class Conflict(LeadwardenError):
    """The item's state does not allow the action; the code says why (`version_conflict`, `immutable`, …)."""

    code = "conflict"


class TooLarge(LeadwardenError):
    """The body is longer than the route accepts."""

    code = "too_large"


class UnsupportedMediaType(LeadwardenError):
    """The route does not read this content type."""

    code = "unsupported_media_type"


class Throttled(LeadwardenError):
    """There were too many requests. The next one may come after `retry_after_s` seconds."""

    code = "throttled"

    def __init__(self, message: str, retry_after_s: int = 60) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(LeadwardenError):
    """A check or a write was not possible in time. Nothing was decided, and the request may be repeated."""

    code = "unavailable"
    retry_after_s = 2


class RequestFault(Exception):
    """A service of AWS refused a request of ours as invalid: the same request can never succeed, so nothing repeats it.

    It is a fault of our code, and not `Unavailable`. The API answers 500, and a stream record is parked.
    """


@dataclass(frozen=True)
class Effect:
    """The effect of an action that cannot be undone, in a sentence and in numbers (RET-12)."""

    summary: str
    numbers: dict[str, Any]


class ConfirmationRequired(LeadwardenError):
    """The action needs a confirmation, which will be bound to `binding` (RET-12)."""

    code = "confirmation_required"

    def __init__(self, effect: Effect, binding: tuple[str, ...]) -> None:
        super().__init__("This action needs a confirmation: repeat the request with the token in `confirm`.")
        self.effect = effect
        self.binding = binding
