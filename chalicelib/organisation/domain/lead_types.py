"""What makes the fields of a lead type sound, and what may become of them later (INT-1)."""

from collections import Counter
from collections.abc import Iterator, Sequence

from chalicelib.core.errors import Conflict, FieldError, Invalid
from chalicelib.organisation.domain.configuration import Field
from chalicelib.organisation.domain.fields import MAX_CONTACTS, RESERVED

PERSONAL_KINDS = frozenset({"text", "phone", "email", "postal_code", "ip", "date"})
_CONTACT_KINDS = ("phone", "email")
_SHOWN_BESIDE = frozenset({"extras", "evidence"})


def validate(fields: Sequence[Field]) -> None:
    """Raise Invalid with every error in a lead type's fields (INT-1)."""
    errors = [*_keys(fields), *_choices(fields), *_contacts(fields), *_duplicates(fields)]
    if errors:
        raise Invalid("Some fields are not acceptable.", fields=errors)


def require_compatible(before: Sequence[Field], after: Sequence[Field]) -> None:
    """Raise Conflict `immutable` if a field's kind changes, Invalid if one is left out rather than retired (INT-1)."""
    now = {field.key: field for field in after}
    for field in before:
        if field.key in now and now[field.key].kind != field.kind:
            raise Conflict(f"The kind of the field {field.key} cannot be changed.", "immutable")
    gone = [field.key for field in before if field.key not in now]
    if gone:
        message = "Fields are retired, not removed: give it with `retired` true."
        raise Invalid(
            "Some fields are missing.",
            fields=[FieldError(f"fields.{key}", "required", message) for key in gone],
        )


def _keys(fields: Sequence[Field]) -> Iterator[FieldError]:
    times = Counter(field.key for field in fields)
    for position, field in enumerate(fields):
        if times[field.key] > 1:
            yield FieldError(f"fields.{position}.key", "repeated", "Two fields have this key.")
        if field.key in RESERVED | _SHOWN_BESIDE:
            yield FieldError(
                f"fields.{position}.key", "reserved", "This key has a meaning of its own at the door."
            )


def _choices(fields: Sequence[Field]) -> Iterator[FieldError]:
    for position, field in enumerate(fields):
        if (field.kind == "choice") != bool(field.choices):
            message = "A field of the kind choice, and only such a field, names its choices."
            yield FieldError(f"fields.{position}.choices", "choices", message)
        elif len(set(field.choices)) != len(field.choices):
            yield FieldError(f"fields.{position}.choices", "repeated", "A choice is named twice.")


def _contacts(fields: Sequence[Field]) -> Iterator[FieldError]:
    if sum(field.kind in _CONTACT_KINDS and not field.retired for field in fields) > MAX_CONTACTS:
        yield FieldError("fields", "too_many", f"At most {MAX_CONTACTS} phone and e-mail fields a lead type.")


def _duplicates(fields: Sequence[Field]) -> Iterator[FieldError]:
    keys = {field.key for field in fields}
    for position, field in enumerate(fields):
        if field.duplicate is not None and field.duplicate != field.key and field.duplicate in keys:
            message = "A set of fields may not have the name of a field."
            yield FieldError(f"fields.{position}.duplicate", "reserved", message)
