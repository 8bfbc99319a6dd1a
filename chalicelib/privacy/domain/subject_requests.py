"""Requests of persons, and the clock of each (PRI-34). No personal data stands here: leads are named by id."""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar
from zoneinfo import ZoneInfo

from chalicelib.core.access import Actor
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.organisation.domain.configuration import ConfigItem

MAX_AGE_DAYS = 366


class SubjectRequestKind(StrEnum):
    """What a person asks for."""

    ACCESS = "access"
    ERASE = "erase"
    CORRECT = "correct"
    OBJECT = "object"


class SubjectRequestState(StrEnum):
    """Whether it is still to be answered."""

    OPEN = "open"
    CLOSED = "closed"


class SubjectRequestAnswer(StrEnum):
    """What the person was answered; a list, because free text would be about somebody."""

    FULFILLED = "fulfilled"
    PARTLY_FULFILLED = "partly_fulfilled"
    NOTHING_HELD = "nothing_held"
    IDENTITY_NOT_PROVEN = "identity_not_proven"
    EXEMPT = "exempt"
    WITHDRAWN = "withdrawn"


class LegalClock(StrEnum):
    """By which law the answer is due: one month and two more (GDPR), or 45 days and 45 more (CCPA)."""

    GDPR = "gdpr"
    CCPA = "ccpa"


@dataclass(frozen=True, kw_only=True)
class SubjectRequest(ConfigItem):
    """One request: what, since when, until when, how far; `project_ids` are those of its leads."""

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
        """Tell whether it is open past its due day."""
        return self.state is SubjectRequestState.OPEN and today > self.due_on


def day_in(now: int, zone: str) -> str:
    """Return the day it is in a zone."""
    return datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(zone)).date().isoformat()


def due_on(received_on: str, clock: LegalClock, *, extended: bool = False) -> str:
    """Return the last day for the answer: a month is a calendar month, cut to the last day of a shorter one."""
    day = date.fromisoformat(received_on)
    if clock is LegalClock.CCPA:
        return (day + timedelta(days=90 if extended else 45)).isoformat()
    years, month = divmod(day.month - 1 + (3 if extended else 1), 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1])).isoformat()


def may_see(actor: Actor, request: SubjectRequest) -> bool:
    """Tell whether the request exists for the actor: all its leads are in projects of theirs (ACC-4)."""
    return all(actor.belongs_to(project_id) for project_id in request.project_ids)


def require_received(received_on: str, today: str) -> None:
    """Raise Invalid for a day that is to come, or more than a year ago."""
    earliest = (date.fromisoformat(today) - timedelta(days=MAX_AGE_DAYS)).isoformat()
    if not earliest <= received_on <= today:
        raise _invalid("received_on", "out_of_range", "Must be a day of the last year, today at the latest.")


def require_complete(request: SubjectRequest) -> None:
    """Raise Invalid where state and answer do not fit, or the due lies outside of what the clock allows."""
    if (request.state is SubjectRequestState.CLOSED) != (request.answer is not None):
        raise _invalid("answer", "required", "A closed request has an answer, an open one has none.")
    if not request.received_on <= request.due_on <= due_on(request.received_on, request.clock, extended=True):
        raise _invalid("due_on", "out_of_range", "Must lie within the clock and its one extension.")


def _invalid(field: str, code: str, message: str) -> Invalid:
    return Invalid("Some fields are not acceptable.", fields=[FieldError(field, code, message)])
