"""Criteria as the OpenAPI document describes them (CAM-2). They are not validated here, but in the domain."""

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.campaigns.domain.criteria.validation import MAX_DEPTH, MAX_LEAVES, MAX_LISTED
from chalicelib.http.schemas.base import Contract
from chalicelib.http.schemas.values import optional

_Scalar = str | float | bool
_Bound = str | float
_Text = Annotated[str, Field(min_length=1)]
_FieldKey = Annotated[
    str, Field(description="A field of the lead type, a calculated field or a key of evidence.")
]


class _Named(Contract):
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = optional(
        "The name of this criterion in a trace."
    )


class EqualsCriterion(_Named):
    """The field has this value, or does not have it."""

    field: _FieldKey
    op: Literal["equals", "not_equals"]
    value: _Scalar


class OneOfCriterion(_Named):
    """The field has one of these values, or does not have any of them."""

    field: _FieldKey
    op: Literal["one_of", "none_of"]
    value: Annotated[list[_Scalar], Field(min_length=1, max_length=MAX_LISTED)]


class BoundCriterion(_Named):
    """The field is at least, or at most, a number, a date (YYYY-MM-DD) or a time with a zone."""

    field: _FieldKey
    op: Literal["at_least", "at_most"]
    value: _Bound


class BetweenCriterion(_Named):
    """The field is between two numbers, dates or times, both included. The smaller value comes first."""

    field: _FieldKey
    op: Literal["between"]
    value: Annotated[list[_Bound], Field(min_length=2, max_length=2)]


class TextCriterion(_Named):
    """The field begins with, ends with or contains a text of 1 to 1000 characters, or matches a pattern."""

    field: _FieldKey
    op: Literal["starts_with", "ends_with", "contains", "matches"]
    value: _Text


class PresenceCriterion(_Named):
    """The lead has the field, or does not have it."""

    field: _FieldKey
    op: Literal["exists", "missing"]


class ExpressionCriterion(_Named):
    """An expression in CEL that is true or false."""

    expression: _Text


class AllCriteria(_Named):
    """All of these criteria must be met."""

    all: "Members"


class AnyCriteria(_Named):
    """At least one of these criteria must be met."""

    any: "Members"


Members = Annotated[
    list[
        AllCriteria
        | AnyCriteria
        | EqualsCriterion
        | OneOfCriterion
        | BoundCriterion
        | BetweenCriterion
        | TextCriterion
        | PresenceCriterion
        | ExpressionCriterion
    ],
    Field(min_length=1, max_length=MAX_LEAVES),
]


Criteria = Annotated[
    AllCriteria | AnyCriteria,
    Field(description=f"Groups and conditions, at most {MAX_DEPTH} deep and {MAX_LEAVES} conditions."),
]
"""A campaign's criteria are one group."""
