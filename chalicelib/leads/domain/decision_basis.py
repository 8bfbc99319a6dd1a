"""The inputs of a decision besides the lead itself, in JSON. They are kept with the person (CAM-20)."""

from typing import Any, Literal, NotRequired, TypedDict


class OriginalBasis(TypedDict):
    """An earlier lead that the duplicate check found (see `duplicate_index.Original`)."""

    lead_id: str
    campaign_id: str
    project_id: str
    received_at: int
    erase_at: int | None
    rejected: bool
    source_id: NotRequired[str]


class LimitsBasis(TypedDict):
    """The places taken of the limits; the minutes of `before` are text."""

    minute: int
    taken: int
    before: dict[str, int]
    day: str
    in_day: int
    in_month: int


class GradingBasis(TypedDict):
    """The organisation's grading: points by check; letters with their least points and action, best first."""

    points: dict[str, int]
    letters: list[tuple[str, int, Literal["accept", "hold", "reject"]]]


class ServiceBasis(TypedDict):
    """The result of a validation service (see `services.result.ServiceResult`)."""

    ran: bool
    failed: bool
    passed: bool | None
    values: dict[str, Any]
    detail: dict[str, Any]


class DecisionBasis(TypedDict, total=False):
    """The inputs of a decision; a key is missing if the decision did not use it.

    A correction adds `fields`, `contacts` and `contacts_corrected`: the original fields except contacts, which fields
    had contacts, and whether one of them was changed.
    """

    originals: list[OriginalBasis]
    limits: LimitsBasis
    grading: GradingBasis
    services: dict[str, ServiceBasis]
    fields: dict[str, Any]
    contacts: list[str]
    contacts_corrected: bool
