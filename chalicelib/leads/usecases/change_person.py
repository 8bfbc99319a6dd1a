"""Changes a lead's person: checks new contacts for blocks and updates the contact index (INT-11, INT-17)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.store import blocks
from chalicelib.core.access import Actor
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.leads.domain.correction import Corrected
from chalicelib.leads.domain.leads import Facts, Person
from chalicelib.leads.store import contact_index, forget_orders, leads, people
from chalicelib.leads.usecases.move_windows import WindowMove, moved_windows, within
from chalicelib.leads.usecases.record_change import history_and_ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import FieldChange
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.organisation.domain.found_contacts import too_many_contacts
from chalicelib.organisation.usecases.contact_forms import contact_forms

_MOST_REFS = 40
"""Of the contacts in all live forms: a release of the lead requires two rows of blocks for each, in one write."""


@dataclass(frozen=True)
class PersonChange:
    """A change of a person: the facts as read, the new person, the changed fields, the refs to add and to remove.

    `unblocked` are the refs of new contacts, in every live form: none may be blocked. A contact that only gets another
    form is not new. `required` keeps orders to forget and legal holds with the lead; `windows` is its move in the
    duplicate index.
    """

    facts: Facts
    person: Person
    names: tuple[str, ...]
    added: list[str]
    removed: list[str]
    unblocked: list[str]
    required: Sequence[batch.Write]
    windows: WindowMove


def prepare_change(
    facts: Facts, before: Person, result: Corrected, lead_type: LeadType, now: int
) -> PersonChange:
    """Return the change of a person. Raise Conflict `blocked` if a new contact is blocked (INT-11)."""
    forms = contact_forms(now)
    contacts = [forms.refs(kind, normal) for kind, _, normal in result.contacts]
    refs = tuple(dict.fromkeys(contact.write for contact in contacts))
    new = [ref for contact in contacts if not set(contact.all) & set(before.refs) for ref in contact.all]
    if new and blocks.from_batch(
        new, facts.project_id, batch.read_many(blocks.keys(new, facts.project_id), now)
    ):
        raise Conflict("A contact of this lead may not be contacted.", "blocked")
    others = tuple(dict.fromkeys(ref for contact in contacts for ref in contact.others))
    after = replace(result.person, refs=refs, other_refs=others, version=before.version + 1)
    if len(after.block_refs) > max(_MOST_REFS, len(before.block_refs)):
        raise Invalid("Some fields are not acceptable.", fields=[too_many_contacts()])
    added = [ref for ref in refs if ref not in before.refs]
    removed = [ref for ref in before.refs if ref not in refs]
    required = index_writes(facts, added, removed, now)
    windows = moved_windows(facts, before, after, lead_type, now)
    unblocked = list(dict.fromkeys(new))
    return PersonChange(facts, after, result.names, added, removed, unblocked, required, windows)


def index_writes(facts: Facts, added: Sequence[str], removed: Sequence[str], now: int) -> list[batch.Write]:
    """Return the writes that keep an order to forget, and a legal hold, with a lead whose contacts change.

    Without the condition a lead could lose the contact of an order that was written meanwhile (PRI-9). Raise Conflict
    `erased` if an order for one of the contacts is open.
    """
    writes: list[batch.Write] = []
    if removed:
        seen = forget_orders.read_again(now)
        ordered = {ref for order in seen.for_lead(facts, now) for ref in order.refs_in(facts.project_id)}
        if not ordered.isdisjoint(removed):
            raise Conflict("The person of this lead is gone.", "erased")
        writes.append(forget_orders.require_version(seen))
    until = facts.retention.hold_until
    if until is not None and facts.retention.has_legal_hold(now):
        writes += [contact_index.put_hold(ref, facts.lead_id, until, now) for ref in added]
        writes += [contact_index.delete_hold(ref, facts.lead_id) for ref in removed]
    return writes


def change_person(
    actor: Actor,
    change: PersonChange,
    action: str,
    token: str,
    now: int,
    *,
    history: Mapping[str, Any] | None = None,
    extra_writes: Sequence[batch.Write] = (),
) -> None:
    """Replace the person that was read, if the lead is live and no new contact is blocked (PRI-17).

    The person's end does not change. History and ledger have the names of the fields, never a value; `history` is shown
    in addition. `extra_writes` are made in the same transaction. `token` identifies the intent. Raise Cancelled if a
    condition does not hold.
    """
    facts = change.facts
    entry_id = ledger_entries.entry_id(action, facts.lead_id, facts.version)
    fields = tuple(FieldChange(name) for name in change.names)
    shown = {"fields": list(change.names), **(history or {})}
    writes: list[batch.Write] = [
        leads.update(facts, facts, now),
        *(contact_index.delete_lead(ref, facts.lead_id) for ref in change.removed),
        *(contact_index.put_lead(ref, facts, now) for ref in change.added),
        *blocks.require_absent(change.unblocked, facts.project_id, now),
        *history_and_ledger(actor, facts, action, entry_id, now, fields=fields, history=shown),
        *change.required,
        *extra_writes,
    ]
    if len(writes) >= batch.WRITES_AT_ONCE:
        raise Invalid("Too many contacts change at once.", fields=[too_many_contacts()])
    windows = within(change.windows, facts, batch.WRITES_AT_ONCE - len(writes) - 1, now)
    person = replace(change.person, windows=windows.refs)
    writes += [people.update(facts.lead_id, person, facts.erase_at, now), *windows.writes]
    batch.write(writes, batch.token_of(token, *change.windows.read))
