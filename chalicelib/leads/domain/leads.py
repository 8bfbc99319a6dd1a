"""A lead: its facts, which identify no person, and its person (glossary.md, Who and what)."""

from dataclasses import field
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypedDict

from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.retention import Retention, RetentionState, gone
from chalicelib.leads.domain.decision_basis import DecisionBasis
from chalicelib.organisation.domain.found_contacts import Found
from chalicelib.organisation.domain.phone_marks import PhoneMark
from chalicelib.organisation.domain.side_fields import PHONES


class Status(StrEnum):
    """The status of a lead, the result of the decision."""

    ACCEPTED = "accepted"
    HELD = "held"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class IntakeAnswer:
    """The result that the source got, kept so that a repeated request is answered byte for byte (INT-9)."""

    status: Status
    reason: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    due_at: int | None = None
    duplicate_of: str | None = None
    test: bool = False
    checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """The part of a lead that remains: ids, times, status, money (data-model.md, Facts and person).

    `enters_later` is True until the stream has entered the lead in the duplicate index, where the intake did not.
    """

    lead_id: str
    campaign_id: str
    project_id: str
    status: Status
    received_at: int
    retention: Retention
    source_kind: str
    source_id: str
    config_version: int
    answer: IntakeAnswer | None = None
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
    closing: bool = False
    retired_at: int | None = None
    retired_from: str | None = None
    waiting_since: int | None = None
    assigned_at: int | None = None
    last_activity_at: int | None = None
    follow_up_on: str | None = None
    duplicate_of: str | None = None
    failed: tuple[str, ...] = ()
    grade: str | None = None
    consent: str | None = None
    costs: tuple[str, ...] = ()
    calculated: dict[str, Any] = field(default_factory=dict)
    reviewed_at: int | None = None
    reconsidered_at: int | None = None
    appended_at: int | None = None
    resent_at: int | None = None
    blocked_at: int | None = None
    erasing_at: int | None = None
    erased_at: int | None = None
    basis: str | None = None
    confirmed_by: str = ""
    activity_mark: str = ""
    comment_bytes: int = 0
    enters_later: bool = False
    version: int = 1

    @property
    def test(self) -> bool:
        """Return True for a test lead (INT-12)."""
        return self.retention.test

    @property
    def is_original(self) -> bool:
        """Return True unless it is a test lead or a duplicate (data-model.md, Duplicate index)."""
        return not self.test and self.status is not Status.DUPLICATE

    @property
    def erase_at(self) -> int | None:
        """Return the end: the instant from which no reader sees the person."""
        return self.retention.erase_at

    @property
    def original_status(self) -> Status:
        """Return the status at receipt, which statistics count: held ones are reviewed, rejected ones reconsidered."""
        if self.reconsidered_at is None:
            return self.status if self.reviewed_at is None else Status.HELD
        if self.answer is not None:
            return self.answer.status
        is_later = self.reviewed_at is not None and self.reviewed_at < self.reconsidered_at
        return Status.HELD if is_later else Status.REJECTED

    def is_live(self, now: int) -> bool:
        """Return True if the person is not gone (RET-14)."""
        return self.erased_at is None and not gone(self.erase_at, now)

    def retention_state(self, now: int) -> RetentionState:
        """Return the state of the retention that readers see (RET-9)."""
        return self.retention.state(now, self.erased_at is not None)

    @property
    def worklist(self) -> str | None:
        """Return the one worklist of a live, real lead, or None (WRK-1)."""
        if self.test or self.erased_at is not None:
            return None
        if self.status is Status.HELD:
            return worklist_of("quality", self.project_id)
        if self.status is not Status.ACCEPTED:
            return None
        if self.retired_at is not None:
            return worklist_of("retired", self.project_id)
        if self.agent_id is None:
            return worklist_of("unassigned", self.project_id)
        return worklist_of("closed" if self.closed else "open", self.project_id, self.agent_id)

    @property
    def worklist_at(self) -> int:
        """Return the sort key in the worklist: the last activity, or the begin of the wait (WRK-1)."""
        if self.retired_at is not None:
            return self.retired_at
        since = self.last_activity_at if self.agent_id else self.waiting_since
        return since or self.received_at

    @property
    def handed_over_at(self) -> int:
        """Return when its agent got it: at the last assignment, else at its receipt."""
        return self.assigned_at or self.received_at

    @property
    def closed(self) -> bool:
        """Return True if the work on it is done: an outcome, or a closing stage (WRK-1)."""
        return self.outcome is not None or self.closing


def worklist_of(kind: str, project_id: str, agent_id: str | None = None) -> str:
    """Return the name of a worklist: `open` and `closed` belong to an agent, the others to a project (WRK-1)."""
    return "#".join(part for part in (kind, project_id, agent_id) if part is not None)


@dataclass(frozen=True)
class LeadContact:
    """A normalised phone number or e-mail address of a person, and its ref."""

    kind: str
    field: str
    normal: str
    ref: str


@dataclass(frozen=True)
class Person:
    """The personal data of a lead: the given fields, what came with them, and the refs derived from them.

    `refs` are those of its entries in the contact index. `other_refs` are refs of the same contacts in other live
    forms, under which only blocks may stand. `checked` holds the values that validation services found, by service;
    `decided` the inputs of the decision (CAM-13, CAM-20). `found` are the contacts of extras and text fields, as they
    were read once; None in older rows, and where reading finds none (data-model.md, Contacts).
    """

    fields: dict[str, Any]
    extras: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)
    refs: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    checked: dict[str, dict[str, Any]] = field(default_factory=dict)
    decided: DecisionBasis = field(default_factory=DecisionBasis)
    version: int = 1
    other_refs: tuple[str, ...] = ()
    found: Found | None = None

    @property
    def block_refs(self) -> list[str]:
        """Return every ref under which a contact of this person may be blocked (INT-11)."""
        return [*self.refs, *self.other_refs]

    @property
    def phone_marks(self) -> list[PhoneMark]:
        """Return the marks of the phone numbers: extension, unverified (INT-7)."""
        return list(self.evidence.get(PHONES, ()))


@dataclass(frozen=True)
class Activity:
    """One event in a lead's history, without free text (WRK-16)."""

    at: int
    id: str
    kind: str
    by_kind: str
    by_id: str
    detail: dict[str, Any] = field(default_factory=dict)


class HistoryPosition(TypedDict):
    """A position in the history of a lead: the key of the oldest entry of a page."""

    part: str


@dataclass(frozen=True)
class StoredLead:
    """The facts, the person if the reader may see it and it is live, and the time of retirement (WRK-5).

    `activities` may be the newest page of its history; then `earlier` is the position of the page before.
    """

    facts: Facts
    person: Person | None = None
    activities: tuple[Activity, ...] = ()
    retires_at: int | None = None
    earlier: HistoryPosition | None = None
