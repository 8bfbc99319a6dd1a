"""Add the new values of a duplicate to the earlier lead (CAM-7)."""

from dataclasses import replace
from typing import Any

from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import SYSTEM
from chalicelib.core.errors import Conflict
from chalicelib.intake.usecases.follow_duplicate import follow_duplicate
from chalicelib.leads.domain.correction import Corrected, completed
from chalicelib.leads.domain.lead_work import is_changeable
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads, people
from chalicelib.leads.usecases.cached_lead_type_of import cached_lead_type_of
from chalicelib.leads.usecases.change_person import change_person, prepare_change
from chalicelib.leads.usecases.get_project_of import get_project_of
from chalicelib.leads.usecases.record_change import history_and_ledger
from chalicelib.ledger.domain import entries as ledger_entries


def append_duplicate(lead_id: str, now: int) -> None:
    """Add a duplicate's values to its earlier lead, once; the duplicate stays a duplicate (CAM-7).

    A blank value replaces nothing, and the earlier lead's deadline does not move. Nothing happens if the person of
    either lead is gone or under a legal hold alone, or if a new contact is blocked (INT-11). The mark on the duplicate
    is written in the same transaction. So a repeated event adds nothing, and later corrections are not overwritten.
    Values for which the person has no room are left as they were, with a note in the history (INT-7).
    Raise Unavailable when contention does not end.
    """
    follow_duplicate(
        lead_id,
        lambda duplicate: duplicate.appended_at is not None,
        lambda duplicate, earlier: _append(duplicate, earlier, now),
        now,
    )


def _append(duplicate: Facts, earlier: Facts, now: int) -> None:
    """Read the persons after the facts: a change of a person changes its facts, and cancels the write."""
    if not is_changeable(earlier, now):
        return
    new_person, person = people.get(duplicate.lead_id, now), people.get(earlier.lead_id, now)
    if new_person is None or person is None:
        return
    result = completed(
        person, new_person, cached_lead_type_of(earlier, now), get_project_of(earlier, now).region
    )
    mark = leads.update(duplicate, replace(duplicate, appended_at=now), now)
    if not result.names:
        _settle(duplicate, earlier, result, mark, now)
        return
    try:
        change = prepare_change(earlier, person, result, now)
    except Conflict:
        return
    marked = replace(change, history=_history(duplicate, result), extra_writes=[mark])
    token = batch.token_of("append", duplicate.lead_id, duplicate.version, earlier.version, now)
    change_person(SYSTEM, marked, "appended", token, now)


def _settle(duplicate: Facts, earlier: Facts, result: Corrected, mark: batch.Update, now: int) -> None:
    """Set the mark where nothing is added; the history of the earlier lead says so if there was no room (INT-7)."""
    if not result.left_out:
        batch.write_one(mark)
        return
    entry_id = ledger_entries.entry_id("appended", earlier.lead_id, duplicate.lead_id)
    history = {"fields": [], **_history(duplicate, result)}
    writes = [
        mark,
        leads.require_live(earlier.lead_id, now),
        *history_and_ledger(SYSTEM, earlier, "appended", entry_id, now, history=history),
    ]
    batch.write(writes, batch.token_of("append", duplicate.lead_id, duplicate.version, now))


def _history(duplicate: Facts, result: Corrected) -> dict[str, Any]:
    left_out = {"left_out": list(result.left_out)} if result.left_out else {}
    return {"lead_id": duplicate.lead_id, **left_out}
