"""The history of a lead (WRK-16)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.core.access import SYSTEM
from chalicelib.leads.domain import erasure
from chalicelib.leads.domain.leads import Activity, Facts, StoredLead


def of(lead: StoredLead, now: int) -> tuple[Activity, ...]:
    """Return a lead's history, oldest first. Receipt, assignment and erasure follow from its facts (WRK-16).

    The newest page of a long history has no beginning.
    """
    return (*beginning_of(lead), *lead.activities, *_end(lead.facts, now))


def beginning_of(lead: StoredLead) -> list[Activity]:
    """Return receipt and first assignment, if the lead has the first page of its history."""
    return [] if lead.earlier else _beginning(lead.facts)


def with_texts(
    activities: tuple[Activity, ...], texts: Mapping[str, Mapping[str, Any]]
) -> tuple[Activity, ...]:
    """Return the history with the texts of comments that still exist, by the id of their entry (WRK-16)."""
    text_by_id = {text["id"]: text["text"] for text in texts.values() if "id" in text}
    return tuple(
        replace(entry, detail={**entry.detail, "text": text_by_id[entry.id]})
        if entry.id in text_by_id
        else entry
        for entry in activities
    )


def _beginning(facts: Facts) -> list[Activity]:
    received = Activity(facts.received_at, "", "received", facts.source_kind, facts.source_id)
    if facts.first_agent_id is None:
        return [received]
    detail = {"user_id": facts.first_agent_id}
    return [received, replace(received, kind="assigned", by_kind=SYSTEM.kind, by_id=SYSTEM.id, detail=detail)]


def _end(facts: Facts, now: int) -> list[Activity]:
    if facts.is_live(now):
        return []
    at = facts.erased_at or facts.erase_at or now
    return [
        Activity(at, "", "erased", SYSTEM.kind, SYSTEM.id, {"basis": facts.basis or erasure.basis_of(facts)})
    ]
