"""What a draft of a campaign's settings would change, as the API shows it (CAM-20)."""

from pydantic import Field

from chalicelib.campaigns.schemas.campaigns import CampaignDraft
from chalicelib.core.times import iso
from chalicelib.http.schemas.base import Contract, optional_field
from chalicelib.intake.domain.replays import ReplayedDecision
from chalicelib.intake.schemas.decisions import Verdict


class ChangedDecision(Contract):
    """A lead that a draft of the settings would decide differently."""

    lead_id: str
    received_at: str
    then: Verdict
    then_reason: str | None = optional_field()
    now: Verdict
    now_reason: str | None = optional_field()

    @classmethod
    def of(cls, again: ReplayedDecision) -> "ChangedDecision":
        """Return such a lead as the API shows it."""
        (then, then_reason), (now, now_reason) = again.then, again.again
        return cls(
            lead_id=again.facts.lead_id,
            received_at=iso(again.facts.received_at),
            then=then.value,
            then_reason=then_reason,
            now=now.value,
            now_reason=now_reason,
        )


class WouldChange(Contract):
    """One page: the leads with another decision, and how many leads were evaluated."""

    items: list[ChangedDecision]
    examined: int
    next: str | None


class WhatWouldChangeQuestion(Contract):
    """Draft settings of the campaign, to be applied to the leads of the last days (CAM-20)."""

    draft: CampaignDraft
    days: int = Field(ge=1, le=90, description="How far to look back.")
    limit: int = Field(default=100, ge=1, le=100, description="How many leads a page evaluates.")
    cursor: str | None = Field(default=None, max_length=4096, description="`next` of the page before.")
