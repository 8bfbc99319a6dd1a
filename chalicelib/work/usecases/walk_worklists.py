"""Read worklists by a job, page by page, in rounds until nothing is left to move (WRK-1, WRK-15)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from chalicelib import observability
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Actor
from chalicelib.jobs.domain import GAVE_UP, JobWork
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads
from chalicelib.leads.usecases.work_lead import LeadUpdate, save_update
from chalicelib.work.domain.jobs import ListPosition, MovedTally, WalkWork

PAGE = 25
_PAUSE_S = 30
_ROUNDS = 10
A = TypeVar("A")
ProcessPage = Callable[[list[Facts]], tuple[int, int]]


def new_work(kind: str, asked: A, lists: int, now: int) -> WalkWork[A]:
    """Return the work on this many lists at its start; without lists it is done."""
    tally: MovedTally = {"leads": {"moved": 0}}
    return JobWork(kind, asked, _start(now) if lists else None, of=lists, tally=tally)


def walk_worklists(
    work: WalkWork[A], lists: Sequence[str], process_page: ProcessPage, now: int
) -> WalkWork[A]:
    """Process one page of a list, read again; `process_page` returns how many leads moved, and how many could not.

    Half a minute after the last list a new round begins, because the index lags and functions cache configuration. The
    rounds end when nothing is left to move, after ten at most. If the last round leaves leads, the job gives up.
    """
    position = work.require_position()
    if now < position["not_before"]:
        return work
    page = leads.list_worklist(lists[position["list"]], position["since"], now, PAGE, position["last"])
    found = leads.get_many((lead_id for lead_id, _ in page), now)
    moved, missed = process_page(list(found.values()))
    progress: ListPosition = {
        **position,
        "touched": position["touched"] + moved + missed,
        "missed": position["missed"] + missed,
    }
    after = replace(work, tally={"leads": {"moved": work.tally["leads"]["moved"] + moved}})
    if len(page) == PAGE:
        last, since = page[-1]
        return replace(after, position={**progress, "since": since, "last": last})
    return next_list(replace(after, position=progress), len(lists), now)


def next_list(work: WalkWork[A], lists: int, now: int) -> WalkWork[A]:
    """Return the work at its next list, in its next round, or at its end."""
    position = work.require_position()
    next_number = position["list"] + 1
    if next_number < lists:
        next_position: ListPosition = {**position, "list": next_number, "since": 0, "last": None}
        return replace(work, done=next_number, position=next_position)
    round_number = position["round"] + 1
    if round_number < _ROUNDS and (position["touched"] or round_number == 1):
        return replace(work, position={**_start(now), "not_before": now + _PAUSE_S, "round": round_number})
    return replace(work, done=work.of, position=None, error=GAVE_UP if position["missed"] else None)


def move_one(actor: Actor, facts: Facts, update_of: Callable[[Facts], LeadUpdate | None], now: int) -> bool:
    """Move one lead in a transaction of its own; return whether it moved.

    A lead that another request is writing, or that cannot be written, stops no other; the next round reads it again.
    """
    try:
        update = update_of(facts)
        if update is None:
            return False
        save_update(actor, facts, update, now)
    except batch.Cancelled:
        return False
    except Exception as error:  # noqa: BLE001  # one lead must not stop the others
        observability.log_failure(error, lead_id=facts.lead_id)
        return False
    return True


def _start(now: int) -> ListPosition:
    return {"list": 0, "since": 0, "last": None, "touched": 0, "missed": 0, "not_before": now, "round": 0}
