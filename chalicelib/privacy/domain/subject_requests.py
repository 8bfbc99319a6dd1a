"""Subject requests with their statutory time to answer (PRI-34). They name leads by id, without personal data."""

import calendar
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar
from zoneinfo import ZoneInfo

from chalicelib.core.access import Actor
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.organisation.domain.configuration import ConfigItem

MAX_AGE_DAYS = 366


class SubjectRequestKind(StrEnum):
    """The kind of a request."""

    ACCESS = "access"
    ERASE = "erase"
    CORRECT = "correct"
    OBJECT = "object"


class SubjectRequestState(StrEnum):
    """Whether the request is answered."""

    OPEN = "open"
    CLOSED = "closed"


class SubjectRequestAnswer(StrEnum):
    """The answer to the person. It is a list, because free text would contain personal data."""

    FULFILLED = "fulfilled"
    PARTLY_FULFILLED = "partly_fulfilled"
    NOTHING_HELD = "nothing_held"
    IDENTITY_NOT_PROVEN = "identity_not_proven"
    EXEMPT = "exempt"
    WITHDRAWN = "withdrawn"


class LegalClock(StrEnum):
    """The law that sets the time: one month and two more (GDPR), or 45 days and 45 more (CCPA)."""

    GDPR = "gdpr"
    CCPA = "ccpa"


@dataclass(frozen=True, kw_only=True)
class SubjectRequest(ConfigItem):
    """One request: its kind, its days, its state; `project_ids` are the projects of its leads."""

    CONFIG_KIND: ClassVar[str] = "request"

    kind: SubjectRequestKind
    clock: LegalClock
    received_on: str
    due_on: str
    state: SubjectRequestState = SubjectRequestState.OPEN
    answer: SubjectRequestAnswer | None = None
    lead_ids: tuple[str, ...] = ()
    project_ids: tuple[str, ...] = ()

    def is_late(self, today: str) -> bool:
        """Return True if the request is open after its last day."""
        return self.state is SubjectRequestState.OPEN and today > self.due_on


def day_in(now: int, zone: str) -> str:
    """Return the current day in a zone."""
    return datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(zone)).date().isoformat()


def due_on(received_on: str, clock: LegalClock, *, extended: bool = False) -> str:
    """Return the last day for the answer. A month is a calendar month, cut to the last day of a shorter one."""
    day = date.fromisoformat(received_on)
    if clock is LegalClock.CCPA:
        return (day + timedelta(days=90 if extended else 45)).isoformat()
    years, month = divmod(day.month - 1 + (3 if extended else 1), 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1])).isoformat()


def may_see_request(actor: Actor, request: SubjectRequest) -> bool:
    """Return True if the actor may see the request: all its leads are in the actor's projects (ACC-4)."""
    return all(actor.belongs_to(project_id) for project_id in request.project_ids)


def require_received(received_on: str, today: str) -> None:
    """Raise Invalid for a day in the future, or more than a year ago."""
    earliest = (date.fromisoformat(today) - timedelta(days=MAX_AGE_DAYS)).isoformat()
    if not earliest <= received_on <= today:
        raise _invalid("received_on", "out_of_range", "Must be a day of the last year, today at the latest.")


def require_complete(request: SubjectRequest) -> None:
    """Raise Invalid if state and answer contradict, or if the last day is later than the law allows."""
    if (request.state is SubjectRequestState.CLOSED) != (request.answer is not None):
        raise _invalid("answer", "required", "A closed request needs an answer; an open one cannot have one.")
    if not request.received_on <= request.due_on <= due_on(request.received_on, request.clock, extended=True):
        raise _invalid("due_on", "out_of_range", "Must be within the statutory time and its one extension.")


def _invalid(field: str, code: str, message: str) -> Invalid:
    return Invalid("Some fields are not acceptable.", fields=[FieldError(field, code, message)])
