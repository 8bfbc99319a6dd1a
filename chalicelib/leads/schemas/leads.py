"""Leads as users read and correct them (INT-15 … INT-17)."""

import json
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, WithJsonSchema

from chalicelib.core.retention import DeadlineOrigin, RetentionState
from chalicelib.core.times import iso, optional_iso
from chalicelib.http.schemas.base import Contract, PageQuery, optional_field
from chalicelib.http.schemas.named import NamedActor, NamedCampaign, NamedProject, NamedUser
from chalicelib.http.schemas.values import Identifier, Version
from chalicelib.leads.domain import erasure, history, leads
from chalicelib.leads.domain.leads import Status

_Calculated = Annotated[
    Any, WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]})
]
UtcInstant = Annotated[str, Field(description="ISO 8601, UTC, with Z.")]


class ActorRef(NamedActor):
    """The actor of an event with the name: a user, a source credential, a job or the system."""


class HistoryEvent(Contract):
    """One event in a lead's history. Further keys depend on its kind (WRK-16)."""

    model_config = ConfigDict(extra="allow")

    at: UtcInstant
    kind: str
    by: ActorRef
    user: NamedUser | None = optional_field("The user of `user_id` with the name.")
    previous_user: NamedUser | None = optional_field("The user of `previous_user_id` with the name.")

    @classmethod
    def of(cls, activity: leads.Activity) -> "HistoryEvent":
        """Return an activity as the history shows it."""
        by = ActorRef(kind=activity.by_kind, id=activity.by_id)
        users = {name: NamedUser.of(activity.detail.get(f"{name}_id")) for name in ("user", "previous_user")}
        return cls.model_validate(
            {**activity.detail, **users, "at": iso(activity.at), "kind": activity.kind, "by": by}
        )


class LegalHold(Contract):
    """A legal hold."""

    until: UtcInstant
    ground: str | None


class LeadRetention(Contract):
    """The retention of a lead. Reading it needs no separate permission (RET-9, RET-13)."""

    days: int | None
    base_due_at: UtcInstant | None = Field(
        description="The deadline by the policy at receipt. It never changes."
    )
    due_at: UtcInstant | None
    erase_at: UtcInstant | None
    origin: DeadlineOrigin
    state: RetentionState
    hold: LegalHold | None = optional_field()

    @classmethod
    def of(cls, facts: leads.Facts, now: int) -> "LeadRetention":
        """Return a lead's retention."""
        retention = facts.retention
        return cls(
            days=retention.days,
            base_due_at=optional_iso(retention.base_due_at),
            due_at=optional_iso(retention.due_at),
            erase_at=optional_iso(retention.erase_at),
            origin=retention.origin,
            state=facts.retention_state(now),
            hold=_hold(retention.hold_until, retention.hold_ground),
        )


class LeadConsent(Contract):
    """A person's consent: given or not, to which text, and when it was checked (CAM-12)."""

    given: bool
    text_version: int
    at: UtcInstant

    @classmethod
    def of(cls, stored: str) -> "LeadConsent":
        """Return the consent that the facts hold."""
        values = json.loads(stored)
        return cls(given=values["given"], text_version=values["text_version"], at=iso(values["at"]))


class Lead(Contract):
    """A lead: its facts, and its person while the lead is live and the reader may see the person."""

    lead_id: str
    version: int
    campaign_id: str
    campaign: NamedCampaign
    project_id: str
    project: NamedProject
    status: Status
    state: Literal["live", "erased"]
    test: bool
    received_at: UtcInstant
    reasons: list[str]
    config_version: int = Field(description="The version of the campaign's settings that decided on it.")
    failed: list[str] | None = optional_field("The checks that failed: check, rule, number of several.")
    grade: str | None = optional_field()
    consent: LeadConsent | None = optional_field("If the campaign asks for consent.")
    calculated: dict[str, _Calculated] | None = optional_field("Calculated fields that are not personal.")
    costs: dict[str, str] | None = optional_field(
        "The cost of validation services for this lead, by service."
    )
    price: str | None = Field(description="The price the organisation pays for the lead, as a decimal.")
    currency: str
    retention: LeadRetention
    category: str | None = optional_field("A category of the organisation, stamped by the campaign.")
    group: str | None = optional_field("A group of the organisation, stamped by the campaign.")
    agent_id: str | None
    agent: NamedUser | None = optional_field("The agent with the name.")
    stage: str | None
    outcome: str | None
    last_activity_at: UtcInstant | None
    retires_at: UtcInstant | None = optional_field("When the lead is retired if there is no activity.")
    retired_at: UtcInstant | None = optional_field("Since when the lead is retired.")
    retired_from: str | None = optional_field("The agent of the lead before it was retired.")
    retired_from_agent: NamedUser | None = optional_field("This agent with the name.")
    follow_up_on: str | None
    worklist: str | None = Field(
        description="The worklist of the lead: quality, unassigned, open, closed or retired."
    )
    blocked_at: UtcInstant | None = optional_field("Since when a contact of the lead is blocked.")
    duplicate_of: str | None = optional_field()
    erased_at: UtcInstant | None = optional_field("When the person was erased; then there is no `person`.")
    basis: str | None = optional_field("Why the person was erased: retention, forget or test.")
    person: dict[str, Any] | None = optional_field(
        "The fields by key, with `extras` (unknown fields) and `evidence` (consent and request data)."
    )
    checked: dict[str, Any] | None = optional_field(
        "The results of validation services, by service; erased with the person."
    )
    history: list[HistoryEvent] | None = optional_field("The latest entries, oldest first; not in lists.")
    history_next: str | None = optional_field("The cursor of earlier entries: `GET …/history?cursor=`.")

    @classmethod
    def of(
        cls, lead: leads.StoredLead, now: int, *, with_history: bool, history_next: str | None = None
    ) -> "Lead":
        """Return a lead as the API shows it at `now`.

        From its end on it is erased for every reader (RET-9, INT-15). `history_next` is the cursor of the entries
        before its history.
        """
        facts = lead.facts
        live = facts.is_live(now)
        return cls(
            lead_id=facts.lead_id,
            version=facts.version,
            campaign_id=facts.campaign_id,
            campaign=NamedCampaign(id=facts.campaign_id),
            project_id=facts.project_id,
            project=NamedProject(id=facts.project_id),
            status=facts.status,
            state="live" if live else "erased",
            test=facts.test,
            received_at=iso(facts.received_at),
            reasons=list(facts.reasons),
            config_version=facts.config_version,
            failed=list(facts.failed) or None,
            grade=facts.grade,
            consent=LeadConsent.of(facts.consent) if facts.consent else None,
            calculated=facts.calculated or None,
            costs=_costs(facts) or None,
            price=None if facts.price is None else str(facts.price),
            currency=facts.currency,
            retention=LeadRetention.of(facts, now),
            category=facts.category,
            group=facts.group,
            agent_id=facts.agent_id,
            agent=NamedUser.of(facts.agent_id),
            stage=facts.stage,
            outcome=facts.outcome,
            last_activity_at=optional_iso(facts.last_activity_at),
            retires_at=optional_iso(lead.retires_at) if live else None,
            retired_at=optional_iso(facts.retired_at),
            retired_from=facts.retired_from,
            retired_from_agent=NamedUser.of(facts.retired_from),
            follow_up_on=facts.follow_up_on,
            worklist=facts.worklist.partition("#")[0] if live and facts.worklist else None,
            blocked_at=optional_iso(facts.blocked_at),
            duplicate_of=facts.duplicate_of,
            erased_at=None if live else optional_iso(facts.erased_at or facts.erase_at),
            basis=None if live else facts.basis or erasure.basis_of(facts),
            person=_person(lead.person) if live and lead.person else None,
            checked=(lead.person.checked or None) if live and lead.person else None,
            history=[HistoryEvent.of(entry) for entry in history.of(lead, now)] if with_history else None,
            history_next=history_next,
        )


class LeadPage(Contract):
    """A page of leads, in the list's order."""

    items: list[Lead]
    next: str | None


class DayQuery(PageQuery):
    """Which leads of one campaign's UTC day; by default live leads that are no test leads (INT-16)."""

    campaign: Identifier
    day: date | None = Field(default=None, description="The UTC day of receipt; by default today.")
    status: Status | None = None
    state: Literal["live", "erased"] = "live"
    test: bool = Field(default=False, description="Test leads only.")


class LeadQuery(DayQuery):
    """Which leads of a day to list, and whether with their persons."""

    person: bool = Field(default=False, description="List with the persons; each reading is recorded.")


class LeadCorrection(Contract):
    """Personal fields to correct. null clears a field; a field that is left out keeps its value (INT-17)."""

    version: Version
    person: dict[str, Any] = Field(min_length=1, max_length=100)


def _costs(facts: leads.Facts) -> dict[str, str]:
    lines = (line.partition("=") for line in facts.costs)
    return {service: price for service, _, price in lines}


def _hold(until: int | None, ground: str | None) -> LegalHold | None:
    return None if until is None else LegalHold(until=iso(until), ground=ground)


def _person(person: leads.Person) -> dict[str, Any]:
    parts = {"extras": person.extras, "evidence": person.evidence}
    return {**person.fields, **{name: values for name, values in parts.items() if values}}
