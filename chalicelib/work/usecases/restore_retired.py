"""Give back the leads that a period of inactivity retired by mistake, by a job (WRK-6)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

from chalicelib.core import confirmations
from chalicelib.core.access import Actor, Permission
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import Conflict, Effect, FieldError, Invalid
from chalicelib.core.times import DAY_S, Moment, iso, starts_at
from chalicelib.jobs.domain import Job
from chalicelib.leads.domain import lead_work
from chalicelib.leads.domain.leads import Facts, worklist_of
from chalicelib.leads.store import leads
from chalicelib.leads.usecases.work_lead import LeadUpdate
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases.read_projects import read_project
from chalicelib.users.domain.users import User
from chalicelib.work.domain.jobs import RestoreAsked, RestoreWork
from chalicelib.work.store import notifications
from chalicelib.work.usecases.move_leads import start
from chalicelib.work.usecases.walk_worklists import move_one, new_work, walk_worklists

KIND = "restore_retired"
LONGEST_S = DAY_S
_PAGE = 99
_MOST = 2_000


def restore_retired(
    actor: Actor, project_id: str, began: Moment, confirmation: Confirmation | None, now: int
) -> str:
    """Give the leads that were retired since an instant back to their agents, once confirmed; return the job's id.

    The instant lies at most a day back. A day counts from its first second in the project's zone.
    A lead goes back if the project's present period would not retire it, and if its agent may have it. Its
    inactivity clock and its follow-up are as before. So set the period first.
    Raise Forbidden, NotFound (ACC-4), Invalid for an instant out of range, ConfirmationRequired with the numbers. The
    confirmed request may be repeated: it starts the same job.
    """
    actor.require(Permission.LEADS_ASSIGN)
    project = read_project(actor, project_id, now)
    since = starts_at(began, project.zone)
    if not now - LONGEST_S <= since <= now:
        message = "Must be an instant of the last 24 hours, or a day that began in them."
        raise Invalid("This instant cannot be used.", fields=[FieldError("since", "out_of_range", message)])
    bound = ("restore_retired", actor.id, project_id, str(project.version), str(since))
    if confirmation is None or not confirmation.confirms(bound):
        confirmation = confirmations.require(confirmation, _effect(project, since, now), bound)
    asked: RestoreAsked = {
        "project_id": project_id,
        "since": since,
        "until": now,
        "by": [actor.kind, actor.id],
    }
    job_id = f"job_restore_{confirmation.digest[:26]}"
    start(Job(job_id, actor.kind, actor.id, now, new_work(KIND, asked, 1, now)), now)
    return job_id


def require_right(actor: Actor, work: RestoreWork, now: int) -> None:
    """Raise Forbidden or NotFound unless the actor may give leads of the project back (ACC-4, ACC-11)."""
    actor.require(Permission.LEADS_ASSIGN)
    actor.require_project(work.asked["project_id"])


def step(work: RestoreWork, now: int) -> RestoreWork:
    """Give back the leads of a page of the retired list, each by itself and once. Older ones are not read."""
    position = work.require_position()
    work = replace(work, position={**position, "since": max(position["since"], work.asked["since"])})
    lists = [worklist_of("retired", work.asked["project_id"])]
    return walk_worklists(work, lists, lambda found: _restore(found, work.asked, now), now)


def _restore(found: Sequence[Facts], asked: RestoreAsked, now: int) -> tuple[int, int]:
    """Return how many leads went back, and how many could not; the next round reads those again."""
    kind, actor_id = asked["by"]
    actor = Actor(kind=cast(Any, kind), id=actor_id)
    project = configuration.get(Project, asked["project_id"], now)
    if project is None:
        return 0, 0
    chosen = [facts for facts in found if _is_asked(facts, asked) and _update(actor, facts, project, now)]
    restored = sum(
        move_one(actor, facts, lambda current: _update(actor, current, project, now), now) for facts in chosen
    )
    return restored, len(chosen) - restored


def _is_asked(facts: Facts, asked: RestoreAsked) -> bool:
    return facts.retired_at is not None and asked["since"] <= facts.retired_at <= asked["until"]


def _update(actor: Actor, facts: Facts, project: Project, now: int) -> LeadUpdate | None:
    """Return the update that gives a lead back, or None if it stays retired."""
    user_id = facts.retired_from
    try:
        lead_work.require_workable(facts, now)
    except Conflict:
        return None
    user = configuration.cached(User, user_id, now) if user_id else None
    if user is None or not user.may_be_assigned(facts.project_id):
        return None
    after = lead_work.restored(facts, project, now)
    if after is None:
        return None
    writes = [] if user.id == actor.id else [notifications.insert(user.id, facts.lead_id, now)]
    return LeadUpdate("restored", after, {"user_id": user.id}, writes)


def _effect(project: Project, since: int, now: int) -> Effect:
    """Return how many leads go back to how many agents, and how many stay; at most 2,000 are read."""
    agents: set[str | None] = set()
    restored, stay, complete = 0, 0, True
    for number, facts in enumerate(_retired(project.id, since, now)):
        if number >= _MOST:
            complete = False
            break
        goes = _update(Actor(kind="system", id=""), facts, project, now) is not None
        restored, stay = restored + goes, stay + (not goes)
        agents |= {facts.retired_from} if goes else set()
    at_least = "" if complete else "at least "
    summary = (
        f"Of the leads retired since {iso(since)}, {at_least}{restored} go back to {len(agents)} agent(s), as they "
        f"were. {stay} stay retired: the present period would retire them again, or their agent may not have them."
    )
    return Effect(
        summary, {"leads": restored, "agents": len(agents), "stay_retired": stay, "complete": complete}
    )


def _retired(project_id: str, since: int, now: int) -> Iterator[Facts]:
    worklist, last = worklist_of("retired", project_id), None
    while True:
        page = leads.list_worklist(worklist, since, now, _PAGE, last)
        found = leads.get_many((lead_id for lead_id, _ in page), now)
        yield from (facts for facts in found.values() if facts.worklist == worklist)
        if len(page) < _PAGE:
            return
        last, since = page[-1]
