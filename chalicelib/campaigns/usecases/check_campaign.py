"""Checks what a campaign names against what there is, before it is saved."""

from collections.abc import Iterator, Set

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.criteria import evaluation
from chalicelib.campaigns.domain.findings import Finding, FindingContext, Severity, findings_of
from chalicelib.campaigns.usecases.ask_services import available_services
from chalicelib.core.access import Actor
from chalicelib.core.errors import Conflict, FieldError, Invalid
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import LeadType, Organisation, Project
from chalicelib.organisation.usecases import config
from chalicelib.users.domain.credentials import Credential
from chalicelib.users.domain.users import User


def check_campaign(actor: Actor, campaign: Campaign, now: int) -> tuple[Finding, ...]:
    """Return the findings of a campaign about to be saved (RET-17, CAM-21).

    Raises Invalid with every reference that leads nowhere (INT-3, CAM-23), and Conflict `no_credential` where
    authentication is required and no source credential names the campaign (INT-5).
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
    if campaign.require_authentication and not credentials:
        message = "No source credential names this campaign: add one before requiring authentication."
        raise Conflict(message, "no_credential")
    if campaign.duplicates.enabled and lead_type and not lead_type.duplicate_sets:
        message = "No field of the lead type is marked for duplicates."
        raise Conflict(message, "no_duplicate_field")
    found = findings_of(campaign, _around(lead_type, credentials))
    _refuse(found)
    return found


def check_stop(campaign: Campaign, now: int) -> tuple[Finding, ...]:
    """Return the findings of a campaign of which nothing is changed but that it takes no more leads (INT-3).

    Whatever is wrong with its other settings does not keep it open. Raises Invalid for a status there is not.
    """
    errors = list(_status(campaign, config.get_organisation(now)))
    if errors:
        raise Invalid("Some fields are not acceptable.", fields=errors)
    return findings(campaign, now)


def _refuse(found: tuple[Finding, ...]) -> None:
    """Raise Invalid with every finding that is an error: errors refuse the save, warnings do not (CAM-21)."""
    wrong = [one for one in found if one.severity is Severity.ERROR]
    if wrong:
        errors = [FieldError(one.field or "*", one.code, f"{one.message} {one.fix}") for one in wrong]
        raise Invalid("These settings cannot work.", fields=errors)


def findings(campaign: Campaign, now: int) -> tuple[Finding, ...]:
    """Return what is found in a campaign as it stands (CAM-21)."""
    return findings_of(campaign, _around(_parts(campaign, now)[1], credentials_of(campaign.id)))


def _around(lead_type: LeadType | None, credentials: list[Credential]) -> FindingContext:
    return FindingContext(lead_type, len(credentials), available_services())


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
        yield FieldError("assignment.category", "choice", "Must be one of the organisation's categories.")
    if campaign.assignment.group not in (None, *organisation.groups):
        yield FieldError("assignment.group", "choice", "Must be one of the organisation's groups.")


def _user(campaign: Campaign, now: int) -> Iterator[FieldError]:
    if campaign.assignment.user_id is None:
        return
    user = configuration.get(User, campaign.assignment.user_id, now)
    if user is None or not user.may_be_assigned(campaign.project_id):
        yield FieldError("assignment.user_id", "unknown", "No such user of the project may work leads.")


def require_statuses_unused(statuses: Set[str]) -> None:
    """Raise Conflict `status_in_use` where a campaign has one of these statuses (INT-3)."""
    if statuses and any(campaign.status in statuses for campaign in configuration.list_all(Campaign)):
        raise Conflict("A campaign has a status that would go.", "status_in_use")
