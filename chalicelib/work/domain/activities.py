"""What a user may record on a lead: a comment, a call, a call tag (WRK-3)."""

from dataclasses import dataclass
from typing import Any, Literal

from chalicelib.core.errors import FieldError, Invalid
from chalicelib.core.times import iso
from chalicelib.leads.domain.lead_work import require_in_work
from chalicelib.leads.domain.leads import Facts
from chalicelib.organisation.domain.configuration import Project

DIRECTIONS = ("outgoing", "incoming")
RESULTS = ("answered", "no_answer", "busy", "voicemail", "wrong_number", "failed")


@dataclass(frozen=True)
class Comment:
    """Free text: it is personal data, and lives and dies with the person."""

    text: str
    kind: Literal["comment"] = "comment"


@dataclass(frozen=True)
class LoggedCall:
    """A call: when it was (None: now), which way, what came of it, how long, and whether the person asked for none."""

    direction: str
    result: str
    minutes: int | None = None
    at: int | None = None
    do_not_call: bool = False
    kind: Literal["call"] = "call"


@dataclass(frozen=True)
class CallTag:
    """One of the project's words for a call."""

    tag: str
    kind: Literal["call_tag"] = "call_tag"


Recordable = Comment | LoggedCall | CallTag


def require_recordable(activity: Recordable, facts: Facts, project: Project, now: int) -> None:
    """Raise Conflict for a lead nobody works, Invalid for a tag the project lacks or a call yet to come."""
    require_in_work(facts, now)
    if isinstance(activity, CallTag) and activity.tag not in project.call_tags:
        raise _invalid("tag", "choice", "The project has no such call tag.")
    if (
        isinstance(activity, LoggedCall)
        and activity.at is not None
        and not facts.received_at <= activity.at <= now
    ):
        raise _invalid(
            "at", "out_of_range", "A call took place after the lead came in, and not later than now."
        )


def history_detail(activity: Recordable) -> dict[str, Any]:
    """Return what the history keeps of it: never a comment's text (data-model.md, Facts and person)."""
    match activity:
        case Comment():
            return {}
        case CallTag(tag):
            return {"tag": tag}
        case LoggedCall():
            given = {
                "minutes": activity.minutes,
                "called_at": None if activity.at is None else iso(activity.at),
            }
            said = {"do_not_call": True} if activity.do_not_call else {}
            kept = {name: value for name, value in given.items() if value is not None}
            return {"direction": activity.direction, "result": activity.result, **kept, **said}


def _invalid(field: str, code: str, message: str) -> Invalid:
    return Invalid("Some fields are not acceptable.", fields=[FieldError(field, code, message)])
