"""Campaigns: sources of leads with their settings (INT-2)."""

from dataclasses import asdict
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, GetJsonSchemaHandler, StringConstraints, TypeAdapter
from pydantic_core import CoreSchema

from chalicelib.campaigns.domain import campaign
from chalicelib.campaigns.domain import findings as domain_findings
from chalicelib.campaigns.domain.campaign_views import CampaignCredentials
from chalicelib.campaigns.domain.findings import Severity
from chalicelib.campaigns.schemas.campaign_settings import (
    Calculated,
    Consent,
    Duplicates,
    Limits,
    Phones,
    Quality,
    Service,
    service_of,
)
from chalicelib.http.schemas.base import Confirmable, Contract, PageQuery, optional_field
from chalicelib.http.schemas.named import NamedLeadType, NamedProject, NamedUser
from chalicelib.http.schemas.values import (
    Identifier,
    Money,
    Name,
    RetentionPolicy,
    Version,
    Word,
    given_values,
    optional,
)
from chalicelib.organisation.schemas.grading import Grading, grading_of
from chalicelib.users.domain.credentials import CredentialUse

Price = Annotated[Money, AfterValidator(Decimal)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
ServiceName = Literal["address", "city_state", "line_type", "geolocation", "external_duplicate"]
Password = Annotated[str, Field(min_length=8, max_length=256)]


class _DescribedCriteria:
    """Describes criteria in the OpenAPI document. The domain validates them, with its own messages."""

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        from chalicelib.campaigns.schemas import criteria

        return handler(TypeAdapter(criteria.Criteria).core_schema)


Criteria = Annotated[dict[str, Any], _DescribedCriteria()]


class Assignment(Contract):
    """The user, category and group stamped on the campaign's leads (CAM-23). Set as a whole."""

    user_id: Identifier | None = None
    category: Name | None = None
    group: Name | None = None

    def to_domain(self) -> campaign.Assignment:
        """Return the assignment."""
        return campaign.Assignment(self.user_id, self.category, self.group)


class _Settings(Confirmable):
    status: Word = optional("Only an `active` campaign accepts leads.")
    price: Price | None = optional("The cost of a lead for the organisation; null: unknown, 0: free.")
    currency: Currency = optional()
    require_authentication: bool = optional("Leads need a source credential of this campaign.")
    password: Password | None = optional(
        "Required in `X-Campaign-Password`; never shown again. null: no password."
    )
    retention: RetentionPolicy = optional("For a new campaign, by default the project's.")
    assignment: Assignment = optional()
    criteria: Criteria | None = optional('`{"all": […]}` or `{"any": […]}`; null: every lead.')
    calculated: Annotated[list[Calculated], Field(max_length=20)] = optional(
        "In the order in which they are computed."
    )
    duplicates: Duplicates = optional()
    limits: Limits = optional()
    consent: Consent = optional()
    phones: Phones = optional()
    services: dict[ServiceName, Service] = optional("By name. A service that is left out is off.")
    quality: Quality = optional()
    grading: Grading | None = optional("null: the organisation's.")
    delimiter: Annotated[str, Field(min_length=1, max_length=3)] | None = optional(
        "Separates the values of a field with several values."
    )
    tell_source_reasons: bool = optional("Whether the answer to the source has the failed checks.")

    def values(self) -> dict[str, Any]:
        """Return the fields that were given, as domain values. A password is not hashed yet."""
        return given_values(self)


class CampaignDraft(_Settings):
    """Settings for a dry run. A field that is left out has its saved value."""


class NewCampaign(_Settings):
    """A campaign to add."""

    name: Name
    project_id: Identifier
    lead_type_id: Identifier
    source: Name
    channel: Literal["web"] = optional()


class CampaignChange(_Settings):
    """Changes to a campaign. Fields left out keep their values. Project, lead type, source and channel are fixed."""

    version: Version
    name: Name = optional()
    project_id: Identifier = optional()
    lead_type_id: Identifier = optional()
    source: Name = optional()
    channel: Name = optional()


class Finding(Contract):
    """An error or a warning about the settings, and how to fix it."""

    code: str
    severity: Severity
    message: str
    fix: str
    field: str | None = optional_field()

    @classmethod
    def of(cls, finding: domain_findings.Finding) -> "Finding":
        """Return a finding as the API shows it."""
        return cls(
            code=finding.code,
            severity=finding.severity,
            message=finding.message,
            fix=finding.fix,
            field=finding.field,
        )


class Findings(Contract):
    """The findings of a campaign."""

    items: list[Finding]

    @classmethod
    def of(cls, findings: tuple[domain_findings.Finding, ...]) -> "Findings":
        """Return the findings as the API shows them."""
        return cls(items=[Finding.of(finding) for finding in findings])


class CampaignSource(Contract):
    """A source credential of the campaign, with its last use and today's failures (ACC-9)."""

    credential_id: str
    name: str
    last_used_on: str | None
    refused_today: int
    look_ups_today: int = Field(description="Dry runs and test leads of today.")

    @classmethod
    def of(cls, use: CredentialUse) -> "CampaignSource":
        """Return a credential's use as the API shows it."""
        return cls(
            credential_id=use.credential.id,
            name=use.credential.name,
            last_used_on=use.last_used_on,
            refused_today=use.refused_today,
            look_ups_today=use.look_ups_today,
        )


class CampaignResponse(Contract):
    """A campaign. A save answers with `findings`; reading one campaign with `sources` and today's counts."""

    id: str
    version: int
    name: str
    project_id: str
    project: NamedProject
    lead_type_id: str
    lead_type: NamedLeadType
    source: str
    channel: str
    status: str
    price: str | None
    currency: str
    require_authentication: bool
    password_set: bool
    retention: RetentionPolicy
    assignment: Assignment
    default_user: NamedUser | None = optional_field("The default user of `assignment`, with the name.")
    criteria: Criteria | None
    calculated: list[Calculated]
    duplicates: Duplicates
    limits: Limits
    consent: Consent
    phones: Phones
    services: dict[str, Service]
    quality: Quality
    grading: Grading | None
    delimiter: str | None
    tell_source_reasons: bool
    findings: list[Finding] | None = optional_field()
    sources: list[CampaignSource] | None = optional_field()
    unknown_refused_today: int | None = optional_field(
        "Requests refused today with an unknown token, over all campaigns."
    )
    leads_refused_today: dict[str, int] | None = optional_field(
        "Leads refused today and not stored, or sent with a bad password or credential, by reason."
    )

    @classmethod
    def of(
        cls,
        campaign: campaign.Campaign,
        found: tuple[domain_findings.Finding, ...] | None = None,
        credentials: CampaignCredentials | None = None,
    ) -> "CampaignResponse":
        """Return a campaign as the API shows it, without its password."""
        return cls(
            id=campaign.id,
            version=campaign.version,
            name=campaign.name,
            project_id=campaign.project_id,
            project=NamedProject(id=campaign.project_id),
            lead_type_id=campaign.lead_type_id,
            lead_type=NamedLeadType(id=campaign.lead_type_id),
            source=campaign.source,
            channel=campaign.channel,
            status=campaign.status,
            price=None if campaign.price is None else format(campaign.price, "f"),
            currency=campaign.currency,
            require_authentication=campaign.require_authentication,
            password_set=campaign.password_hash is not None,
            retention=RetentionPolicy.of(campaign.retention),
            assignment=Assignment(
                user_id=campaign.assignment.user_id,
                category=campaign.assignment.category,
                group=campaign.assignment.group,
            ),
            default_user=NamedUser.of(campaign.assignment.user_id),
            criteria=campaign.criteria,
            calculated=[Calculated(**asdict(field)) for field in campaign.calculated],
            duplicates=Duplicates(**asdict(campaign.duplicates)),
            limits=Limits(**asdict(campaign.limits)),
            consent=Consent.of(campaign.consent),
            phones=Phones(**asdict(campaign.phones)),
            services={name: service_of(service) for name, service in campaign.services.items()},
            quality=Quality(**asdict(campaign.quality)),
            grading=grading_of(campaign.grading),
            delimiter=campaign.delimiter,
            tell_source_reasons=campaign.tell_source_reasons,
            findings=None if found is None else [Finding.of(finding) for finding in found],
            sources=None if credentials is None else [CampaignSource.of(seen) for seen in credentials.seen],
            unknown_refused_today=None if credentials is None else credentials.unknown_refused_today,
            leads_refused_today=None if credentials is None else credentials.leads_refused_today,
        )


class CampaignPage(Contract):
    """One page of campaigns."""

    items: list[CampaignResponse]
    next: str | None


class CampaignQuery(PageQuery):
    """Which campaigns to list."""

    project: Identifier | None = None


class Instructions(Contract):
    """How to post to the campaign: a JSON Schema of a lead, and a page to send to the source (INT-14)."""

    model_config = ConfigDict(serialize_by_alias=True)

    lead_schema: dict[str, Any] = Field(serialization_alias="schema", description="JSON Schema 2020-12.")
    page: str = Field(description="Markdown.")
