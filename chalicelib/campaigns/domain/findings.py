"""What is unwise or wrong in a campaign's settings, each with a way to mend it (CAM-21, RET-17)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.services.options import problems
from chalicelib.organisation.domain.configuration import LeadType

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


@dataclass(frozen=True)
class FindingContext:
    """What a campaign's settings are looked at with: its lead type, who may post, which services can run."""

    lead_type: LeadType | None
    credentials: int
    services: frozenset[str]


def findings_of(campaign: Campaign, around: FindingContext) -> tuple[Finding, ...]:
    """Return everything found in a campaign (CAM-21)."""
    return (
        *_access(campaign, around.credentials),
        *_price(campaign),
        *_retention(campaign, around.lead_type),
        *_lead_type(around.lead_type),
        *_duplicates(campaign, around.lead_type),
        *_criteria(campaign, around.lead_type),
        *_consent(campaign),
        *_services(campaign, around.services),
        *_quality(campaign),
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
    window = campaign.duplicates.days
    policies = {"days": campaign.retention.days}
    if campaign.duplicates.check_rejected:
        policies["rejected_days"] = campaign.retention.rejected_days
    for name, days in policies.items():
        if days is not None and days < window:
            yield Finding(
                "retention_below_duplicate_window",
                Severity.WARNING,
                f"Leads go after {days} days and are then no longer recognised as duplicates; "
                f"duplicates are looked for over {window} days.",
                f"Keep leads for at least {window} days, or accept the shorter window.",
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


def _duplicates(campaign: Campaign, lead_type: LeadType | None) -> Iterator[Finding]:
    if campaign.duplicates.enabled and lead_type is not None and not lead_type.duplicate_sets:
        yield Finding(
            "no_duplicate_field",
            Severity.ERROR,
            "Duplicates are looked for, and no field of the lead type says by what.",
            "Mark a field, or a set of fields, of the lead type for duplicates.",
            "duplicates.enabled",
        )


def _criteria(campaign: Campaign, lead_type: LeadType | None) -> Iterator[Finding]:
    if lead_type is None or (campaign.criteria is None and not campaign.calculated):
        return
    from chalicelib.campaigns.domain.criteria import validation

    for flaw in validation.problems(campaign.criteria, campaign.calculated, lead_type):
        yield Finding(
            "criteria_unsound",
            Severity.ERROR,
            f"What is asked of leads cannot be answered: {flaw.message}",
            "Ask about fields that the lead type has, in a way that fits their kind.",
            flaw.field,
        )


def _consent(campaign: Campaign) -> Iterator[Finding]:
    consent = campaign.consent
    if not consent.enabled:
        return
    if not consent.text.strip():
        yield Finding(
            "consent_without_text",
            Severity.ERROR,
            "Consent is asked for, and there is no text that people consent to.",
            "Give the text they see.",
            "consent.text",
        )
    if consent.notify is None and not consent.reject:
        yield Finding(
            "consent_without_address",
            Severity.WARNING,
            "Leads without consent come in, and nobody is told.",
            "Give an address to notify, or reject leads without consent.",
            "consent.notify",
        )


def _services(campaign: Campaign, available: frozenset[str]) -> Iterator[Finding]:
    for name, service in campaign.services.items():
        for option, message in problems(name, service) if service.enabled else ():
            place = f"services.{name}.options.{option}" if option else f"services.{name}"
            yield Finding("service_option", Severity.ERROR, message, "Mend it, or switch it off.", place)
        if service.enabled and name not in available:
            yield Finding(
                "service_unavailable",
                Severity.ERROR,
                f"The service {name} lacks what it needs in this deployment.",
                "Supply its database or provider (see the operator's manual), or switch it off.",
                f"services.{name}",
            )
        elif service.enabled and service.price is None:
            yield Finding(
                "service_price_unset",
                Severity.WARNING,
                f"What the service {name} costs is unknown, so reports leave it out.",
                "Set its price, 0 if it costs nothing.",
                f"services.{name}.price",
            )


def _quality(campaign: Campaign) -> Iterator[Finding]:
    if campaign.quality.reject_to == "delivery":
        yield Finding(
            "rejections_forwarded",
            Severity.WARNING,
            "Leads outside the criteria, or with data a service calls wrong, are taken in all the same.",
            "Choose `source` or `quality`, unless this is meant.",
            "quality.reject_to",
        )
