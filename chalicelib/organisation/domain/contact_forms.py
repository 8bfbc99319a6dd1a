"""The forms in which contacts are written and looked up: a key and a normal form each (data-model.md, Contacts)."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import ClassVar

from chalicelib.core.contact_points import Refs, kept_refs, key_id, ref_of
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.organisation.domain.configuration import ConfigItem

CONTACTS = "contacts"
SETTLES_IN_S = 1_200
"""Longer than any function runs and than a setting is cached, so that no process is a phase behind by two."""


@dataclass(frozen=True)
class ContactForm:
    """One form: the fingerprint of its key, and the version of the normal form."""

    fingerprint: str
    form: int

    @property
    def name(self) -> str:
        """Return the key id and the version."""
        return f"{self.fingerprint[:8]}/{self.form}"


@dataclass(frozen=True, kw_only=True)
class ContactForms(ConfigItem):
    """The forms that are live.

    `current` is the form of new rows. During a migration `target` is the next one: from `writing_at` on the form of
    new rows. `kept` are earlier forms of rows that could not be re-keyed. `since` is the start of the present phase.
    """

    CONFIG_KIND: ClassVar[str] = "contact_forms"

    id: str = CONTACTS
    current: ContactForm
    target: ContactForm | None = None
    writing: bool = False
    since: int = 0
    kept: tuple[ContactForm, ...] = ()
    job_id: str | None = None

    @property
    def written(self) -> ContactForm:
        """Return the form of new rows."""
        return self.target if self.target and self.writing else self.current

    @property
    def other(self) -> ContactForm | None:
        """Return the second form of a running migration, or None."""
        return self.current if self.writing else self.target

    @property
    def former(self) -> tuple[ContactForm, ...]:
        """Return the forms of a running migration that rows are moved from, the oldest first."""
        return tuple(form for form in (*self.kept, self.current) if form != self.target)


@dataclass(frozen=True)
class KeyedForm:
    """A form with its key."""

    key: bytes
    form: int

    def ref(self, kind: str, contact: str) -> str:
        """Return the ref of a contact in this form."""
        return ref_of(self.key, kind, contact, self.form)

    def has(self, ref: str, form: int) -> bool:
        """Return whether a row with this ref and normal form is in this form."""
        return form == self.form and ref.startswith(f"{key_id(self.key)}.")


@dataclass(frozen=True)
class LiveForms:
    """The live forms with their keys; see `ContactForms`."""

    written: KeyedForm
    other: KeyedForm | None = None
    kept: tuple[KeyedForm, ...] = ()

    @property
    def in_migration(self) -> tuple[KeyedForm, ...]:
        """Return the form of new rows, and during a migration the other one: the forms of the duplicate index."""
        return (self.written,) if self.other is None else (self.written, self.other)

    def refs(self, kind: str, contact: str) -> Refs:
        """Return the refs of a contact in every live form."""
        ref = self.written.ref(kind, contact)
        if self.other is None and not self.kept:
            return Refs(ref, form=self.written.form)
        others = dict.fromkeys(other for other in self._others(kind, contact) if other != ref)
        return Refs(ref, tuple(others), self.written.form)

    def _others(self, kind: str, contact: str) -> Iterator[str]:
        if self.other is not None:
            yield self.other.ref(kind, contact)
        for form in self.kept:
            yield from kept_refs(form.key, kind, contact, form.form)


def begun(forms: ContactForms, target: ContactForm, job_id: str, now: int) -> ContactForms:
    """Return the forms as a migration begins: both are looked up, and nothing is written in the new form yet."""
    return replace(forms, target=target, since=now, job_id=job_id, version=forms.version + 1)


def writing(forms: ContactForms, now: int) -> ContactForms:
    """Return the forms once every process looks both up: new rows are written in the new form."""
    return replace(forms, writing=True, since=now, version=forms.version + 1)


def settled(forms: ContactForms, left: Collection[str], now: int) -> ContactForms:
    """Return the forms at the end of a migration. Of the former ones those are kept in which rows are left, by name."""
    if forms.target is None:
        return forms
    return replace(
        forms,
        current=forms.target,
        target=None,
        writing=False,
        since=now,
        kept=tuple(form for form in forms.former if form.name in left),
        version=forms.version + 1,
    )
