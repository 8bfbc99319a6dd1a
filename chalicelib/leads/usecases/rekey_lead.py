"""Gives the contacts of one lead their refs in another form (data-model.md, Contacts)."""

from collections.abc import Iterator, Mapping

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.blocks.usecases.rekey_block import Rekeyed, RekeyedRow
from chalicelib.core.contact_points import duplicate_refs
from chalicelib.core.errors import Conflict
from chalicelib.leads.domain.duplicate_index import entered, entered_again, without
from chalicelib.leads.domain.leads import Facts, Person
from chalicelib.leads.domain.person_contacts import contacts_of
from chalicelib.leads.domain.rekeying import rekeyed_person
from chalicelib.leads.store import contact_index, leads, people
from chalicelib.leads.usecases.cached_lead_type_of import cached_lead_type_of
from chalicelib.leads.usecases.change_person import index_writes
from chalicelib.leads.usecases.get_project_of import get_project_of
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.organisation.domain.contact_forms import LiveForms
from chalicelib.organisation.domain.fields import duplicate_values

_TRIES = 8


def rekey_lead(lead_id: str, forms: LiveForms, now: int) -> RekeyedRow:
    """Write the lead's entries of both indexes in the form of new rows, and remove those of other forms.

    One transaction with the person and the facts: a correction, a forget or an erasure at the same time comes before it
    or after it, as with a correction (PRI-9). A lead that is gone or being forgotten is not touched. A ref that no
    present value of the person explains is left. May be repeated. Raise Unavailable if contention does not end.
    """

    def attempt(_: int) -> RekeyedRow:
        facts, person = leads.get_with_people([lead_id], now).get(lead_id, (None, None))
        if facts is None or person is None or not facts.is_live(now):
            return RekeyedRow(Rekeyed.SAME)
        try:
            return _rekey(facts, person, forms, now)
        except Conflict:  # an order to forget the lead is open
            return RekeyedRow(Rekeyed.SAME)

    return retrying(attempt, tries=_TRIES, message="Others are changing the same lead; it is re-keyed later.")


def _rekey(facts: Facts, person: Person, forms: LiveForms, now: int) -> RekeyedRow:
    lead_type, region = cached_lead_type_of(facts, now), get_project_of(facts, now).region
    contacts = contacts_of(person, lead_type, region)
    refs = [forms.refs(kind, normal) for kind, _, normal in contacts]
    new_refs = {other: one.write for one in refs for other in one.all}
    new_windows = _new_windows(person, lead_type, forms)
    after = rekeyed_person(person, new_refs, new_windows)
    is_left = any(ref not in new_refs for ref in person.refs)
    if (after.refs, after.windows) == (person.refs, person.windows):
        return RekeyedRow(Rekeyed.LEFT if is_left else Rekeyed.SAME)
    added = [ref for ref in after.refs if ref not in person.refs]
    removed = [ref for ref in person.refs if ref not in after.refs]
    writes: list[batch.Write] = [
        leads.rekey(facts, now),
        people.update(facts.lead_id, after, facts.erase_at, now),
        *(contact_index.delete_lead(ref, facts.lead_id) for ref in removed),
        *(contact_index.put_lead(ref, facts, now) for ref in added),
        *_window_writes(facts, person, new_windows, now),
        *index_writes(facts, added, removed, now),
    ]
    batch.write(writes, batch.token_of("rekey", facts.lead_id, facts.version, now))
    return RekeyedRow(Rekeyed.CHANGED)


def _new_windows(person: Person, lead_type: LeadType, forms: LiveForms) -> dict[str, str]:
    """Return the ref of each row of the duplicate index in the form of new rows, by its ref in the other form."""
    if forms.other is None:
        return {}
    new, old = (
        duplicate_refs(
            form.key,
            lead_type.id,
            duplicate_values(person.fields, person.phone_marks, lead_type, form.form),
        )
        for form in (forms.written, forms.other)
    )
    return {old[name]: new[name] for name in old}


def _window_writes(
    facts: Facts, person: Person, new_refs: Mapping[str, str], now: int
) -> Iterator[batch.Write]:
    for ref in entered(facts, person):
        target = new_refs.get(ref, ref)
        if target == ref:
            continue
        for window in contact_index.list_windows(ref):
            for original in window.originals:
                if original.lead_id == facts.lead_id:
                    key = contact_index.window_key(target, window.lead_type_id)
                    found = batch.read([key], now)
                    there = contact_index.window_from_batch(target, window.lead_type_id, found)
                    yield contact_index.put_window(without(window, facts.lead_id), now)
                    yield contact_index.put_window(entered_again(there, original, now), now)
