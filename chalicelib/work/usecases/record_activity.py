"""Record an activity on a lead; the inactivity clock starts anew in the same write (WRK-3)."""

from dataclasses import dataclass, replace

from chalicelib.aws import secrets
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import Invalid
from chalicelib.core.identifiers import content_digest, require_key
from chalicelib.core.times import local_day
from chalicelib.leads.domain import lead_work
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.domain.person_size import MAX_COMMENT_BYTES, comment_too_long
from chalicelib.leads.store import people
from chalicelib.leads.usecases.get_project_of import get_project_of
from chalicelib.leads.usecases.work_lead import LeadUpdate, work_lead
from chalicelib.ledger.domain.entries import entry_id
from chalicelib.work.domain import activities
from chalicelib.work.domain.activities import Comment, LoggedCall, Recordable
from chalicelib.work.usecases.do_not_call import do_not_call


@dataclass(frozen=True)
class Recording:
    """The activity, its idempotency key if there is one, and the day of the next follow-up if one is set."""

    activity: Recordable
    key: str | None = None
    follow_up_on: str | None = None


def record_activity(actor: Actor, lead_id: str, recording: Recording, request_id: str, now: int) -> Facts:
    """Record a comment, a call or a call tag on a lead the actor works; return the facts after it.

    A comment's text is stored with the person, and ends with it. A call with *do not call* first blocks the lead's
    phone numbers for the project (PRI-12). The same content again under a key changes nothing. Raise Invalid
    `key_reused` for other content, NotFound (ACC-4), Conflict for a lead that cannot be worked, Invalid.
    """
    mark = _mark(actor, lead_id, recording)

    def compute(facts: Facts) -> LeadUpdate | None:
        if mark and facts.activity_mark == mark:
            return None
        if mark and facts.activity_mark.startswith(_key_digest(actor, lead_id, recording)):
            raise Invalid("This idempotency key was used for other content.", "key_reused")
        project = get_project_of(facts, now)
        activity = activities.dated(recording.activity, facts, project.zone)
        activities.require_recordable(activity, facts, project, now)
        marked = replace(lead_work.reclassified(facts, project), activity_mark=mark or facts.activity_mark)
        after = lead_work.touched(_with_comment(marked, activity), now)
        if recording.follow_up_on is not None:
            after = lead_work.followed_up(after, recording.follow_up_on, local_day(now, actor.zone))
        if isinstance(activity, LoggedCall) and activity.do_not_call:
            do_not_call(actor, facts, request_id, now)
        history = _history(activity, recording.follow_up_on)
        return LeadUpdate(activity.kind, after, history, _comment_writes(facts, recording, now))

    return work_lead(actor, lead_id, Permission.LEADS_WORK, compute, now)


def _mark(actor: Actor, lead_id: str, recording: Recording) -> str:
    """Return the mark of an activity with a key: a digest of the key, then a keyed digest of the content.

    By a plain digest, a guessed text could be confirmed after the person is gone (data-model.md, Facts and person).
    """
    if recording.key is None:
        return ""
    require_key(recording.key)
    content = {"activity": repr(recording.activity), "follow_up_on": recording.follow_up_on}
    return _key_digest(actor, lead_id, recording) + content_digest(secrets.identity_key(), content)


def _key_digest(actor: Actor, lead_id: str, recording: Recording) -> str:
    return entry_id("activity", actor.id, lead_id, recording.key)


def _with_comment(facts: Facts, activity: Recordable) -> Facts:
    """Return the facts with the bytes of the comment counted. Raise Invalid if the lead has no room for it (WRK-3)."""
    if not isinstance(activity, Comment):
        return facts
    total = facts.comment_bytes + len(activity.text.encode())
    if total > MAX_COMMENT_BYTES:
        raise Invalid("The comment is too long.", fields=[comment_too_long()])
    return replace(facts, comment_bytes=total)


def _history(activity: Recordable, follow_up_on: str | None) -> dict[str, object]:
    follow_up = {"follow_up_on": follow_up_on} if follow_up_on else {}
    return {**activities.history_detail(activity), **follow_up}


def _comment_writes(facts: Facts, recording: Recording, now: int) -> list[batch.Write]:
    if not isinstance(recording.activity, Comment):
        return []
    name = entry_id("comment", facts.lead_id, facts.version, now)
    return [people.add_comment(facts, name, recording.activity.text, now)]
