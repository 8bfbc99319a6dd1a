"""The work of a forget order: mark every lead, erase it, and look once more (PRI-8a)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, NotRequired, TypedDict, cast

from chalicelib.core.access import Actor
from chalicelib.core.paging import LastKey
from chalicelib.jobs.domain import FORGET_ORDER, JobWork
from chalicelib.leads.domain.forget_orders import ForgetOrder, OrderReading

_ARRIVES_WITHIN_S = 60  # INT-10: no writer stores a lead later than this after its `received_at`
_LOOKS_AGAIN_S = 60


class OrderAsked(TypedDict):
    """The order, the actor who gave it, the digests of request and confirmation, and the confirmed effect.

    `refs` and `projects` are the first reading of the contact, `more` the others: each a list of refs and of projects.
    `alone` says that the work has no open order: it looks once more for the leads of a small forget.
    """

    job_id: str
    refs: list[str]
    projects: list[str]
    more: NotRequired[list[list[list[str]]]]
    alone: NotRequired[bool]
    at: int
    by: list[str]
    asked: str
    digest: str
    effect: str


class OrderPosition(TypedDict):
    """Where the work is.

    `mark` goes through the entries of each ref (`ref`, `after`) and writes parts with the ids of leads, `parts` so far.
    `erase` goes through the parts, `erased` so far. `look` reads the entries once more, not before `not_before`.
    """

    phase: Literal["mark", "erase", "look"]
    ref: int
    after: LastKey | None
    parts: int
    erased: int
    not_before: int


class OrderTally(TypedDict, total=False):
    """How many leads were listed, and how many a legal hold kept."""

    listed: int
    held: int


class LeadsPart(TypedDict, total=False):
    """A part of the list of leads: their ids, where the next part begins, and the times of the erasures."""

    lead_ids: list[str]
    next: LastKey | None
    erased: dict[str, int]


OrderWork = JobWork[OrderAsked, OrderPosition, OrderTally]


def new_work(asked: OrderAsked, of: int) -> OrderWork:
    """Return the work of a new order for about `of` leads.

    A lead that was received before the order may be stored up to a minute later (INT-10). So the last look comes after
    a minute.
    """
    start = OrderPosition(
        phase="mark", ref=0, after=None, parts=0, erased=0, not_before=asked["at"] + _ARRIVES_WITHIN_S
    )
    return OrderWork(FORGET_ORDER, asked, start, of=of, tally=OrderTally(listed=0, held=0))


def new_look(asked: OrderAsked) -> OrderWork:
    """Return the work of an order that only looks once more: its leads are erased by the request itself (PRI-8a)."""
    return to_look(new_work(asked, 0))


def order_of(asked: OrderAsked) -> ForgetOrder:
    """Return the order that the work carries out."""
    stored = [[asked["refs"], asked["projects"]], *asked.get("more", ())]
    readings = tuple(OrderReading(tuple(refs), tuple(projects)) for refs, projects in stored)
    return ForgetOrder(asked["job_id"], readings, asked["at"])


def all_refs(asked: OrderAsked) -> tuple[str, ...]:
    """Return the refs of all readings in the order of the work, each once."""
    return order_of(asked).refs


def actor_of(asked: OrderAsked) -> Actor:
    """Return the actor who gave the order, as the ledger names them."""
    kind, actor_id = asked["by"]
    return Actor(kind=cast(Any, kind), id=actor_id)


def after_part(work: OrderWork, after: LastKey | None, listed: int, new_parts: int) -> OrderWork:
    """Return the work after a page of entries was marked: the next page, the next ref, or the erasures."""
    position, tally = work.require_position(), work.tally
    total = tally.get("listed", 0) + listed
    at_end = after is None and position["ref"] + 1 == len(all_refs(work.asked))
    moved = OrderPosition(
        phase="erase" if at_end else "mark",
        ref=position["ref"] if after is not None else position["ref"] + 1,
        after=after,
        parts=position["parts"] + new_parts,
        erased=position["erased"],
        not_before=position["not_before"],
    )
    return replace(work, position=moved, of=max(work.of, total), tally=replace_count(tally, listed=total))


def after_erasures(work: OrderWork, erased: int, held: int, failed: Sequence[str]) -> OrderWork:
    """Return the work after a part was erased. The failed leads are a new part at the end."""
    position = work.require_position()
    moved = position.copy()
    moved["erased"] = position["erased"] + 1
    moved["parts"] = position["parts"] + (1 if failed else 0)
    tally = replace_count(work.tally, held=work.tally.get("held", 0) + held)
    done = work.done + erased
    return replace(work, position=moved, done=done, of=max(work.of, done), tally=tally)


def to_look(work: OrderWork) -> OrderWork:
    """Return the work in its last phase."""
    moved = work.require_position().copy()
    moved["phase"] = "look"
    return replace(work, position=moved)


def to_mark_again(work: OrderWork, now: int) -> OrderWork:
    """Return the work from the first entry again: a lead was found that is not erased."""
    moved = work.require_position().copy()
    moved["phase"], moved["ref"], moved["after"] = "mark", 0, None
    moved["not_before"] = now + _LOOKS_AGAIN_S
    return replace(work, position=moved)


def as_complete(work: OrderWork) -> OrderWork:
    """Return the work when nothing is left."""
    return replace(work, position=None, of=work.done)


def replace_count(tally: OrderTally, *, listed: int | None = None, held: int | None = None) -> OrderTally:
    """Return the tally with a new count."""
    return OrderTally(
        listed=tally.get("listed", 0) if listed is None else listed,
        held=tally.get("held", 0) if held is None else held,
    )
