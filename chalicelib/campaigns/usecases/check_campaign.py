"""Checks a campaign before it is saved: its references, its criteria and its findings."""

from collections.abc import Iterator, Set

from chalicelib.aws.dynamodb import counters
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.criteria import evaluation
from chalicelib.campaigns.domain.findings import Finding, FindingContext, Severity, findings_of
from chalicelib.campaigns.usecases.ask_services import available_services
from chalicelib.core.access import Actor
from chalicelib.core.errors import Conflict, FieldError, Invalid
from chalicelib.core.listing import listed
from chalicelib.core.times import DAY_S, utc_day
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import LeadType, Organisation, Project
from chalicelib.organisation.usecases import config
from chalicelib.users.domain.credentials import Credential
from chalicelib.users.domain.users import User

_NO_AGENT = "Must be the id (usr_…) of an active user of the project who may work leads."
_NOTED_DAYS = 6


def check_campaign(
    actor: Actor, campaign: Campaign, now: int, *, before: Campaign | None = None
) -> tuple[Finding, ...]:
    """Return the findings of a campaign that is about to be saved (RET-17, CAM-21).

    Raise Invalid with each reference to an item that does not exist (INT-3, CAM-23), and with each finding that is an
    error. Raise Conflict `no_credential` if the campaign, unlike `before`, requires authentication and no source
    credential names it (INT-5), and `no_duplicate_field` if duplicates are enabled without a field for them.
    """
    project, lead_type = _parts(campaign, now)
    errors = [
        *_origin(actor, campaign, project, lead_type),
        *_choices(campaign, config.get_organisation(now)),
        *_user(campaign, now),
    ]
    if errors:
        raise Invalid("Some fields are not acceptable.", fields=errors)
    if lead_type is not None:
        evaluation.validate(campaign.criteria, campaign.calculated, lead_type)
    credentials = credentials_of(campaign.id)
    switched_on = before is not None and not before.require_authentication and campaign.require_authentication
    if switched_on and not credentials:
        message = "No source credential names this campaign: add one before you require authentication."
        raise Conflict(message, "no_credential")
    if campaign.duplicates.enabled and lead_type and not lead_type.duplicate_sets:
        message = "No field of the lead type is marked for duplicates."
        raise Conflict(message, "no_duplicate_field")
    items = findings_of(campaign, _context(campaign, project, lead_type, credentials, now))
    _require_no_error(items)
    return items


def check_stop(campaign: Campaign, now: int) -> tuple[Finding, ...]:
    """Return the findings of a campaign that only stops accepting leads (INT-3).

    Errors in its other settings do not prevent this. Raise Invalid if the status does not exist.
    """
    errors = list(_status(campaign, config.get_organisation(now)))
    if errors:
        raise Invalid("Some fields are not acceptable.", fields=errors)
    return findings(campaign, now)


def _require_no_error(items: tuple[Finding, ...]) -> None:
    """Raise Invalid with each finding that is an error. Warnings do not prevent the save (CAM-21)."""
    errors = [
        FieldError(finding.field or "*", finding.code, f"{finding.message} {finding.fix}")
        for finding in items
        if finding.severity is Severity.ERROR
    ]
    if errors:
        raise Invalid(
            "These settings cannot work together: `fields` says why, and what to change.", fields=errors
        )


def findings(campaign: Campaign, now: int) -> tuple[Finding, ...]:
    """Return the findings of a campaign (CAM-21)."""
    parts = _parts(campaign, now)
    return findings_of(campaign, _context(campaign, *parts, credentials_of(campaign.id), now))


def _context(
    campaign: Campaign,
    project: Project | None,
    lead_type: LeadType | None,
    credentials: list[Credential],
    now: int,
) -> FindingContext:
    days = counters.read_days(f"notes#{campaign.id}", utc_day(now - _NOTED_DAYS * DAY_S), utc_day(now))
    not_indexed = sum(day.get("contacts_not_indexed", 0) for day in days.values())
    return FindingContext(lead_type, len(credentials), available_services(), project, not_indexed)


def credentials_of(campaign_id: str) -> list[Credential]:
    """Return the source credentials that name the campaign."""
    return [
        credential
        for credential in configuration.list_all(Credential)
        if campaign_id in credential.campaign_ids
    ]


def _parts(campaign: Campaign, now: int) -> tuple[Project | None, LeadType | None]:
    return configuration.get(Project, campaign.project_id, now), configuration.get(
        LeadType, campaign.lead_type_id, now
    )


def _origin(
    actor: Actor, campaign: Campaign, project: Project | None, lead_type: LeadType | None
) -> Iterator[FieldError]:
    if project is None or not actor.belongs_to(campaign.project_id):
        yield FieldError("project_id", "unknown", "There is no such project.")
    if lead_type is None:
        yield FieldError("lead_type_id", "unknown", "There is no such lead type.")


def _status(campaign: Campaign, organisation: Organisation) -> Iterator[FieldError]:
    if campaign.status not in organisation.all_statuses:
        yield FieldError("status", "choice", "Must be one of: " + ", ".join(organisation.all_statuses) + ".")


def _choices(campaign: Campaign, organisation: Organisation) -> Iterator[FieldError]:
    yield from _status(campaign, organisation)
    if campaign.assignment.category not in (None, *organisation.categories):
        yield FieldError("assignment.category", "choice", _one_of("categories", organisation.categories))
    if campaign.assignment.group not in (None, *organisation.groups):
        yield FieldError("assignment.group", "choice", _one_of("groups", organisation.groups))


def _one_of(name: str, words: tuple[str, ...]) -> str:
    return f"Must be one of the organisation's {name}: {listed(words)}."


def _user(campaign: Campaign, now: int) -> Iterator[FieldError]:
    if campaign.assignment.user_id is None:
        return
    user = configuration.get(User, campaign.assignment.user_id, now)
    if user is None or not user.may_be_assigned(campaign.project_id):
        yield FieldError(
            "assignment.user_id",
            "unknown",
            _NO_AGENT,
        )


def require_statuses_unused(statuses: Set[str]) -> None:
    """Raise Conflict `status_in_use` if a campaign has one of these statuses (INT-3)."""
    if statuses and any(campaign.status in statuses for campaign in configuration.list_all(Campaign)):
        raise Conflict("A campaign has a status that would be removed.", "status_in_use")
