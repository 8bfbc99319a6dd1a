"""A lead as it is stored the moment it comes in: facts, person, window entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chalicelib.domain.access import Actor
from chalicelib.domain.fields import Reading
from chalicelib.domain.intake import Settled
from chalicelib.domain.leads import Answer, Facts, Person, Status
from chalicelib.domain.retention import Retention
from chalicelib.domain.setup import Campaign
from chalicelib.domain.windows import Original, Window, with_original

ANYONE = "anyone"


@dataclass(frozen=True)
class Marks:
    """What a decision leaves on a lead: with its facts, and (`evidence`, `checked`, `decided`) with its person."""

    failed: tuple[str, ...] = ()
    grade: str | None = None
    consent: str | None = None
    costs: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    checked: dict[str, Any] = field(default_factory=dict)
    decided: dict[str, Any] = field(default_factory=dict)
    calculated: Mapping[str, Any] = field(default_factory=dict)
    calculated_personal: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Origin:
    """Where a lead came from and what its contacts and duplicate sets are called by."""

    lead_id: str
    digest: str
    actor: Actor | None
    refs: tuple[str, ...]
    windows: Mapping[str, str]


def facts_of(
    campaign: Campaign,
    reading: Reading,
    settled: Settled,
    origin: Origin,
    marks: Marks,
    agent_id: str | None,
    stage: str | None,
    now: int,
) -> Facts:
    """Return the facts of a lead that comes in now: stamped with the campaign's policy from the start (RET-4).

    It stands in the project's first stage, and with the agent if it is worked at all (WRK-2). A test lead costs
    nothing, whatever was asked about it (INT-12).
    """
    retention = _retention(campaign, reading, settled, now)
    price = None if reading.test or settled.status is not Status.ACCEPTED else campaign.price
    agent = agent_id if settled.status is Status.ACCEPTED and not reading.test else None
    return Facts(
        lead_id=origin.lead_id,
        campaign_id=campaign.id,
        project_id=campaign.project_id,
        status=settled.status,
        received_at=now,
        retention=retention,
        source_kind=origin.actor.kind if origin.actor else ANYONE,
        source_id=origin.actor.id if origin.actor else ANYONE,
        config_version=campaign.version,
        answer=_answer(settled, retention, price, campaign, origin, marks),
        digest=origin.digest,
        reasons=settled.reasons,
        duplicate_of=settled.original.lead_id if settled.original else None,
        failed=marks.failed,
        grade=marks.grade,
        consent=marks.consent,
        costs=() if reading.test else marks.costs,
        calculated=dict(marks.calculated),
        price=price,
        currency=campaign.currency,
        category=campaign.assignment.category,
        group=campaign.assignment.group,
        first_agent_id=agent,
        agent_id=agent,
        stage=stage,
        last_activity_at=now if agent else None,
    )


def person_of(reading: Reading, origin: Origin, marks: Marks) -> Person:
    """Return everything that identifies, and the refs that an erasure will follow."""
    windows = () if reading.test else tuple(origin.windows.values())
    evidence = {**reading.evidence, **marks.evidence}
    fields = {**reading.fields, **marks.calculated_personal}
    return Person(fields, reading.extras, evidence, origin.refs, windows, marks.checked, marks.decided)


def windows_after(facts: Facts, windows: Sequence[Window]) -> tuple[Window, ...]:
    """Return the windows with this lead as an original; duplicates and test leads never are (data.md)."""
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


def _retention(campaign: Campaign, reading: Reading, settled: Settled, now: int) -> Retention:
    rejected = settled.status in (Status.REJECTED, Status.DUPLICATE)
    base = Retention(now, campaign.retention, test=reading.test, rejected=rejected)
    return Retention(now, campaign.retention, reading.test, rejected, base_due_at=base.due_at)


def _answer(
    settled: Settled,
    retention: Retention,
    price: Decimal | None,
    campaign: Campaign,
    origin: Origin,
    marks: Marks,
) -> Answer:
    return Answer(
        status=settled.status,
        reason=settled.reasons[0] if settled.reasons else None,
        price=price,
        currency=None if price is None else campaign.currency,
        due_at=retention.erase_at,
        duplicate_of=_told(settled.original, origin),
        test=retention.test,
        checks=marks.failed if campaign.tell_source_reasons else (),
    )


def _told(original: Original | None, origin: Origin) -> str | None:
    """Return the earlier lead's id for the source that sent it, and for nobody else (INT-8)."""
    if original is None or origin.actor is None or origin.actor.kind != "credential":
        return None
    return original.lead_id if original.source_id == origin.actor.id else None
