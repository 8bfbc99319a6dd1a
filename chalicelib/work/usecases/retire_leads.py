"""Retire leads that are not worked: they return to the managers, with their history (WRK-7 … WRK-10)."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chalicelib import observability
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import SYSTEM
from chalicelib.core.times import Present
from chalicelib.leads.domain import lead_work
from chalicelib.leads.domain.leads import Facts, worklist_of
from chalicelib.leads.store import leads
from chalicelib.leads.usecases.work_lead import LeadUpdate, save_update
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.domain.inactivity import latest_overdue, retires_after
from chalicelib.users.domain.users import User
from chalicelib.work.usecases.reclassify_leads import reclassification

_PAGE = 99


@dataclass
class RetirementSweep:
    """The counts of one run: leads examined, retired, skipped, failed; how long the oldest is overdue.

    `now` is the instant of the current lead.
    """

    now: int
    examined: int = 0
    retired: int = 0
    skipped: int = 0
    failed: int = 0
    oldest_overdue_s: int = 0

    def note_overdue(self, retires_at: int) -> None:
        """Note a lead that is overdue and not retired."""
        self.oldest_overdue_s = max(self.oldest_overdue_s, self.now - retires_at)


def retire_leads(clock: Present, has_time: Callable[[], bool]) -> RetirementSweep:
    """Retire every open, assigned lead whose project's period has passed without activity, while there is time.

    Only overdue leads are read, not all (WRK-9). A lead that was worked a second before stays. Two runs at once, a late
    run and a run that was killed have the same result, with one entry for each retirement (WRK-8). Each lead is
    decided and dated by the instant at which it is reached, not by the start of the run. Runs begin at different
    lists, so that a backlog in one list does not starve the others.
    """
    sweep = RetirementSweep(clock())
    lists = list(_lists())
    first = _first(len(lists), sweep.now)
    for project, worklist in lists[first:] + lists[:first]:
        _sweep_list(project, worklist, sweep, clock, has_time)
    return sweep


def _first(lists: int, now: int) -> int:
    """Return where a run begins: spread over all lists, independent of the schedule's period and their number."""
    return zlib.crc32(str(now).encode()) % max(1, lists)


def _lists() -> Iterator[tuple[Project, str]]:
    """Yield the open list of every agent in every project whose leads retire."""
    users = configuration.list_all(User)
    for project in configuration.list_all(Project):
        if project.inactivity is not None:
            for user in users:
                if user.actor.belongs_to(project.id):
                    yield project, worklist_of("open", project.id, user.id)


def _sweep_list(
    project: Project, worklist: str, sweep: RetirementSweep, clock: Present, has_time: Callable[[], bool]
) -> None:
    """Read a list's overdue leads page by page; retired leads leave the list, others are skipped."""
    since, last = 0, None
    while True:
        sweep.now = clock()
        until = latest_overdue(project, sweep.now)
        page = leads.list_worklist(worklist, since, until, _PAGE, last)
        if page and not has_time():
            sweep.note_overdue(retires_after(project, page[0][1]))
            return
        done = _sweep_page(project.id, worklist, [lead_id for lead_id, _ in page], sweep, clock, has_time)
        if done < len(page):
            sweep.note_overdue(retires_after(project, page[done][1]))
            return
        if len(page) < _PAGE:
            return
        last, since = page[-1]


def _sweep_page(
    project_id: str,
    worklist: str,
    lead_ids: list[str],
    sweep: RetirementSweep,
    clock: Present,
    has_time: Callable[[], bool],
) -> int:
    """Retire the overdue leads of a page; return how many were handled in time.

    The leads and the project are read again: the index lags, and a changed period applies at once (WRK-6). If the
    store is slow, a page may take longer than the time left.
    """
    if not lead_ids:
        return 0
    found = leads.get_many(lead_ids, sweep.now)
    project = configuration.get(Project, project_id, sweep.now)
    for done, lead_id in enumerate(lead_ids):
        if done and not has_time():
            return done
        facts = found.get(lead_id)
        sweep.now = clock()
        sweep.examined += 1
        if project is None or facts is None or facts.worklist != worklist:
            sweep.skipped += 1
        else:
            _sweep_lead(facts, project, sweep)
    return len(lead_ids)


def _sweep_lead(facts: Facts, project: Project, sweep: RetirementSweep) -> None:
    retires_at = lead_work.retires_at(facts, project)
    overlooked = lead_work.is_overlooked(facts, project)
    if not overlooked and (retires_at is None or retires_at > sweep.now or not facts.is_live(sweep.now)):
        sweep.skipped += 1
        return
    try:
        closing = reclassification(facts, project) if overlooked else None
        save_update(SYSTEM, facts, closing or _retired(facts, sweep.now), sweep.now)
    except batch.Cancelled:
        sweep.skipped += 1
    except Exception as error:  # noqa: BLE001  # one lead must not stop the others
        observability.log_failure(error, lead_id=facts.lead_id)
        sweep.failed += 1
        sweep.note_overdue(retires_at or sweep.now)
    else:
        sweep.retired += not overlooked


def _retired(facts: Facts, now: int) -> LeadUpdate:
    shown = {"previous_user_id": facts.agent_id, "reason": "inactivity"}
    return LeadUpdate("retired", lead_work.retired(facts, now), shown)
