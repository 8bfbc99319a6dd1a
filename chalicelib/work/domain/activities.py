"""What a user may record on a lead in one request: a call, call tags, a comment, stage, outcome, follow-up (WRK-3)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace
from functools import partial
from typing import Any, Literal, NamedTuple

from chalicelib.core.errors import Conflict, FieldError, Invalid
from chalicelib.core.listing import listed
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.times import Moment, ends_at, iso, starts_at
from chalicelib.leads.domain import lead_work
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.domain.person_size import MAX_COMMENT_BYTES, comment_too_long
from chalicelib.organisation.domain.configuration import Project

DIRECTIONS = ("outgoing", "incoming")
RESULTS = ("answered", "no_answer", "busy", "voicemail", "wrong_number", "failed")
_ALWAYS = ("comment", "call", "call_tag")


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


@dataclass(frozen=True)
class Conversation:
    """What one request records on a lead, all or nothing: a call, call tags, a comment, stage, outcome, follow-up.

    With `is_single` the request has the fields of one activity (`at`, `tag`, `text`) instead of these names.
    """

    call: LoggedCall | None = None
    tags: tuple[CallTag, ...] = ()
    comment: Comment | None = None
    stage: str | None = None
    outcome: str | None = None
    follow_up_on: str | None = None
    is_single: bool = field(default=False, compare=False, repr=False)

    @property
    def activities(self) -> tuple[Recordable, ...]:
        """Return the call, the tags and the comment, in the order of the history."""
        return tuple(one for one in (self.call, *self.tags, self.comment) if one is not None)

    @property
    def only_activity(self) -> Recordable | None:
        """Return the call, tag or comment if nothing is recorded with it besides a follow-up."""
        alone = len(self.activities) == 1 and self.stage is None and self.outcome is None
        return self.activities[0] if alone else None

    @property
    def asks_not_to_be_called(self) -> bool:
        """Return True if the person asked in the call not to be called again (PRI-12)."""
        return self.call is not None and self.call.do_not_call


class Step(NamedTuple):
    """One thing as it is recorded: its action, the facts before and after it, and the detail for the history."""

    action: str
    before: Facts
    after: Facts
    detail: dict[str, Any]


_Change = Callable[[Facts], Facts]


def single(activity: Recordable, follow_up_on: str | None = None) -> Conversation:
    """Return one call, tag or comment, perhaps with the next follow-up, as a request of its own."""
    match activity:
        case Comment():
            return Conversation(comment=activity, follow_up_on=follow_up_on, is_single=True)
        case CallTag():
            return Conversation(tags=(activity,), follow_up_on=follow_up_on, is_single=True)
        case LoggedCall():
            return Conversation(call=activity, follow_up_on=follow_up_on, is_single=True)


def dated(conversation: Conversation, facts: Facts, zone: str) -> Conversation:
    """Return the request; a call on a day gets its first second in the zone, but not one before the lead came."""
    call = conversation.call
    if call is None or call.at is None:
        return conversation
    came_before_the_end = facts.received_at < ends_at(call.at, zone)
    start = starts_at(call.at, zone)
    at = max(start, facts.received_at) if came_before_the_end else start
    return replace(conversation, call=replace(call, at=at))


def steps_of(conversation: Conversation, facts: Facts, project: Project, today: str, now: int) -> list[Step]:
    """Return what is recorded, step by step: each as a request of its own would be (WRK-3).

    What changes nothing, such as the same stage, has no step. The next follow-up comes last: a lead that this
    request closes takes none. It is in the entry of the activity if it comes with nothing else. Raise Conflict for a
    lead that cannot be worked or is closed, Invalid with the errors of all steps.
    """
    lead_work.require_in_work(facts, now)
    steps: list[Step] = []
    problems: list[Invalid | Conflict] = []
    after = facts
    for action, change, detail in _changes(conversation, facts, project, today, now):
        before = after
        try:
            after = change(before)
        except (Invalid, Conflict) as problem:
            problems.append(problem)
            continue
        if after != before or action in _ALWAYS:
            steps.append(Step(action, before, after, detail))
    _raise_all(problems)
    if conversation.only_activity is None or conversation.follow_up_on is None:
        return steps
    detail = {**steps[0].detail, "follow_up_on": conversation.follow_up_on}
    return [Step(steps[0].action, facts, after, detail)]


def _raise_all(problems: Sequence[Invalid | Conflict]) -> None:
    """Raise Invalid with the errors of all steps, or without any the Conflict of one."""
    errors = [error for problem in problems for error in problem.fields]
    if errors:
        raise Invalid("Some fields are not acceptable.", fields=errors)
    if problems:
        raise problems[0]


def _changes(
    conversation: Conversation, facts: Facts, project: Project, today: str, now: int
) -> Iterator[tuple[str, _Change, dict[str, Any]]]:
    """Yield the action, the change of the facts and the detail of each step, in the order in which they apply."""
    for number, activity in enumerate(conversation.activities):
        name = _field_of(activity, conversation.is_single, number - (conversation.call is not None))
        yield activity.kind, partial(_recorded, activity, name, project, now), history_detail(activity)
    stage, outcome, day = conversation.stage, conversation.outcome, conversation.follow_up_on
    if stage is not None:
        shown = {"from": facts.stage, "to": stage}
        yield "stage", lambda before: lead_work.staged(before, stage, project, now), shown
    if outcome is not None:
        shown = {"from": facts.outcome, "to": outcome}
        yield "outcome", lambda before: lead_work.with_outcome(before, outcome, project, now), shown
    if day is not None:
        yield "follow_up", lambda before: lead_work.followed_up(before, day, today), {"on": day}


def _recorded(activity: Recordable, name: str, project: Project, now: int, facts: Facts) -> Facts:
    """Return the facts after a call, tag or comment. Raise Invalid for one that cannot be, `name` is its field."""
    match activity:
        case CallTag(tag):
            if tag not in project.call_tags:
                message = f"The project has no such call tag; it has: {listed(project.call_tags)}."
                raise _invalid(name, "choice", message)
        case LoggedCall():
            if isinstance(activity.at, int) and not facts.received_at <= activity.at <= now:
                message = "The time of a call must be after the lead's receipt and not in the future."
                raise _invalid(name, "out_of_range", message)
        case Comment(text):
            total = facts.comment_bytes + len(text.encode())
            if total > MAX_COMMENT_BYTES:
                raise Invalid("The comment is too long.", fields=[comment_too_long(name)])
            facts = replace(facts, comment_bytes=total)
    return lead_work.touched(lead_work.reclassified(facts, project), now)


def _field_of(activity: Recordable, is_single: bool, tag: int) -> str:
    """Return the field of the request that an error of the activity names; `tag` is the number of the tag."""
    match activity:
        case Comment():
            return "text" if is_single else "comment"
        case CallTag():
            return "tag" if is_single else f"tags.{tag}"
        case LoggedCall():
            return "at" if is_single else "call.at"


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
