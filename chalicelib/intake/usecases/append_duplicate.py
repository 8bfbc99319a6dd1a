"""Add the new values of a duplicate to the earlier lead (CAM-7)."""

from dataclasses import replace
from typing import Any

from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import SYSTEM
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.intake.usecases.follow_duplicate import follow_duplicate
from chalicelib.leads.domain.correction import completed
from chalicelib.leads.domain.lead_work import is_changeable
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads, people
from chalicelib.leads.usecases.cached_lead_type_of import cached_lead_type_of
from chalicelib.leads.usecases.change_person import change_person, prepare_change
from chalicelib.leads.usecases.get_project_of import get_project_of
from chalicelib.leads.usecases.move_windows import have_equal_values
from chalicelib.leads.usecases.record_change import history_and_ledger
from chalicelib.ledger.domain import entries as ledger_entries

_NOT_EQUAL = "values_changed"


def append_duplicate(lead_id: str, now: int) -> None:
    """Add a duplicate's values to its earlier lead, once; the duplicate stays a duplicate (CAM-7).

    A blank value replaces nothing, and the earlier lead's deadline does not move. Nothing happens if the person of
    either lead is gone or under a legal hold alone, or if a new contact is blocked (INT-11). The mark on the duplicate
    is written in the same transaction. So a repeated event adds nothing, and later corrections are not overwritten.
    Values for which the person has no room are left as they were, with a note in the history (INT-7). A lead whose
    values were corrected meanwhile, so that the two have no duplicate set in common, may be another person's: then
    nothing is added, with a note.
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
    lead_type = cached_lead_type_of(earlier, now)
    mark = leads.update(duplicate, replace(duplicate, appended_at=now), now)
    if not have_equal_values(new_person, person, lead_type, now):
        _settle(duplicate, earlier, {"reason": _NOT_EQUAL}, mark, now)
        return
    result = completed(person, new_person, lead_type, get_project_of(earlier, now).region)
    left_out = {"left_out": list(result.left_out)} if result.left_out else {}
    if not result.names:
        _settle(duplicate, earlier, left_out, mark, now)
        return
    try:
        change = prepare_change(earlier, person, result, lead_type, now)
    except (Conflict, Invalid):
        return
    token = batch.token_of("append", duplicate.lead_id, duplicate.version, earlier.version, now)
    history = {"lead_id": duplicate.lead_id, **left_out}
    change_person(SYSTEM, change, "appended", token, now, history=history, extra_writes=[mark])


def _settle(duplicate: Facts, earlier: Facts, why: dict[str, Any], mark: batch.Update, now: int) -> None:
    """Set the mark where nothing is added; the history of the earlier lead has the reason, if there is one (CAM-7)."""
    if not why:
        batch.write_one(mark)
        return
    entry_id = ledger_entries.entry_id("appended", earlier.lead_id, duplicate.lead_id)
    history = {"fields": [], "lead_id": duplicate.lead_id, **why}
    writes = [
        mark,
        leads.require_live(earlier.lead_id, now),
        *history_and_ledger(SYSTEM, earlier, "appended", entry_id, now, history=history),
    ]
    batch.write(writes, batch.token_of("append", duplicate.lead_id, duplicate.version, now))
