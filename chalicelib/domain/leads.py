"""A lead: its facts, which identify nobody, and its person (vocabulary)."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from chalicelib.domain.retention import Retention, State, gone


class Status(StrEnum):
    """The verdict on a lead."""

    ACCEPTED = "accepted"
    HELD = "held"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Answer:
    """The verdict as the source was given it, kept so that a retry is answered byte for byte (INT-9)."""

    status: Status
    reason: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    due_at: int | None = None
    duplicate_of: str | None = None
    test: bool = False


@dataclass(frozen=True)
class Facts:
    """What stays of a lead for ever: ids, times, verdict, money (data.md, Facts are not)."""

    lead_id: str
    campaign_id: str
    project_id: str
    status: Status
    received_at: int
    retention: Retention
    source_kind: str
    source_id: str
    config_version: int
    answer: Answer | None = None
    digest: str | None = None
    reasons: tuple[str, ...] = ()
    price: Decimal | None = None
    currency: str = "USD"
    category: str | None = None
    group: str | None = None
    first_agent_id: str | None = None
    agent_id: str | None = None
    stage: str | None = None
    outcome: str | None = None
    last_activity_at: int | None = None
    follow_up_on: str | None = None
    duplicate_of: str | None = None
    blocked_at: int | None = None
    erasing_at: int | None = None
    erased_at: int | None = None
    basis: str | None = None
    confirmed_by: str = ""
    version: int = 1

    @property
    def test(self) -> bool:
        """Tell whether this is a test lead (INT-12)."""
        return self.retention.test

    @property
    def erase_at(self) -> int | None:
        """Return the instant from which the person is gone for every reader."""
        return self.retention.erase_at

    def is_live(self, now: int) -> bool:
        """Tell whether the person may still be there (RET-14)."""
        return self.erased_at is None and not gone(self.erase_at, now)

    def retention_state(self, now: int) -> State:
        """Return what a reader is told of the retention (RET-9)."""
        return self.retention.state(now, self.erased_at is not None)

    @property
    def worklist(self) -> str | None:
        """Return the one list a live, real lead stands in for people, or None (WRK-1)."""
        if self.test or self.erased_at is not None:
            return None
        if self.status is Status.HELD:
            return f"quality#{self.project_id}"
        if self.status is not Status.ACCEPTED:
            return None
        if self.agent_id is None:
            return f"unassigned#{self.project_id}"
        return f"{'closed' if self.outcome else 'open'}#{self.project_id}#{self.agent_id}"


@dataclass(frozen=True)
class Contact:
    """A normalised phone number or e-mail address of a person, and its ref."""

    kind: str
    field: str
    normal: str
    ref: str


@dataclass(frozen=True)
class Person:
    """What identifies: the fields the person gave, what came with them, and the refs that lead to them."""

    fields: dict[str, Any]
    extras: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)
    refs: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    version: int = 1


@dataclass(frozen=True)
class Activity:
    """One thing that happened to a lead, without free text (WRK-16)."""

    at: int
    id: str
    kind: str
    by_kind: str
    by_id: str
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Lead:
    """The facts, and the person if the reader may have it and it is not gone."""

    facts: Facts
    person: Person | None = None
    activities: tuple[Activity, ...] = ()
