"""The activities that a user may record on a lead: a comment, a call, a call tag (WRK-3)."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from chalicelib.core.errors import FieldError, Invalid
from chalicelib.core.listing import listed
from chalicelib.core.times import Moment, ends_at, iso, starts_at
from chalicelib.leads.domain.lead_work import require_in_work
from chalicelib.leads.domain.leads import Facts
from chalicelib.organisation.domain.configuration import Project

DIRECTIONS = ("outgoing", "incoming")
RESULTS = ("answered", "no_answer", "busy", "voicemail", "wrong_number", "failed")


@dataclass(frozen=True)
class Comment:
    """A free text. It is personal data, and is erased with the person."""

    text: str
    kind: Literal["comment"] = "comment"


@dataclass(frozen=True)
class LoggedCall:
    """A call: time (None: now), direction, result, duration, and whether the person asked not to be called.

    `dated` makes a day an instant: do this first.
    """

    direction: str
    result: str
    minutes: int | None = None
    at: Moment | None = None
    do_not_call: bool = False
    kind: Literal["call"] = "call"


@dataclass(frozen=True)
class CallTag:
    """One of the project's tags for calls."""

    tag: str
    kind: Literal["call_tag"] = "call_tag"


Recordable = Comment | LoggedCall | CallTag


def dated(activity: Recordable, facts: Facts, zone: str) -> Recordable:
    """Return the activity; a call on a day gets its first second in the zone, but not one before the lead came."""
    if not isinstance(activity, LoggedCall) or activity.at is None:
        return activity
    came_before_the_end = facts.received_at < ends_at(activity.at, zone)
    start = starts_at(activity.at, zone)
    return replace(activity, at=max(start, facts.received_at) if came_before_the_end else start)


def require_recordable(activity: Recordable, facts: Facts, project: Project, now: int) -> None:
    """Raise Conflict for a lead that cannot be worked, Invalid for an unknown tag or a call in the future."""
    require_in_work(facts, now)
    if isinstance(activity, CallTag) and activity.tag not in project.call_tags:
        raise _invalid(
            "tag", "choice", f"The project has no such call tag; it has: {listed(project.call_tags)}."
        )
    if (
        isinstance(activity, LoggedCall)
        and isinstance(activity.at, int)
        and not facts.received_at <= activity.at <= now
    ):
        raise _invalid(
            "at", "out_of_range", "The time of a call must be after the lead's receipt and not in the future."
        )


def history_detail(activity: Recordable) -> dict[str, Any]:
    """Return the detail of an activity for the history, never a comment's text (data-model.md, Facts and person)."""
    match activity:
        case Comment():
            return {}
        case CallTag(tag):
            return {"tag": tag}
        case LoggedCall():
            times = {
                "minutes": activity.minutes,
                "called_at": iso(activity.at) if isinstance(activity.at, int) else None,
            }
            do_not_call = {"do_not_call": True} if activity.do_not_call else {}
            known = {name: value for name, value in times.items() if value is not None}
            return {"direction": activity.direction, "result": activity.result, **known, **do_not_call}


def _invalid(field: str, code: str, message: str) -> Invalid:
    return Invalid("Some fields are not acceptable.", fields=[FieldError(field, code, message)])
