"""Hides the other lead of a duplicate from users who are not in its project (ACC-4)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from chalicelib.core.access import Actor
from chalicelib.leads.domain.leads import Activity, StoredLead
from chalicelib.leads.store import leads


def without_foreign_originals(actor: Actor, shown: Sequence[StoredLead], now: int) -> list[StoredLead]:
    """Return the leads; `duplicate_of` and the history name only leads of the actor's projects.

    The named leads are read in one batch, and only if there are any.
    """
    ids = {lead_id for lead in shown for lead_id in _named(lead)}
    if actor.is_admin or not ids:
        return list(shown)
    found = leads.get_many(sorted(ids), now)
    own = {lead_id for lead_id, facts in found.items() if actor.belongs_to(facts.project_id)}
    return [_without(lead, ids - own) for lead in shown]


def _named(lead: StoredLead) -> Iterator[str]:
    if lead.facts.duplicate_of is not None:
        yield lead.facts.duplicate_of
    yield from (activity.detail["lead_id"] for activity in lead.activities if "lead_id" in activity.detail)


def _without(lead: StoredLead, foreign: set[str]) -> StoredLead:
    if foreign.isdisjoint(_named(lead)):
        return lead
    facts = replace(lead.facts, duplicate_of=None) if lead.facts.duplicate_of in foreign else lead.facts
    return replace(lead, facts=facts, activities=tuple(_event(one, foreign) for one in lead.activities))


def _event(activity: Activity, foreign: Collection[str]) -> Activity:
    if activity.detail.get("lead_id") not in foreign:
        return activity
    return replace(
        activity, detail={key: value for key, value in activity.detail.items() if key != "lead_id"}
    )
