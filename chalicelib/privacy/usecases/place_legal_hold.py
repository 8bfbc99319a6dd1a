"""Places and releases legal holds on leads (RET-19)."""

from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core import confirmations
from chalicelib.core.access import Actor, Permission
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.times import Moment, ends_at
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import contact_index, forget_orders, leads, people
from chalicelib.leads.usecases.move_deadline import move_deadline
from chalicelib.leads.usecases.record_change import history_and_ledger
from chalicelib.leads.usecases.update_expiries import update_expiries, write_expiries
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.organisation.usecases.cached_zone import cached_zone
from chalicelib.privacy.domain import legal_holds
from chalicelib.privacy.usecases.finish_past_end import finish_past_end

_TRIES = 4
_CONTENTION = "Others are changing the same lead: repeat the request."


def place_legal_hold(actor: Actor, lead_id: str, ground: str, until: Moment, now: int) -> Facts:
    """Place a legal hold on a lead, at most a year ahead. Return the facts after it.

    A day as the end is included, in the zone of the lead's project.

    Raise NotFound for a lead the actor may not see, Conflict `deadline_passed` from the deadline on, Invalid for an
    end that is not possible. After the deadline only the privacy desk reads the lead. An equal legal hold changes
    nothing, but completes the work after a crash.
    """

    def attempt(number: int) -> Facts:
        facts = _require_visible(actor, lead_id, now)
        end = ends_at(until, cached_zone(facts.project_id, now))
        after = legal_holds.place_hold(facts, ground, end, now)
        if after == facts:
            return _complete(facts, now)
        return _write(actor, facts, after, "hold", number, now)

    return retrying(attempt, tries=_TRIES, message=_CONTENTION)


def release_legal_hold(actor: Actor, lead_id: str, confirmation: Confirmation | None, now: int) -> Facts:
    """Release a lead's legal hold, once confirmed. A person past its deadline is erased at once (RET-19, RET-12).

    Raise NotFound for a lead the actor may not see. Without a legal hold nothing changes.
    A repeated confirmed request completes the work after a crash or a lost answer.
    """

    def attempt(number: int) -> Facts:
        facts = _require_visible(actor, lead_id, now)
        if facts.retention.has_legal_hold(now):
            return _release(actor, facts, confirmation, number, now)
        repeated = confirmation is not None and facts.confirmed_by == confirmation.digest
        return _complete(facts, now) if repeated else facts

    return retrying(attempt, tries=_TRIES, message=_CONTENTION)


def _release(actor: Actor, facts: Facts, confirmation: Confirmation | None, attempt: int, now: int) -> Facts:
    bound = ("release_hold", actor.id, facts.lead_id, str(facts.version))
    confirmed = confirmations.require(confirmation, legal_holds.effect_of_release(facts, now), bound)
    after = replace(legal_holds.release_hold(facts, now), confirmed_by=confirmed.digest)
    written = _write(actor, facts, after, "hold_released", attempt, now)
    return written if written.is_live(now) else _complete(written, now)


def _complete(facts: Facts, now: int) -> Facts:
    """Give every part the end of its facts, or erase a person past its end. The facts hide that person already."""
    if facts.is_live(now):
        write_expiries(update_expiries(facts, now), facts, now)
        return facts
    finish_past_end(facts.lead_id, "release", now)
    return leads.get(facts.lead_id, now) or facts


def _require_visible(actor: Actor, lead_id: str, now: int) -> Facts:
    actor.require(Permission.PRIVACY_FORGET)
    facts = leads.get(lead_id, now)
    if facts is None or not actor.belongs_to(facts.project_id):
        raise NotFound("There is no such lead.")
    return facts


def _index_writes(facts: Facts, after: Facts, now: int) -> list[batch.Write]:
    """Return the writes that list or remove the hold under each contact, so that a forget of any size finds it.

    Placing it raises the version of the forget orders: an order and a legal hold never miss each other (PRI-8a).
    """
    person = people.get_including_expired(facts.lead_id).get(people.PERSON)
    refs = person.refs if person else ()
    until = after.retention.hold_until
    if until is None or not after.retention.has_legal_hold(now):
        return [contact_index.delete_hold(ref, facts.lead_id) for ref in refs]
    seen = forget_orders.read_again(now)
    if not forget_orders.applied([facts], seen, now)[0].is_live(now):
        raise Conflict("A legal hold can only be placed before the lead's deadline.", "deadline_passed")
    listed = [contact_index.put_hold(ref, facts.lead_id, until, now) for ref in refs]
    return [*listed, forget_orders.next_version(seen)]


def _write(actor: Actor, facts: Facts, after: Facts, action: str, attempt: int, now: int) -> Facts:
    """Write facts and parts together. For a person past its end write only the facts: its parts are removed next."""
    entry_id = ledger_entries.entry_id(action, facts.lead_id, facts.version, now)
    detail = legal_holds.hold_fields(
        after.retention if after.retention.has_legal_hold(now) else facts.retention
    )
    writes: list[batch.Write] = [
        leads.update_hold(facts, after, now),
        *history_and_ledger(actor, facts, action, entry_id, now, detail=detail, history=detail),
        *_index_writes(facts, after, now),
    ]
    until = after.retention.hold_until
    token = batch.token_of(action, facts.lead_id, facts.version, until, now, attempt)
    if after.is_live(now):
        return move_deadline(facts, after, writes, token, now)
    batch.write(writes, token)
    return replace(after, version=facts.version + 1)
