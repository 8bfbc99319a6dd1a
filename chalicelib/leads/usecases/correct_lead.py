"""Corrects personal fields of a lead (INT-17)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core.errors import Conflict
from chalicelib.leads.domain.correction import corrected, require_may_correct
from chalicelib.leads.domain.lead_work import require_changeable
from chalicelib.leads.domain.leads import StoredLead
from chalicelib.leads.usecases.cached_lead_type_of import cached_lead_type_of
from chalicelib.leads.usecases.change_person import PersonChange, change_person, prepare_change
from chalicelib.leads.usecases.get_project_of import get_project_of
from chalicelib.leads.usecases.read_history import newest_history
from chalicelib.leads.usecases.read_lead import load_lead
from chalicelib.leads.usecases.with_block_status import with_block_status
from chalicelib.leads.usecases.without_foreign_originals import without_foreign_originals
from chalicelib.ledger.domain.entries import Access
from chalicelib.ledger.usecases.record_access import record_access
from chalicelib.organisation.usecases.cached_organisation import cached_organisation

_TRIES = 4


def correct_lead(
    access: Access, lead_id: str, version: int, values: Mapping[str, Any], now: int
) -> StoredLead:
    """Correct fields of a live lead's person. The contact index is updated; the ledger has the names of the fields.

    Raise Forbidden (ACC-3), NotFound for a lead the actor may not see, and Invalid for a value that cannot be read.
    Raise Conflict `erased`, `legal_hold` after the deadline (RET-19), `version_conflict`, or `blocked` if a new contact
    is blocked (INT-11). The answer shows the person, so the reading is recorded first. That a contact is blocked is
    recorded like a search (PRI-5).
    """

    def attempt(number: int) -> None:
        try:
            change = _prepare(access, lead_id, version, values, now)
        except Conflict as error:
            if error.code == "blocked":
                record_access(replace(access, through="search"), [lead_id], cached_organisation(now), now)
            raise
        if not number:
            record_access(access, [lead_id], cached_organisation(now), now)
        token = batch.token_of("correct", lead_id, version, access.request_id, number)
        if change.names:
            change_person(access.actor, change, "corrected", token, now)

    retrying(attempt, tries=_TRIES, message="Others are changing the same lead: repeat the request.")
    corrected_lead = newest_history(StoredLead(*load_lead(access.actor, lead_id, now)), now)
    shown = with_block_status([corrected_lead], now)
    (lead,) = without_foreign_originals(access.actor, shown, now)
    return lead


def _prepare(access: Access, lead_id: str, version: int, values: Mapping[str, Any], now: int) -> PersonChange:
    facts, person = load_lead(access.actor, lead_id, now)
    require_may_correct(access.actor, facts)
    require_changeable(facts, now)
    if person is None:
        raise Conflict("The person of this lead is gone.", "erased")
    if facts.version != version:
        raise Conflict(
            f"Someone else changed this: read it again. The version is now {facts.version}.",
            "version_conflict",
        )
    lead_type = cached_lead_type_of(facts, now)
    result = corrected(person, values, lead_type, get_project_of(facts, now).region)
    return prepare_change(facts, person, result, lead_type, now)
