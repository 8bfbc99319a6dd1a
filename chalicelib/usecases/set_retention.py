"""A user sets, moves or takes away the retention of one lead (RET-10 … RET-13)."""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib import clock
from chalicelib.domain import confirmation as confirmations
from chalicelib.domain import ledger
from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.confirmation import Confirmation
from chalicelib.domain.errors import Effect, Unavailable
from chalicelib.domain.lead_retention import Wanted, differences, effect_of, ends_later, with_setting
from chalicelib.domain.leads import Activity, Facts
from chalicelib.domain.visibility import require_visible
from chalicelib.stores import batch, leads
from chalicelib.stores import ledger as record
from chalicelib.usecases.organisation import organisation
from chalicelib.usecases.stamp_parts import stamp, stamps

_TRIES = 4
_BESIDE_FACTS = 97


def set_retention(
    lead_id: str, wanted: Wanted, confirmation: Confirmation | None, actor: Actor, now: int
) -> Facts:
    """Set a lead's retention, once it is confirmed, before the initial deadline; return the facts after it.

    Raises Forbidden without retention.manage (RET-13), NotFound for a lead the actor may not see, Conflict
    `deadline_passed` (RET-11, again in the write's condition), Invalid, and ConfirmationRequired with the effect
    (RET-12). The confirmed call repeated after a lost answer succeeds and completes what a crash left undone.
    """
    actor.require(Permission.RETENTION_MANAGE)
    for attempt in range(_TRIES):
        if attempt:
            clock.backoff(attempt)
        facts = require_visible(actor, leads.get(lead_id, now))
        try:
            if _repeated(facts, wanted, confirmation):
                _complete(facts, now)
                return facts
            return _set(facts, wanted, confirmation, actor, now, attempt)
        except batch.Cancelled:
            continue
    raise Unavailable("Others are changing the same lead; nothing was decided.")


def _complete(facts: Facts, now: int) -> None:
    if facts.is_live(now):
        stamp(stamps(facts, now), facts, now)


def _repeated(facts: Facts, wanted: Wanted, confirmation: Confirmation | None) -> bool:
    confirmed = confirmation is not None and facts.confirmed_by == confirmation.digest
    return confirmed and wanted.stands_in(facts.retention)


def _set(
    facts: Facts, wanted: Wanted, confirmation: Confirmation | None, actor: Actor, now: int, attempt: int
) -> Facts:
    after = with_setting(facts, wanted, now)
    effect = effect_of(facts, after)
    bound = ("set_retention", actor.id, facts.lead_id, str(facts.version), *wanted.binding())
    confirmed = confirmations.require(confirmation, effect, bound)
    after = replace(after, confirmed_by=confirmed.digest)
    return _write(facts, after, _recorded(facts, after, wanted, effect, actor, now), now, attempt)


def _write(facts: Facts, after: Facts, recorded: Sequence[batch.Write], now: int, attempt: int) -> Facts:
    """Write the facts, and in their transaction the parts: the person, its directory and windows, comments.

    What does not fit, comments beyond the ninetieth or so, goes in steps of its own: before the facts when the
    end moves back, and in any case after them, so that a part never ends before its facts and a crash in between
    leaves nothing visible that should be gone.
    """
    parts = stamps(after, now)
    beside, rest = parts[:_BESIDE_FACTS], parts[_BESIDE_FACTS:]
    if ends_later(facts, after):
        stamp(rest, facts, now)
    token = batch.token_of("retention", facts.lead_id, facts.version, after.confirmed_by, now, attempt)
    batch.write([leads.redated(facts, after, now), *recorded, *beside], token)
    written = replace(after, version=facts.version + 1)
    stamp(rest, written, now)
    return written


def _recorded(
    facts: Facts, after: Facts, wanted: Wanted, effect: Effect, actor: Actor, now: int
) -> list[batch.Write]:
    subject = f"lead/{facts.lead_id}"
    entry_id = ledger.entry_id("retention", facts.lead_id, facts.version, now)
    changes = differences(facts, after)
    detail = {"effect": effect.summary, "reason": wanted.reason}
    entry = ledger.change(subject, "retention", actor, now, entry_id, changes, detail)
    told = {
        "due_at": effect.numbers["due_at"],
        "due_at_before": effect.numbers["due_at_before"],
        "origin": after.retention.origin.value,
        "reason": wanted.reason,
    }
    activity = Activity(now, entry_id, "retention", actor.kind, actor.id, told)
    return [leads.happened(facts.lead_id, activity), record.added(entry, organisation(now))]
