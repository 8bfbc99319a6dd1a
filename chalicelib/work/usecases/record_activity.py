"""Record what was done with a lead; the inactivity clock starts anew in the same write (WRK-3)."""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.aws import secrets
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Actor, Permission
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import Effect, Invalid
from chalicelib.core.identifiers import content_digest, require_key
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.times import local_day
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads, people
from chalicelib.leads.usecases.get_project_of import get_project_of
from chalicelib.leads.usecases.move_deadline import move_deadline
from chalicelib.leads.usecases.work_lead import LeadUpdate, entries_of, update_entry_id, work_lead
from chalicelib.ledger.domain.entries import entry_id
from chalicelib.work.domain.activities import Comment, Conversation, Step, dated, steps_of
from chalicelib.work.usecases.do_not_call import do_not_call
from chalicelib.work.usecases.set_outcome import confirmed_deadline


@dataclass(frozen=True)
class Recording:
    """What is recorded, its idempotency key and its confirmation, if there are any."""

    conversation: Conversation
    key: str | None = None
    confirmation: Confirmation | None = None


def record_activity(actor: Actor, lead_id: str, recording: Recording, request_id: str, now: int) -> Facts:
    """Record what was done with a lead the actor works, all or nothing; return the facts after it (WRK-3).

    Each activity has its entry in history and ledger, as a request of its own would have. A comment's text is stored
    with the person, and ends with it. A call with *do not call* first blocks the lead's phone numbers for the project
    (PRI-12). The same content again under a key, or under a used confirmation, changes nothing. Raise Invalid
    `key_reused` for other content, NotFound (ACC-4), Conflict for a lead that cannot be worked, Invalid with the errors
    of all steps, ConfirmationRequired if an outcome moves the deadline (RET-12).
    """
    confirmation, content = recording.confirmation, _content_digest(recording.conversation)
    key_digest = _key_digest(actor, lead_id, recording)
    mark = key_digest and key_digest + content

    def compute(facts: Facts) -> LeadUpdate | None:
        if mark and facts.activity_mark == mark:
            return None
        if key_digest and facts.activity_mark.startswith(key_digest):
            raise Invalid("This idempotency key was used for other content.", "key_reused")
        project = get_project_of(facts, now)
        conversation = dated(recording.conversation, facts, project.zone)
        steps = steps_of(conversation, facts, project, local_day(now, actor.zone), now)
        if not steps:
            return None
        bound = ("record_activity", actor.id, lead_id, str(facts.version), content)
        after, effect = confirmed_deadline(facts, steps[-1].after, confirmation, bound)
        if conversation.asks_not_to_be_called:
            do_not_call(actor, facts, request_id, now)
        after = replace(after, activity_mark=mark or facts.activity_mark)
        entries = _entries(actor, facts, steps, effect, now)
        comment = _comment_writes(facts, after, conversation.comment, steps, now)
        return LeadUpdate("activity", after, extra_writes=[*comment, *entries], effect=effect)

    def write(facts: Facts, update: LeadUpdate) -> Facts:
        token = batch.token_of("activity", lead_id, facts.version, now, actor.id, content)
        if update.effect is not None:
            writes = [leads.move_deadline(facts, update.after, now), *update.extra_writes]
            return move_deadline(facts, update.after, writes, token, now)
        batch.write([leads.update(facts, update.after, now), *update.extra_writes], token)
        return replace(update.after, version=facts.version + 1)

    return work_lead(actor, lead_id, Permission.LEADS_WORK, compute, now, save=write)


def _content_digest(conversation: Conversation) -> str:
    """Return the keyed digest of the content.

    By a plain digest, a guessed text could be confirmed after the person is gone (data-model.md, Facts and person).
    """
    only = conversation.only_activity
    content = (
        {"conversation": repr(conversation)}
        if only is None
        else {"activity": repr(only), "follow_up_on": conversation.follow_up_on}
    )
    return content_digest(secrets.identity_key(), content)


def _key_digest(actor: Actor, lead_id: str, recording: Recording) -> str:
    """Return the digest of the key. A confirmation serves as the key of a request without one."""
    if recording.key is not None:
        require_key(recording.key)
        return entry_id("activity", actor.id, lead_id, recording.key)
    if recording.confirmation is not None:
        return entry_id("confirmed_activity", actor.id, lead_id, recording.confirmation.digest)
    return ""


def _entries(
    actor: Actor, facts: Facts, steps: Sequence[Step], effect: Effect | None, now: int
) -> list[batch.Write]:
    """Return the entries of all steps in history and ledger; that of the outcome has the confirmed effect (PRI-29)."""
    writes: list[batch.Write] = []
    for number, step in enumerate(steps):
        update = LeadUpdate(step.action, step.after, step.detail)
        if effect is not None and step.action == "outcome":
            shown = {**step.detail, "due_at": effect.numbers["due_at"]}
            update = replace(update, history=shown, effect=effect)
        writes += entries_of(actor, step.before, update, now, number=_number(number, steps))
    return writes


def _comment_writes(
    facts: Facts, after: Facts, comment: Comment | None, steps: Sequence[Step], now: int
) -> list[batch.Write]:
    """Return the write of the comment's text under the id of its entry, with the end that the lead has then."""
    if comment is None:
        return []
    number = next(number for number, step in enumerate(steps) if step.action == "comment")
    name = update_entry_id(facts, "comment", now, _number(number, steps))
    return [people.add_comment(after, name, comment.text, now)]


def _number(number: int, steps: Sequence[Step]) -> int | None:
    return number if len(steps) > 1 else None
