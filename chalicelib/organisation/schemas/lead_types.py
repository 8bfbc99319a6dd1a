"""Lead types: the templates of a lead's fields (INT-1)."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from chalicelib.http.schemas.base import Contract
from chalicelib.http.schemas.values import Name, Version, Word, given_values, optional
from chalicelib.organisation.domain import configuration
from chalicelib.organisation.domain.lead_types import PERSONAL_KINDS

Kind = Literal[
    "text", "phone", "email", "number", "date", "choice", "postal_code", "country", "ip", "url", "boolean"
]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Choices = Annotated[list[Name], Field(max_length=200)]


class LeadField(Contract):
    """One field of a lead type."""

    key: Key
    label: Name | None = Field(default=None, description="The name that users see; by default the key.")
    kind: Kind
    required: bool = False
    personal: bool | None = Field(
        default=None,
        description="Whether it identifies a person. Default: true for text, phone, email, postal_code, ip, date.",
    )
    duplicate: bool | Word | None = Field(
        default=False,
        description="true: equal values mean a duplicate. A name: all fields with this name are compared together.",
    )
    choices: Choices = Field(default_factory=list)
    multiple: bool = False
    retired: bool = False

    def to_domain(self) -> configuration.Field:
        """Return the field with its defaults."""
        return configuration.Field(
            key=self.key,
            label=self.label or self.key,
            kind=self.kind,
            required=self.required,
            personal=self.kind in PERSONAL_KINDS if self.personal is None else self.personal,
            duplicate=self.key if self.duplicate is True else self.duplicate or None,
            choices=tuple(self.choices),
            multiple=self.multiple,
            retired=self.retired,
        )


Fields = Annotated[list[LeadField], Field(min_length=1, max_length=100)]


class NewLeadType(Contract):
    """A lead type to add."""

    name: Name
    fields: Fields

    def values(self) -> dict[str, Any]:
        """Return the fields that were given, as domain values."""
        return given_values(self)


class LeadTypeChange(Contract):
    """Changes to a lead type. `fields` is the whole list, with the retired fields."""

    version: Version
    name: Name = optional()
    fields: Fields = optional()

    def values(self) -> dict[str, Any]:
        """Return the fields to change, as domain values."""
        return given_values(self)


class LeadFieldResponse(Contract):
    """One field of a lead type."""

    key: str
    label: str
    kind: str
    required: bool
    personal: bool
    duplicate: bool | str
    choices: list[str]
    multiple: bool
    retired: bool

    @classmethod
    def of(cls, field: configuration.Field) -> "LeadFieldResponse":
        """Return a field as the API shows it."""
        return cls(
            key=field.key,
            label=field.label,
            kind=field.kind,
            required=field.required,
            personal=field.personal,
            duplicate=True if field.duplicate == field.key else field.duplicate or False,
            choices=list(field.choices),
            multiple=field.multiple,
            retired=field.retired,
        )


class LeadTypeResponse(Contract):
    """A lead type."""

    id: str
    version: int
    name: str
    fields: list[LeadFieldResponse]

    @classmethod
    def of(cls, lead_type: configuration.LeadType) -> "LeadTypeResponse":
        """Return a lead type as the API shows it."""
        return cls(
            id=lead_type.id,
            version=lead_type.version,
            name=lead_type.name,
            fields=[LeadFieldResponse.of(field) for field in lead_type.fields],
        )


class LeadTypePage(Contract):
    """One page of lead types."""

    items: list[LeadTypeResponse]
    next: str | None
