"""Legal holds: a person kept beyond its due for a stated ground, for a time (RET-19)."""

from dataclasses import replace
from typing import Any

from chalicelib.core.errors import Conflict, Effect, FieldError, Invalid
from chalicelib.core.retention import HOLD_GROUNDS, MAX_HOLD_S, Retention, gone
from chalicelib.core.times import iso, optional_iso
from chalicelib.leads.domain.leads import Facts


def place_hold(facts: Facts, ground: str, until: int, now: int) -> Facts:
    """Return the facts with a hold; Conflict `deadline_passed` once the due has come, Invalid for a bad end."""
    if facts.erased_at is not None or facts.erasing_at is not None or gone(facts.retention.due_at, now):
        raise Conflict("The person of this lead is due already: it can no longer be held.", "deadline_passed")
    if ground not in HOLD_GROUNDS:
        message = f"Choose one of: {', '.join(HOLD_GROUNDS)}."
        raise Invalid("A hold needs a ground.", fields=[FieldError("ground", "choice", message)])
    if not now < until <= now + MAX_HOLD_S:
        message = "Must lie in the future, at most a year ahead."
        raise Invalid("A hold cannot have this end.", fields=[FieldError("until", "out_of_range", message)])
    return replace(facts, retention=replace(facts.retention, hold_until=until, hold_ground=ground))


def release_hold(facts: Facts, now: int) -> Facts:
    """Return the facts without their hold; where the due has passed, with a hold that ends now (RET-16, RET-19).

    Until now the person was rightly there: its end is the hold's, and the lag of its erasure counts from it.
    """
    if gone(facts.retention.due_at, now):
        return replace(facts, retention=replace(facts.retention, hold_until=now))
    return replace(facts, retention=replace(facts.retention, hold_until=None, hold_ground=None))


def effect_of_release(facts: Facts, now: int) -> Effect:
    """Return what ending the hold will do: a person past its due goes at once (RET-12)."""
    due_at = facts.retention.due_at
    if gone(due_at, now):
        words = "Its due has passed, so it will be erased at once and for good."
    else:
        words = "It is kept without an end." if due_at is None else f"It will be erased at {iso(due_at)}."
    overdue = int(gone(due_at, now))
    return Effect(f"The legal hold on this lead ends. {words}", {"leads": 1, "erased_now": overdue})


def describe(retention: Retention) -> dict[str, Any]:
    """Return what history and record say of a hold that is set, or of the one that is released."""
    return {"ground": retention.hold_ground, "until": optional_iso(retention.hold_until)}
