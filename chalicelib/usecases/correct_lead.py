"""A user corrects what a person gave (INT-17)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chalicelib import clock
from chalicelib.domain import contacts, ledger
from chalicelib.domain.correction import Corrected, corrected
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.leads import Facts, Lead, Person
from chalicelib.domain.ledger import FieldChange
from chalicelib.stores import batch, blocks, leads, people
from chalicelib.stores import contacts as directory
from chalicelib.usecases.contact_key import contact_key
from chalicelib.usecases.lead_type_of import lead_type_of
from chalicelib.usecases.project_of import project_of
from chalicelib.usecases.read_lead import history_of, load
from chalicelib.usecases.record_access import Access, record_access
from chalicelib.usecases.record_change import recorded

_TRIES = 4


@dataclass(frozen=True)
class _Correction:
    """The lead as read, the person as it shall be, and which contacts come and go."""

    facts: Facts
    person: Person
    names: tuple[str, ...]
    added: list[str]
    removed: list[str]


def correct_lead(lead_id: str, version: int, given: Mapping[str, Any], access: Access, now: int) -> Lead:
    """Correct fields of a live lead's person; the directory follows its contacts, the ledger names the fields.

    Raises NotFound for a lead the actor may not see, Conflict `erased`, `version_conflict`, or `blocked` if a new
    contact may not come in (INT-11), Invalid for what cannot be read. The answer shows the person, so the reading
    is recorded first.
    """
    for attempt in range(_TRIES):
        if attempt:
            clock.backoff(attempt)
        correction = _prepare(lead_id, version, given, access, now)
        try:
            _write(correction, access, now)
        except batch.Cancelled:
            continue
        facts, person = load(lead_id, access.actor, now)
        return Lead(facts, person, history_of(facts, person, now))
    raise Unavailable("Others are changing the same lead; nothing was decided.")


def _prepare(lead_id: str, version: int, given: Mapping[str, Any], access: Access, now: int) -> _Correction:
    facts, person = load(lead_id, access.actor, now)
    if person is None:
        raise Conflict("The person of this lead is gone.", "erased")
    if facts.version != version:
        raise Conflict("This was changed by someone else in between: read it again.", "version_conflict")
    result = corrected(person, given, lead_type_of(facts, now), project_of(facts, now).region)
    refs = _refs(result, person, now)
    added = [ref for ref in refs if ref not in person.refs]
    _require_unblocked(added, facts.project_id, now)
    record_access([lead_id], access, now)
    after = replace(result.person, refs=refs, version=person.version + 1)
    return _Correction(facts, after, result.names, added, [ref for ref in person.refs if ref not in refs])


def _refs(result: Corrected, before: Person, now: int) -> tuple[str, ...]:
    key = contact_key(now)
    refs = [contacts.ref_of(key, kind, normal) for kind, _, normal in result.contacts]
    return tuple(dict.fromkeys(refs if result.reread else [*refs, *before.refs]))


def _require_unblocked(refs: list[str], project_id: str, now: int) -> None:
    if refs and blocks.found(refs, project_id, batch.read(blocks.keys(refs, project_id), now)):
        raise Conflict("A contact of this lead may not be contacted.", "blocked")


def _write(correction: _Correction, access: Access, now: int) -> None:
    facts, person, actor = correction.facts, correction.person, access.actor
    if not correction.names:
        return
    entry_id = ledger.entry_id("corrected", facts.lead_id, facts.version)
    fields = tuple(FieldChange(name) for name in correction.names)
    shown = {"fields": list(correction.names)}
    writes: list[batch.Write] = [
        leads.changed(facts, facts, now),
        people.changed(facts.lead_id, person, facts.erase_at, now),
        *(directory.unlisted(ref, facts.lead_id) for ref in correction.removed),
        *(directory.listed(ref, facts.lead_id, facts.erase_at, now) for ref in correction.added),
        *blocks.absent(correction.added, facts.project_id, now),
        *recorded(facts, "corrected", actor, now, entry_id, fields=fields, shown=shown),
    ]
    batch.write(writes, batch.token_of("correct", facts.lead_id, facts.version, access.request_id))
