"""The parts of a campaign's answer that are not settings (ACC-9)."""

from dataclasses import field

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.findings import Finding
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.users.domain.credentials import CredentialUse

FIXED = ("project_id", "lead_type_id", "source", "channel")


@dataclass(frozen=True)
class CampaignCredentials:
    """The credentials of a campaign, and today's failures: bad credentials, and rejected leads by reason."""

    seen: tuple[CredentialUse, ...]
    unknown_refused_today: int
    leads_refused_today: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class SavedCampaign:
    """A saved campaign with the findings about its settings (RET-17)."""

    campaign: Campaign
    findings: tuple[Finding, ...]
