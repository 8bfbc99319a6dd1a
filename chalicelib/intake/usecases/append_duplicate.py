"""What a duplicate says that is new goes to the earlier lead (CAM-7)."""

from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import SYSTEM
from chalicelib.core.errors import Conflict
from chalicelib.intake.usecases.follow_duplicate import follow_duplicate
from chalicelib.leads.domain.correction import completed
from chalicelib.leads.domain.lead_work import is_changeable
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads, people
from chalicelib.leads.usecases.cached_lead_type_of import cached_lead_type_of
from chalicelib.leads.usecases.change_person import change_person, prepare_change
from chalicelib.leads.usecases.get_project_of import get_project_of


def append_duplicate(lead_id: str, now: int) -> None:
    """Add a duplicate's values to the lead it is a duplicate of, once; the duplicate stays what it is (CAM-7).

    A blank value replaces nothing, and the earlier lead's due does not move. Nothing happens once one of the two is
    due or gone, or if a new contact is blocked (INT-11). The mark on the duplicate stands in the same transaction,
    so that it happens once however often the stream repeats itself, and never over what was corrected since.
    Raises Unavailable when contention does not end.
    """
    follow_duplicate(
        lead_id,
        lambda newcomer: newcomer.appended_at is not None,
        lambda newcomer, earlier: _append(newcomer, earlier, now),
        now,
    )


def _append(newcomer: Facts, earlier: Facts, now: int) -> None:
    """Read the persons after the facts: a change of a person changes its facts too, and the write is cancelled."""
    if not is_changeable(earlier, now):
        return
    newer, person = people.get(newcomer.lead_id, now), people.get(earlier.lead_id, now)
    if newer is None or person is None:
        return
    result = completed(person, newer, cached_lead_type_of(earlier, now), get_project_of(earlier, now).region)
    mark = leads.update(newcomer, replace(newcomer, appended_at=now), now)
    if not result.names:
        batch.write_one(mark)
        return
    try:
        change = prepare_change(earlier, person, result, now)
    except Conflict:
        return
    marked = replace(change, shown={"lead_id": newcomer.lead_id}, beside=[mark])
    token = batch.token_of("append", newcomer.lead_id, newcomer.version, earlier.version, now)
    change_person(SYSTEM, marked, "appended", token, now)
