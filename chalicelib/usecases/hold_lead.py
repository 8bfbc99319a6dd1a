"""A lead is kept beyond its due for a stated ground, and let go again (RET-19)."""

from dataclasses import replace

from chalicelib import clock
from chalicelib.domain import confirmation as confirmations
from chalicelib.domain import holds, ledger
from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.confirmation import Confirmation
from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.leads import Facts
from chalicelib.domain.times import optional_iso
from chalicelib.stores import batch, leads
from chalicelib.usecases.finish_erasure import finish_erasure
from chalicelib.usecases.record_change import recorded
from chalicelib.usecases.stamp_parts import stamp, stamps

_TRIES = 4


def hold_lead(lead_id: str, ground: str, until: int, actor: Actor, now: int) -> Facts:
    """Hold a lead until an instant, at most a year ahead, before its due has come; return the facts after it.

    Raises NotFound for a lead the actor may not see, Conflict `deadline_passed` at or after the due, Invalid for
    an end that cannot be. While the lead is past its due, only the desk reads it.
    """
    for attempt in range(_TRIES):
        if attempt:
            clock.backoff(attempt)
        facts = _seen(lead_id, actor, now)
        after = holds.held(facts, ground, until, now)
        try:
            stamp(stamps(after, now), facts, now)
            return _write(facts, after, "held", actor, now)
        except batch.Cancelled:
            continue
    raise Unavailable("Others are changing the same lead; nothing was decided.")


def release_hold(lead_id: str, confirmation: Confirmation | None, actor: Actor, now: int) -> Facts:
    """End a lead's legal hold, once that is confirmed; a person past its due goes at once (RET-19, RET-12).

    Raises NotFound for a lead the actor may not see. A lead without a hold is as it should be: nothing changes.
    """
    for attempt in range(_TRIES):
        if attempt:
            clock.backoff(attempt)
        facts = _seen(lead_id, actor, now)
        if not facts.retention.is_held(now):
            repeated = confirmation is not None and facts.confirmed_by == confirmation.digest
            return _after_release(facts, now) if repeated else facts
        bound = ("release_hold", actor.id, lead_id, str(facts.version))
        confirmed = confirmations.require(confirmation, holds.effect_of_release(facts, now), bound)
        after = replace(holds.released(facts), confirmed_by=confirmed.digest)
        try:
            written = _write(facts, after, "hold_released", actor, now)
        except batch.Cancelled:
            continue
        return _after_release(written, now)
    raise Unavailable("Others are changing the same lead; nothing was decided.")


def _after_release(facts: Facts, now: int) -> Facts:
    """Give the parts their earlier end, or let them go; the facts, written first, hide them already.

    Others may write the same windows meanwhile: then the parts are read and stamped anew.
    """
    for attempt in range(_TRIES):
        if attempt:
            clock.backoff(attempt)
            facts = leads.get(facts.lead_id, now) or facts
        if not facts.is_live(now):
            finish_erasure(facts.lead_id, now, "release")
            return leads.get(facts.lead_id, now) or facts
        try:
            stamp(stamps(facts, now), facts, now)
        except batch.Cancelled:
            continue
        return facts
    raise Unavailable("Others are changing the same lead; repeat the request.")


def _seen(lead_id: str, actor: Actor, now: int) -> Facts:
    actor.require(Permission.PRIVACY_FORGET)
    facts = leads.get(lead_id, now)
    if facts is None or not actor.belongs_to(facts.project_id):
        raise NotFound("There is no such lead.")
    return facts


def _write(facts: Facts, after: Facts, action: str, actor: Actor, now: int) -> Facts:
    entry_id = ledger.entry_id(action, facts.lead_id, facts.version, now)
    retention = after.retention
    detail = {"ground": retention.hold_ground, "until": optional_iso(retention.hold_until)}
    writes: list[batch.Write] = [
        leads.held(facts, after, now),
        *recorded(facts, action, actor, now, entry_id, detail=detail, shown=holds.told(retention)),
    ]
    batch.write(writes, batch.token_of(action, facts.lead_id, facts.version, now))
    return replace(after, version=facts.version + 1)
