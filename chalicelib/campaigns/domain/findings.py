"""The findings about a campaign's settings, each with a way to fix it (CAM-21, RET-17)."""

from collections.abc import Iterator

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.finding import Finding, Severity
from chalicelib.campaigns.domain.service_findings import service_findings
from chalicelib.campaigns.domain.services.options import problems
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.times import DAY_S
from chalicelib.organisation.domain.configuration import CONTACT_KINDS, LeadType, Project
from chalicelib.organisation.domain.inactivity import shortest_period_s

__all__ = ["Finding", "FindingContext", "Severity", "findings_of"]

_KIND_OF_LEADS = {"days": "Leads", "rejected_days": "Rejected leads"}


@dataclass(frozen=True)
class FindingContext:
    """The data that findings need besides the campaign: lead type, credentials, services, the project.

    `not_indexed` is how many leads of the last seven days had contacts that are in no index (SRC-3).
    """

    lead_type: LeadType | None
    credentials: int
    services: frozenset[str]
    project: Project | None = None
    not_indexed: int = 0


def findings_of(campaign: Campaign, context: FindingContext) -> tuple[Finding, ...]:
    """Return all findings about a campaign (CAM-21)."""
    return (
        *_access(campaign, context.credentials),
        *_price(campaign),
        *_retention(campaign, context.project),
        *_window(campaign, context.lead_type),
        *_lead_type(context.lead_type),
        *_duplicates(campaign, context.lead_type),
        *_criteria(campaign, context.lead_type),
        *_consent(campaign),
        *_services(campaign, context.services),
        *service_findings(campaign, context.lead_type),
        *_quality(campaign),
        *_contacts(context.not_indexed),
    )


def _access(campaign: Campaign, credentials: int) -> Iterator[Finding]:
    if campaign.require_authentication and not credentials:
        yield Finding(
            "no_credential",
            Severity.WARNING,
            "Authentication is required, and no source credential is for this campaign, so no lead can be posted.",
            "Add a source credential for this campaign, or do not require authentication.",
            "require_authentication",
        )
    elif not campaign.require_authentication and campaign.password_hash is None:
        yield Finding(
            "no_authentication",
            Severity.WARNING,
            "Any client that knows the address can post leads.",
            "Add a source credential and set `require_authentication`, or set a password.",
            "require_authentication",
        )


def _price(campaign: Campaign) -> Iterator[Finding]:
    if campaign.price is None:
        yield Finding(
            "price_unset",
            Severity.WARNING,
            "No price is set, so the cost of these leads is unknown. A price of 0 is not the same.",
            "Set the price of a lead, or 0 if leads cost nothing.",
            "price",
        )


def _retention(campaign: Campaign, project: Project | None) -> Iterator[Finding]:
    days = campaign.retention.days
    if days is None:
        yield Finding(
            "no_retention",
            Severity.WARNING,
            "No retention is set, so the persons of these leads are kept until somebody forgets them.",
            "Set `retention.days`, or a `default_retention` of the project before you add campaigns.",
            "retention.days",
        )
    elif (
        project is not None and project.inactivity is not None and days * DAY_S <= shortest_period_s(project)
    ):
        hours = "" if project.working_hours is None else " of its working hours"
        yield Finding(
            "retention_below_inactivity",
            Severity.WARNING,
            f"Leads are erased after {days} days, before they would be retired: the project's inactivity is "
            f"{project.inactivity}{hours}.",
            "Keep leads for more days than the project's `inactivity`, or shorten `inactivity`.",
            "retention.days",
        )


def _window(campaign: Campaign, lead_type: LeadType | None) -> Iterator[Finding]:
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
                f"{_KIND_OF_LEADS[name]} are erased after {days} days and are then no longer recognised as duplicates; "
                f"duplicates are looked for over {window} days.",
                f"Keep leads for at least {window} days, or accept that duplicates are recognised for less time.",
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
            "Duplicates are looked for, but no field of the lead type is marked for duplicates.",
            "Mark a field or a set of fields of the lead type for duplicates.",
            "duplicates.enabled",
        )


def _criteria(campaign: Campaign, lead_type: LeadType | None) -> Iterator[Finding]:
    if lead_type is None or (campaign.criteria is None and not campaign.calculated):
        return
    from chalicelib.campaigns.domain.criteria import validation

    for error in validation.problems(campaign.criteria, campaign.calculated, lead_type):
        yield Finding(
            "criteria_unsound",
            Severity.ERROR,
            f"A criterion or calculated field is not valid: {error.message}",
            "Use fields of the lead type, with operators that fit their kind.",
            error.field,
        )


def _consent(campaign: Campaign) -> Iterator[Finding]:
    consent = campaign.consent
    if not consent.enabled:
        return
    if not consent.text.strip():
        yield Finding(
            "consent_without_text",
            Severity.ERROR,
            "Consent is required, but the consent text is empty.",
            "Set the text that persons see.",
            "consent.text",
        )
    if consent.notify is None and not consent.reject:
        yield Finding(
            "consent_without_address",
            Severity.WARNING,
            "Leads without consent are accepted, and no address is notified.",
            "Set an address to notify, or reject leads without consent.",
            "consent.notify",
        )


def _services(campaign: Campaign, available: frozenset[str]) -> Iterator[Finding]:
    for name, service in campaign.services.items():
        for option, message in problems(name, service) if service.enabled else ():
            path = f"services.{name}.options.{option}" if option else f"services.{name}"
            yield Finding(
                "service_option", Severity.ERROR, message, "Correct the option, or disable the service.", path
            )
        if service.enabled and name not in available:
            yield Finding(
                "service_unavailable",
                Severity.ERROR,
                f"The service {name} is not available in this deployment.",
                "Provide its database or provider (see the operator's manual), or disable the service.",
                f"services.{name}",
            )
        elif service.enabled and service.price is None:
            yield Finding(
                "service_price_unset",
                Severity.WARNING,
                f"The price of the service {name} is unknown, so reports do not include it.",
                "Set its price, or 0 if it costs nothing.",
                f"services.{name}.price",
            )


def _quality(campaign: Campaign) -> Iterator[Finding]:
    if campaign.quality.reject_to == "delivery":
        yield Finding(
            "rejections_forwarded",
            Severity.WARNING,
            "Leads outside the criteria, or with data that a service finds wrong, are accepted.",
            "Choose `source` or `quality`, unless this is intended.",
            "quality.reject_to",
        )


def _contacts(leads: int) -> Iterator[Finding]:
    if leads:
        yield Finding(
            "contacts_not_indexed",
            Severity.WARNING,
            f"In the last seven days {leads} leads had more than ten contacts. No block and no search finds the rest.",
            "Ask the source to send each contact once, under a name of a phone or e-mail field.",
        )
