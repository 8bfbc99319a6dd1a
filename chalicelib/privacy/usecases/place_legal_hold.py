"""A lead is kept beyond its due for a stated ground, and let go again (RET-19)."""

from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core import confirmations
from chalicelib.core.access import Actor, Permission
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import NotFound
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads
from chalicelib.leads.usecases.move_deadline import move_deadline
from chalicelib.leads.usecases.record_change import history_and_ledger
from chalicelib.leads.usecases.update_expiries import update_expiries, write_expiries
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.privacy.domain import legal_holds
from chalicelib.privacy.usecases.finish_erasure import finish_erasure

_TRIES = 4
_CONTENTION = "Others are changing the same lead; repeat the request."


def place_legal_hold(actor: Actor, lead_id: str, ground: str, until: int, now: int) -> Facts:
    """Hold a lead until an instant, at most a year ahead, before its due has come; return the facts after it.

    Raises NotFound for a lead the actor may not see, Conflict `deadline_passed` at or after the due, Invalid for
    an end that cannot be. While the lead is past its due, only the desk reads it. A hold that stands so already
    changes nothing, but completes what a crash left undone.
    """

    def attempt(number: int) -> Facts:
        facts = _seen(actor, lead_id, now)
        after = legal_holds.place_hold(facts, ground, until, now)
        if after == facts:
            return _completed(facts, now)
        return _write(actor, facts, after, "hold", number, now)

    return retrying(attempt, tries=_TRIES, message=_CONTENTION)


def release_legal_hold(actor: Actor, lead_id: str, confirmation: Confirmation | None, now: int) -> Facts:
    """End a lead's legal hold, once that is confirmed; a person past its due goes at once (RET-19, RET-12).

    Raises NotFound for a lead the actor may not see. A lead without a hold is as it should be: nothing changes.
    Repeated after a crash or a lost answer the confirmed call completes what was left undone.
    """

    def attempt(number: int) -> Facts:
        facts = _seen(actor, lead_id, now)
        if facts.retention.has_legal_hold(now):
            return _release(actor, facts, confirmation, number, now)
        repeated = confirmation is not None and facts.confirmed_by == confirmation.digest
        return _completed(facts, now) if repeated else facts

    return retrying(attempt, tries=_TRIES, message=_CONTENTION)


def _release(actor: Actor, facts: Facts, confirmation: Confirmation | None, attempt: int, now: int) -> Facts:
    bound = ("release_hold", actor.id, facts.lead_id, str(facts.version))
    confirmed = confirmations.require(confirmation, legal_holds.effect_of_release(facts, now), bound)
    after = replace(legal_holds.release_hold(facts, now), confirmed_by=confirmed.digest)
    written = _write(actor, facts, after, "hold_released", attempt, now)
    return written if written.is_live(now) else _completed(written, now)


def _completed(facts: Facts, now: int) -> Facts:
    """Give every part its facts' end, or let a person go whose end has come; the facts hide it already."""
    if facts.is_live(now):
        write_expiries(update_expiries(facts, now), facts, now)
        return facts
    finish_erasure(facts.lead_id, "release", now)
    return leads.get(facts.lead_id, now) or facts


def _seen(actor: Actor, lead_id: str, now: int) -> Facts:
    actor.require(Permission.PRIVACY_FORGET)
    facts = leads.get(lead_id, now)
    if facts is None or not actor.belongs_to(facts.project_id):
        raise NotFound("There is no such lead.")
    return facts


def _write(actor: Actor, facts: Facts, after: Facts, action: str, attempt: int, now: int) -> Facts:
    """Write facts and parts together; of a person that goes at once, the facts: its parts are about to be removed."""
    entry_id = ledger_entries.entry_id(action, facts.lead_id, facts.version, now)
    told = legal_holds.describe(after.retention if after.retention.has_legal_hold(now) else facts.retention)
    writes: list[batch.Write] = [
        leads.update_hold(facts, after, now),
        *history_and_ledger(actor, facts, action, entry_id, now, detail=told, history=told),
    ]
    until = after.retention.hold_until
    token = batch.token_of(action, facts.lead_id, facts.version, until, now, attempt)
    if after.is_live(now):
        return move_deadline(facts, after, writes, token, now)
    batch.write(writes, token)
    return replace(after, version=facts.version + 1)
