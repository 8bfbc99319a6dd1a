"""Entries of the ledger as the API shows them (PRI-28)."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ConfigDict, Field

from chalicelib.core.times import iso
from chalicelib.http.schemas.base import Contract, optional_field
from chalicelib.http.schemas.named import NamedActor, NamedItem, NamedUser
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain import receipts
from chalicelib.ledger.domain.entries import EntryKind
from chalicelib.ledger.domain.references import item_of, items_in


class EntryActor(NamedActor):
    """The actor of an entry with the name: a user, a source credential, a job or the system."""

    user_id: str | None = optional_field("Of a job: the user it acted for, such as the one who put a file.")
    user: NamedUser | None = optional_field()


class FieldChange(Contract):
    """A field that changed. Its values are shown only if they are not personal (PRI-27)."""

    model_config = ConfigDict(serialize_by_alias=True)

    name: str
    before: str | None = Field(
        default=None, serialization_alias="from", exclude_if=lambda value: value is None
    )
    after: str | None = Field(default=None, serialization_alias="to", exclude_if=lambda value: value is None)
    names: list[NamedItem] | None = optional_field("The things whose ids the values hold, with their names.")

    @classmethod
    def of(cls, name: str, before: str | None, after: str | None) -> "FieldChange":
        """Return a change as the API shows it."""
        items = [NamedItem(kind=kind, id=item_id) for kind, item_id in items_in(name, before, after)]
        return cls(name=name, before=before, after=after, names=items or None)


class Entry(Contract):
    """One entry of the ledger: instant, actor, action and subject."""

    id: str
    at: str
    actor: EntryActor
    action: str
    subject: str
    item: NamedItem | None = optional_field(
        "The subject with its name, if it is a user, project, campaign, lead type or source credential."
    )
    fields: list[FieldChange]
    through: str | None = optional_field("How a person was read: view, list, search, export, …")
    effect: str | None = optional_field("The effect that was confirmed before the action (RET-12).")
    receipt_id: str | None = optional_field("The receipt of this erasure.")

    @classmethod
    def of(cls, entry: ledger_entries.Entry) -> "Entry":
        """Return an entry as the API shows it."""
        detail, item = entry.detail or {}, item_of(entry.subject)
        receipt = entry.kind is EntryKind.RECEIPT
        return cls(
            id=entry.id,
            at=iso(entry.at),
            actor=_actor(entry),
            action=entry.action,
            subject=entry.subject,
            item=None if item is None else NamedItem(kind=item[0], id=item[1]),
            fields=[*_changed(entry), *(() if receipt else _effect(detail))],
            through=entry.through,
            effect=detail.get("effect"),
            receipt_id=receipts.id_of(receipts.detail_of(entry)["lead_id"], entry.at) if receipt else None,
        )


def _actor(entry: ledger_entries.Entry) -> EntryActor:
    user_id = None if entry.actor_kind == "user" else entry.user_id
    return EntryActor(kind=entry.actor_kind, id=entry.actor_id, user_id=user_id, user=NamedUser.of(user_id))


def _changed(entry: ledger_entries.Entry) -> Iterator[FieldChange]:
    return (FieldChange.of(field.name, field.before, field.after) for field in entry.fields)


def _effect(detail: Mapping[str, Any]) -> Iterator[FieldChange]:
    """Yield the rest of an entry's detail, without its effect and the user, as fields that were set."""
    for name, value in detail.items():
        if name not in ("effect", ledger_entries.BY_USER) and value is not None:
            yield FieldChange.of(name, None, value if isinstance(value, str) else json.dumps(value))
