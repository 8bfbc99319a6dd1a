"""Add the new values of a duplicate to the earlier lead (CAM-7)."""

from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core.access import SYSTEM
from chalicelib.core.errors import Conflict
from chalicelib.leads.domain.correction import completed
from chalicelib.leads.domain.lead_work import is_changeable
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads, people
from chalicelib.leads.usecases.change_person import change_person, prepare_change
from chalicelib.leads.usecases.lead_type_of import lead_type_of
from chalicelib.leads.usecases.project_of import project_of

_TRIES = 6


def append_duplicate(lead_id: str, now: int) -> None:
    """Add a duplicate's values to its earlier lead, once; the duplicate stays a duplicate (CAM-7).

    A blank value replaces nothing, and the earlier lead's deadline does not move. Nothing happens if the person of
    either lead is gone or under a legal hold alone, or if a new contact is blocked (INT-11). The mark on the duplicate
    is written in the same transaction. So a repeated event adds nothing, and later corrections are not overwritten.
    Raise Unavailable when contention does not end.
    """

    def attempt(_: int) -> None:
        duplicate = leads.get(lead_id, now)
        if duplicate is not None and duplicate.appended_at is None and is_changeable(duplicate, now):
            _append(duplicate, now)

    retrying(attempt, tries=_TRIES, message="Others are changing the same leads; try again later.")


def _append(duplicate: Facts, now: int) -> None:
    """Read the facts before the persons: a change of a person changes its facts, and cancels the write."""
    earlier = leads.get(duplicate.duplicate_of, now) if duplicate.duplicate_of else None
    if earlier is None or not is_changeable(earlier, now):
        return
    new_person, person = people.get(duplicate.lead_id, now), people.get(earlier.lead_id, now)
    if new_person is None or person is None:
        return
    result = completed(person, new_person, lead_type_of(earlier, now), project_of(earlier, now).region)
    mark = leads.update(duplicate, replace(duplicate, appended_at=now), now)
    if not result.names:
        batch.write_one(mark)
        return
    try:
        change = prepare_change(earlier, person, result, now)
    except Conflict:
        return
    marked = replace(change, shown={"lead_id": duplicate.lead_id}, beside=[mark])
    token = batch.token_of("append", duplicate.lead_id, duplicate.version, earlier.version, now)
    change_person(SYSTEM, marked, "appended", token, now)
