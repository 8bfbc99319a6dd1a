"""A campaign: one source of leads into one project, with its settings (INT-2)."""

from dataclasses import field
from decimal import Decimal
from typing import ClassVar

from chalicelib.campaigns.domain.campaign_settings import (
    Calculated,
    Consent,
    Criteria,
    Duplicates,
    Limits,
    Phones,
    Quality,
    Service,
)
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.retention import Policy
from chalicelib.organisation.domain.configuration import ConfigItem
from chalicelib.organisation.domain.grading import Grading


@dataclass(frozen=True)
class Assignment:
    """The agent, category and group that a campaign stamps on its leads (CAM-23, WRK-2)."""

    user_id: str | None = None
    category: str | None = None
    group: str | None = None


@dataclass(frozen=True, kw_only=True)
class Campaign(ConfigItem):
    """One source of leads into one project, with its settings (INT-2)."""

    CONFIG_KIND: ClassVar[str] = "campaign"

    name: str
    project_id: str
    lead_type_id: str
    source: str
    channel: str = "web"
    status: str = "active"
    price: Decimal | None = None
    currency: str = "USD"
    require_authentication: bool = False
    password_hash: str | None = None
    retention: Policy = Policy()
    assignment: Assignment = Assignment()
    criteria: Criteria | None = None
    calculated: tuple[Calculated, ...] = ()
    duplicates: Duplicates = Duplicates()
    limits: Limits = Limits()
    consent: Consent = Consent()
    phones: Phones = Phones()
    services: dict[str, Service] = field(default_factory=dict)
    quality: Quality = Quality()
    grading: Grading | None = None
    delimiter: str | None = None
    tell_source_reasons: bool = False

    @property
    def accepts_leads(self) -> bool:
        """Return True if the status is `active`; with any other status no lead comes in (INT-3)."""
        return self.status == "active"
