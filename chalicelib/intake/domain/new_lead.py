"""A lead as it is stored the moment it comes in: facts, person, window entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Actor
from chalicelib.core.retention import Retention
from chalicelib.intake.domain.decision import Stored
from chalicelib.leads.domain.decision_basis import DecisionBasis
from chalicelib.leads.domain.duplicate_index import Original, Window, with_original
from chalicelib.leads.domain.leads import Facts, IntakeAnswer, Person, Status
from chalicelib.organisation.domain.fields import ParsedSubmission

ANYONE = "anyone"


@dataclass(frozen=True)
class DecisionRecord:
    """What a decision leaves on a lead: with its facts, and (`evidence`, `checked`, `decided`) with its person."""

    failed: tuple[str, ...] = ()
    grade: str | None = None
    consent: str | None = None
    costs: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    checked: dict[str, dict[str, Any]] = field(default_factory=dict)
    decided: DecisionBasis = field(default_factory=DecisionBasis)
    calculated: Mapping[str, Any] = field(default_factory=dict)
    calculated_personal: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LeadKeys:
    """Where a lead came from and what its contacts and duplicate sets are called by."""

    lead_id: str
    digest: str
    actor: Actor | None
    refs: tuple[str, ...]
    windows: Mapping[str, str]


def facts_of(
    campaign: Campaign,
    parsed: ParsedSubmission,
    stored: Stored,
    keys: LeadKeys,
    record: DecisionRecord,
    agent_id: str | None,
    stage: str | None,
    now: int,
) -> Facts:
    """Return the facts of a lead that comes in now: stamped with the campaign's policy from the start (RET-4).

    It stands in the project's first stage, and with the agent if it is worked at all (WRK-2). A test lead costs
    nothing, whatever was asked about it (INT-12).
    """
    retention = _retention(campaign, parsed, stored, now)
    price = None if parsed.test or stored.status is not Status.ACCEPTED else campaign.price
    agent = agent_id if stored.status is Status.ACCEPTED and not parsed.test else None
    return Facts(
        lead_id=keys.lead_id,
        campaign_id=campaign.id,
        project_id=campaign.project_id,
        status=stored.status,
        received_at=now,
        retention=retention,
        source_kind=keys.actor.kind if keys.actor else ANYONE,
        source_id=keys.actor.id if keys.actor else ANYONE,
        config_version=campaign.version,
        answer=_answer(stored, retention, price, campaign, keys, record),
        digest=keys.digest,
        reasons=stored.reasons,
        duplicate_of=stored.original.lead_id if stored.original else None,
        failed=record.failed,
        grade=record.grade,
        consent=record.consent,
        costs=() if parsed.test else record.costs,
        calculated=dict(record.calculated),
        price=price,
        currency=campaign.currency,
        category=campaign.assignment.category,
        group=campaign.assignment.group,
        first_agent_id=agent,
        agent_id=agent,
        stage=stage,
        last_activity_at=now if agent else None,
    )


def person_of(parsed: ParsedSubmission, keys: LeadKeys, record: DecisionRecord) -> Person:
    """Return everything that identifies, and the refs that an erasure will follow."""
    windows = () if parsed.test else tuple(keys.windows.values())
    evidence = {**parsed.evidence, **record.evidence}
    fields = {**parsed.fields, **record.calculated_personal}
    return Person(fields, parsed.extras, evidence, keys.refs, windows, record.checked, record.decided)


def updated_windows(facts: Facts, windows: Sequence[Window]) -> tuple[Window, ...]:
    """Return the windows with this lead added; not for duplicates and test leads (data-model.md, Duplicate index)."""
    if not windows or not facts.is_original:
        return ()
    original = Original(
        lead_id=facts.lead_id,
        campaign_id=facts.campaign_id,
        project_id=facts.project_id,
        received_at=facts.received_at,
        erase_at=facts.erase_at,
        rejected=facts.status is Status.REJECTED,
        source_id=facts.source_id,
    )
    return tuple(with_original(window, original, facts.received_at) for window in windows)


def _retention(campaign: Campaign, parsed: ParsedSubmission, settled: Stored, now: int) -> Retention:
    rejected = settled.status in (Status.REJECTED, Status.DUPLICATE)
    base = Retention(now, campaign.retention, test=parsed.test, rejected=rejected)
    return Retention(now, campaign.retention, parsed.test, rejected, base_due_at=base.due_at)


def _answer(
    settled: Stored,
    retention: Retention,
    price: Decimal | None,
    campaign: Campaign,
    origin: LeadKeys,
    marks: DecisionRecord,
) -> IntakeAnswer:
    return IntakeAnswer(
        status=settled.status,
        reason=settled.reasons[0] if settled.reasons else None,
        price=price,
        currency=None if price is None else campaign.currency,
        due_at=retention.erase_at,
        duplicate_of=_original_id_for_source(settled.original, origin),
        test=retention.test,
        checks=marks.failed if campaign.tell_source_reasons else (),
    )


def _original_id_for_source(original: Original | None, origin: LeadKeys) -> str | None:
    """Return the earlier lead's id for the source that sent it, and for nobody else (INT-8)."""
    if original is None or origin.actor is None or origin.actor.kind != "credential":
        return None
    return original.lead_id if original.source_id == origin.actor.id else None
