"""Worklists are gone through by a job, page by page, and in rounds until nothing in them is left (WRK-1, WRK-15)."""

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
_SETTLES_S = 30
_ROUNDS = 10
A = TypeVar("A")
ProcessPage = Callable[[list[Facts]], tuple[int, int]]


def work_of(kind: str, asked: A, lists: int, now: int) -> WalkWork[A]:
    """Return the work on so many lists at its start; it is done where there is none."""
    tally: MovedTally = {"leads": {"moved": 0}}
    return JobWork(kind, asked, _start(now) if lists else None, of=lists, tally=tally)


def walk_worklists(
    work: WalkWork[A], lists: Sequence[str], process_page: ProcessPage, now: int
) -> WalkWork[A]:
    """Deal with one page of a list, read afresh; `deal` returns how many leads moved, and how many could not.

    Half a minute after the last list the round begins anew, as the index lags and doors remember what they knew, until
    there is nothing to move; ten times at most, and what the last round leaves behind makes the job give up.
    """
    position = work.require_position()
    if now < position["not_before"]:
        return work
    page = leads.list_worklist(lists[position["list"]], position["since"], now, PAGE, position["last"])
    found = leads.get_many((lead_id for lead_id, _ in page), now)
    moved, missed = process_page(list(found.values()))
    seen: ListPosition = {
        **position,
        "touched": position["touched"] + moved + missed,
        "missed": position["missed"] + missed,
    }
    after = replace(work, tally={"leads": {"moved": work.tally["leads"]["moved"] + moved}})
    if len(page) == PAGE:
        last, since = page[-1]
        return replace(after, position={**seen, "since": since, "last": last})
    return next_list(replace(after, position=seen), len(lists), now)


def next_list(work: WalkWork[A], lists: int, now: int) -> WalkWork[A]:
    """Return the work at its next list, in its next round, or at its end."""
    position = work.require_position()
    following = position["list"] + 1
    if following < lists:
        ahead: ListPosition = {**position, "list": following, "since": 0, "last": None}
        return replace(work, done=following, position=ahead)
    done = position["round"] + 1
    if done < _ROUNDS and (position["touched"] or done == 1):
        return replace(work, position={**_start(now), "not_before": now + _SETTLES_S, "round": done})
    return replace(work, done=work.of, position=None, error=GAVE_UP if position["missed"] else None)


def move_one(actor: Actor, facts: Facts, update_of: Callable[[Facts], LeadUpdate | None], now: int) -> bool:
    """Do what moves one lead, in a transaction of its own; return whether it went.

    What somebody else was writing at that moment, or could not be written, holds no other and is met again.
    """
    try:
        update = update_of(facts)
        if update is None:
            return False
        save_update(actor, facts, update, now)
    except batch.Cancelled:
        return False
    except Exception as error:  # noqa: BLE001  # one lead must not hold the others
        observability.log_failure(error, lead_id=facts.lead_id)
        return False
    return True


def _start(now: int) -> ListPosition:
    return {"list": 0, "since": 0, "last": None, "touched": 0, "missed": 0, "not_before": now, "round": 0}
