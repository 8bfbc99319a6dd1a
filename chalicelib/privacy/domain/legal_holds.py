"""Legal holds: a person is kept beyond its deadline for a stated ground, for a time (RET-19)."""

from dataclasses import replace
from typing import Any

from chalicelib.core.errors import Conflict, Effect, FieldError, Invalid
from chalicelib.core.retention import HOLD_GROUNDS, MAX_HOLD_S, Retention, gone
from chalicelib.core.times import iso, optional_iso
from chalicelib.leads.domain.leads import Facts


def place_hold(facts: Facts, ground: str, until: int, now: int) -> Facts:
    """Return the facts under a legal hold; raise Conflict after the deadline, Invalid for a bad ground or end."""
    if facts.erased_at is not None or facts.erasing_at is not None or gone(facts.retention.due_at, now):
        raise Conflict("A legal hold can only be placed before the lead's deadline.", "deadline_passed")
    if ground not in HOLD_GROUNDS:
        message = f"Choose one of: {', '.join(HOLD_GROUNDS)}."
        raise Invalid("A legal hold needs a ground.", fields=[FieldError("ground", "choice", message)])
    if not now < until <= now + MAX_HOLD_S:
        message = "Must be in the future, at most a year ahead."
        raise Invalid(
            "A legal hold cannot have this end.", fields=[FieldError("until", "out_of_range", message)]
        )
    return replace(facts, retention=replace(facts.retention, hold_until=until, hold_ground=ground))


def release_hold(facts: Facts, now: int) -> Facts:
    """Return the facts without their legal hold; after the deadline with a hold that ends now (RET-16, RET-19).

    Until now the hold kept the person. So its end is that of the hold, and the lag of the erasure counts from it.
    """
    if gone(facts.retention.due_at, now):
        return replace(facts, retention=replace(facts.retention, hold_until=now))
    return replace(facts, retention=replace(facts.retention, hold_until=None, hold_ground=None))


def effect_of_release(facts: Facts, now: int) -> Effect:
    """Return the effect of releasing the hold: after the deadline the person is erased immediately (RET-12)."""
    due_at = facts.retention.due_at
    if gone(due_at, now):
        sentence = "Its deadline has passed, so its person will be erased immediately. This cannot be undone."
    else:
        sentence = (
            "Its person is kept without an end."
            if due_at is None
            else f"Its person will be erased at {iso(due_at)}."
        )
    erased_now = int(gone(due_at, now))
    return Effect(
        f"The legal hold on this lead is released. {sentence}", {"leads": 1, "erased_now": erased_now}
    )


def hold_fields(retention: Retention) -> dict[str, Any]:
    """Return the description of a placed or released hold for history and ledger."""
    return {"ground": retention.hold_ground, "until": optional_iso(retention.hold_until)}
