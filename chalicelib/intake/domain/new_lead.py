"""A lead at the moment of its receipt: facts, person, entries of the duplicate index."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from decimal import Decimal
from typing import Any

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Actor
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.retention import Retention, at_receipt
from chalicelib.intake.domain.decision import Stored
from chalicelib.leads.domain.decision_basis import DecisionBasis
from chalicelib.leads.domain.duplicate_index import Original, Window, as_original, with_original
from chalicelib.leads.domain.leads import Facts, IntakeAnswer, Person, Status
from chalicelib.organisation.domain.fields import ParsedSubmission

ANYONE = "anyone"


@dataclass(frozen=True)
class DecisionRecord:
    """The values of a decision that are kept: with the facts, or (`evidence`, `checked`, `decided`) with the person."""

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
    """The ids of a lead: its id, its digest, its sender, and the refs of its contacts and duplicate sets.

    `other_refs` and `other_windows` are those in the other live forms: they are looked up, and not written.
    """

    lead_id: str
    digest: str
    actor: Actor | None
    refs: tuple[str, ...]
    windows: Mapping[str, str]
    other_refs: tuple[str, ...] = ()
    other_windows: tuple[str, ...] = ()

    @property
    def block_refs(self) -> list[str]:
        """Return every ref under which a contact of the lead may be blocked."""
        return [*self.refs, *self.other_refs]


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
    """Return the facts of a lead that is received now, stamped with the campaign's policy (RET-4).

    It is in the project's first stage. An accepted lead gets the campaign's agent (WRK-2). A test lead costs nothing,
    even if services ran for it (INT-12).
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
        enters_later=_enters_later(campaign, parsed, keys),
    )


def person_of(parsed: ParsedSubmission, keys: LeadKeys, record: DecisionRecord) -> Person:
    """Return the personal data of a lead, and the refs that its erasure needs."""
    windows = () if parsed.test else tuple(keys.windows.values())
    evidence = {**parsed.evidence, **record.evidence}
    fields = {**parsed.fields, **record.calculated_personal}
    return Person(
        fields,
        parsed.extras,
        evidence,
        keys.refs,
        windows,
        record.checked,
        record.decided,
        other_refs=keys.other_refs,
        found=parsed.found,
    )


def updated_windows(facts: Facts, windows: Sequence[Window]) -> tuple[Window, ...]:
    """Return the rows of the duplicate index with this lead; none for duplicates, tests, and if it enters later."""
    if not windows or not facts.is_original or facts.enters_later:
        return ()
    original = as_original(facts)
    return tuple(with_original(window, original, facts.received_at) for window in windows)


def _enters_later(campaign: Campaign, parsed: ParsedSubmission, keys: LeadKeys) -> bool:
    """Return True if the stream enters the lead in the duplicate index: its campaign looks for no duplicates (CAM-9).

    So such leads never meet at a row, however many have the same contact.
    """
    return bool(keys.windows) and not campaign.duplicates.enabled and not parsed.test


def _retention(campaign: Campaign, parsed: ParsedSubmission, decision: Stored, now: int) -> Retention:
    rejected = decision.status in (Status.REJECTED, Status.DUPLICATE)
    return at_receipt(now, campaign.retention, test=parsed.test, rejected=rejected)


def _answer(
    decision: Stored,
    retention: Retention,
    price: Decimal | None,
    campaign: Campaign,
    keys: LeadKeys,
    record: DecisionRecord,
) -> IntakeAnswer:
    return IntakeAnswer(
        status=decision.status,
        reason=decision.reasons[0] if decision.reasons else None,
        price=price,
        currency=None if price is None else campaign.currency,
        due_at=retention.erase_at,
        duplicate_of=_original_id_for_source(decision.original, keys),
        test=retention.test,
        checks=record.failed if campaign.tell_source_reasons else (),
    )


def _original_id_for_source(original: Original | None, keys: LeadKeys) -> str | None:
    """Return the earlier lead's id only if the same source sent that lead (INT-8)."""
    if original is None or keys.actor is None or keys.actor.kind != "credential":
        return None
    return original.lead_id if original.source_id == keys.actor.id else None
