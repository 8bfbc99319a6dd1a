"""What is unwise or wrong in a campaign's settings, each with a way to mend it (CAM-21, RET-17)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.domain.setup import Campaign, LeadType

DUPLICATE_WINDOW_DAYS = 30
CONTACT_KINDS = ("phone", "email")


class Severity(StrEnum):
    """Errors refuse the save, warnings do not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing found: a stable code, how bad it is, what it is, how to mend it, and the setting it is about."""

    code: str
    severity: Severity
    message: str
    fix: str
    field: str | None = None


def findings_of(campaign: Campaign, lead_type: LeadType | None, credentials: int) -> tuple[Finding, ...]:
    """Return everything found in a campaign; `credentials` is how many source credentials name it."""
    return (
        *_access(campaign, credentials),
        *_price(campaign),
        *_retention(campaign, lead_type),
        *_lead_type(lead_type),
    )


def _access(campaign: Campaign, credentials: int) -> Iterator[Finding]:
    if campaign.require_authentication and not credentials:
        yield Finding(
            "no_credential",
            Severity.ERROR,
            "Authentication is required and no source credential names this campaign: nobody can post.",
            "Add a source credential for this campaign, or switch the requirement off.",
            "require_authentication",
        )
    elif not campaign.require_authentication and campaign.password_hash is None:
        yield Finding(
            "no_authentication",
            Severity.WARNING,
            "Anyone who knows the address can post leads.",
            "Add a source credential and switch `require_authentication` on, or set a password.",
            "require_authentication",
        )


def _price(campaign: Campaign) -> Iterator[Finding]:
    if campaign.price is None:
        yield Finding(
            "price_unset",
            Severity.WARNING,
            "No price is set, so the cost of these leads is unknown; that is not the same as a price of 0.",
            "Set the price of a lead, 0 if it costs nothing.",
            "price",
        )


def _retention(campaign: Campaign, lead_type: LeadType | None) -> Iterator[Finding]:
    if lead_type is None or not lead_type.duplicate_sets:
        return
    policies = {"days": campaign.retention.days, "rejected_days": campaign.retention.rejected_days}
    for name, days in policies.items():
        if days is not None and days < DUPLICATE_WINDOW_DAYS:
            yield Finding(
                "retention_below_duplicate_window",
                Severity.WARNING,
                f"Leads go after {days} days and are then no longer recognised as duplicates; "
                f"duplicates are looked for over {DUPLICATE_WINDOW_DAYS} days.",
                f"Keep leads for at least {DUPLICATE_WINDOW_DAYS} days, or accept the shorter window.",
                f"retention.{name}",
            )


def _lead_type(lead_type: LeadType | None) -> Iterator[Finding]:
    if lead_type is not None and not any(
        field.kind in CONTACT_KINDS and not field.retired for field in lead_type.fields
    ):
        yield Finding(
            "no_contact_field",
            Severity.WARNING,
            "The lead type has no phone or e-mail field: no block applies and no search finds its leads.",
            "Add a phone or e-mail field to the lead type.",
            "lead_type_id",
        )
