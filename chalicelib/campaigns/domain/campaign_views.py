"""What a campaign's reader is told besides its settings (ACC-9)."""

from dataclasses import dataclass, field

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.findings import Finding
from chalicelib.users.domain.credentials import CredentialUse

FIXED = ("project_id", "lead_type_id", "source", "channel")


@dataclass(frozen=True)
class CampaignCredentials:
    """Who posts to a campaign, and what was refused today: known credentials, unknown ones, leads by reason."""

    seen: tuple[CredentialUse, ...]
    unknown_refused_today: int
    leads_refused_today: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class SavedCampaign:
    """A campaign as it was saved, and what was found in its settings (RET-17)."""

    campaign: Campaign
    findings: tuple[Finding, ...]
