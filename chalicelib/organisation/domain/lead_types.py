"""The validation of a lead type's fields and of their changes (INT-1)."""

from collections import Counter
from collections.abc import Iterator, Sequence

from chalicelib.core.errors import Conflict, FieldError, Invalid
from chalicelib.organisation.domain.configuration import CONTACT_KINDS, Field
from chalicelib.organisation.domain.found_contacts import MAX_CONTACTS
from chalicelib.organisation.domain.sorted_values import RESERVED

PERSONAL_KINDS = frozenset({"text", "phone", "email", "postal_code", "ip", "date"})
_KEYS_OF_A_READ = 100
_OTHER_KEYS = 4  # campaign, facts, two rows of limits
_FORMS = 2  # normal forms, or keys, that are live during a migration
_SCOPES = 2  # the project, and all projects
MAX_DUPLICATE_SETS = (_KEYS_OF_A_READ - _OTHER_KEYS - MAX_CONTACTS * _SCOPES * _FORMS) // _FORMS
"""A lead's decision is one read of at most 100 keys, also while two normal forms of contacts are looked up."""
_SHOWN_WITH_FIELDS = frozenset({"extras", "evidence"})


def validate(fields: Sequence[Field]) -> None:
    """Raise Invalid with every error in a lead type's fields (INT-1)."""
    errors = [*_keys(fields), *_choices(fields), *_contacts(fields), *_duplicates(fields)]
    if errors:
        raise Invalid("Some fields are not acceptable.", fields=errors)


def require_compatible(before: Sequence[Field], after: Sequence[Field]) -> None:
    """Raise Conflict `immutable` for a changed kind, Invalid for a removed field, which must be retired (INT-1)."""
    new_fields = {field.key: field for field in after}
    for field in before:
        if field.key in new_fields and new_fields[field.key].kind != field.kind:
            raise Conflict(f"The kind of the field {field.key} cannot be changed.", "immutable")
    removed = [field.key for field in before if field.key not in new_fields]
    if removed:
        message = "A field cannot be removed: send it with `retired` true."
        raise Invalid(
            "Some fields are missing.",
            fields=[FieldError(f"fields.{key}", "required", message) for key in removed],
        )


def _keys(fields: Sequence[Field]) -> Iterator[FieldError]:
    counts = Counter(field.key for field in fields)
    for position, field in enumerate(fields):
        if counts[field.key] > 1:
            yield FieldError(
                f"fields.{position}.key", "repeated", "Two fields have this key; keys must be unique."
            )
        if field.key in RESERVED | _SHOWN_WITH_FIELDS:
            yield FieldError(f"fields.{position}.key", "reserved", "This key is reserved in the intake.")


def _choices(fields: Sequence[Field]) -> Iterator[FieldError]:
    for position, field in enumerate(fields):
        if (field.kind == "choice") != bool(field.choices):
            message = "A field of the kind `choice` needs choices; other fields cannot have them."
            yield FieldError(f"fields.{position}.choices", "choices", message)
        elif len(set(field.choices)) != len(field.choices):
            yield FieldError(f"fields.{position}.choices", "repeated", "A choice is listed twice.")


def _contacts(fields: Sequence[Field]) -> Iterator[FieldError]:
    if sum(field.kind in CONTACT_KINDS and not field.retired for field in fields) > MAX_CONTACTS:
        yield FieldError(
            "fields", "too_many", f"A lead type can have at most {MAX_CONTACTS} phone and e-mail fields."
        )


def _duplicates(fields: Sequence[Field]) -> Iterator[FieldError]:
    keys = {field.key for field in fields}
    for position, field in enumerate(fields):
        if field.duplicate is not None and field.duplicate != field.key and field.duplicate in keys:
            message = "A duplicate set cannot have the name of a field."
            yield FieldError(f"fields.{position}.duplicate", "reserved", message)
    if (
        len({field.duplicate for field in fields if field.duplicate and not field.retired})
        > MAX_DUPLICATE_SETS
    ):
        yield FieldError(
            "fields", "too_many", f"A lead type can have at most {MAX_DUPLICATE_SETS} duplicate sets."
        )
