"""The activities that a user may record on a lead: a comment, a call, a call tag (WRK-3)."""

from typing import Any, Literal

from chalicelib.core.errors import FieldError, Invalid
from chalicelib.core.listing import listed
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.times import iso
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
    """A call: time (None: now), direction, result, duration, and whether the person asked not to be called."""

    direction: str
    result: str
    minutes: int | None = None
    at: int | None = None
    do_not_call: bool = False
    kind: Literal["call"] = "call"


@dataclass(frozen=True)
class CallTag:
    """One of the project's tags for calls."""

    tag: str
    kind: Literal["call_tag"] = "call_tag"


Recordable = Comment | LoggedCall | CallTag


def require_recordable(activity: Recordable, facts: Facts, project: Project, now: int) -> None:
    """Raise Conflict for a lead that cannot be worked, Invalid for an unknown tag or a call in the future."""
    require_in_work(facts, now)
    if isinstance(activity, CallTag) and activity.tag not in project.call_tags:
        raise _invalid(
            "tag", "choice", f"The project has no such call tag; it has: {listed(project.call_tags)}."
        )
    if (
        isinstance(activity, LoggedCall)
        and activity.at is not None
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
                "called_at": None if activity.at is None else iso(activity.at),
            }
            do_not_call = {"do_not_call": True} if activity.do_not_call else {}
            known = {name: value for name, value in times.items() if value is not None}
            return {"direction": activity.direction, "result": activity.result, **known, **do_not_call}


def _invalid(field: str, code: str, message: str) -> Invalid:
    return Invalid("Some fields are not acceptable.", fields=[FieldError(field, code, message)])
