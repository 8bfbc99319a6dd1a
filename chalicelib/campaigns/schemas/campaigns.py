"""Campaigns: sources of leads with their settings (INT-2)."""

from dataclasses import asdict
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, GetJsonSchemaHandler, StringConstraints, TypeAdapter
from pydantic_core import CoreSchema

from chalicelib.campaigns.domain import campaign
from chalicelib.campaigns.domain.campaign_views import CampaignCredentials
from chalicelib.campaigns.domain.findings import Finding as Found
from chalicelib.campaigns.domain.findings import Severity
from chalicelib.campaigns.schemas.campaign_settings import (
    Calculated,
    Consent,
    Duplicates,
    Limits,
    Quality,
    Service,
    service_of,
)
from chalicelib.http.schemas.base import Confirmable, Contract, PageQuery, optional_field
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
    """Describes criteria in the document. The domain checks them, and says what is wrong in its own words."""

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        from chalicelib.campaigns.schemas import criteria

        return handler(TypeAdapter(criteria.Criteria).core_schema)


Criteria = Annotated[dict[str, Any], _DescribedCriteria()]


class Assignment(Contract):
    """The user, category and group stamped on the campaign's leads (CAM-23). It is set as a whole."""

    user_id: Identifier | None = None
    category: Name | None = None
    group: Name | None = None

    def to_domain(self) -> campaign.Assignment:
        """Return the assignment."""
        return campaign.Assignment(self.user_id, self.category, self.group)


class _Settings(Confirmable):
    status: Word = optional("Only `active` takes leads in.")
    price: Price | None = optional("What a lead costs the organisation; null is unknown, 0 is nothing.")
    currency: Currency = optional()
    require_authentication: bool = optional("Needs a source credential for this campaign.")
    password: Password | None = optional("Asked for in `X-Campaign-Password`; never shown again. null: none.")
    retention: RetentionPolicy = optional("Left out of a new campaign, the project's default.")
    assignment: Assignment = optional()
    criteria: Criteria | None = optional('`{"all": […]}` or `{"any": […]}`; null: every lead.')
    calculated: Annotated[list[Calculated], Field(max_length=20)] = optional(
        "In the order they are worked out."
    )
    duplicates: Duplicates = optional()
    limits: Limits = optional()
    consent: Consent = optional()
    services: dict[ServiceName, Service] = optional("By name; one that is left out is off.")
    quality: Quality = optional()
    grading: Grading | None = optional("null: the organisation's.")
    delimiter: Annotated[str, Field(min_length=1, max_length=3)] | None = optional(
        "Parts several values of a field."
    )
    tell_source_reasons: bool = optional("The source is told which checks failed.")

    def values(self) -> dict[str, Any]:
        """Return what was given in domain values; a password still as it was given."""
        return given_values(self)


class CampaignDraft(_Settings):
    """Settings as they might be; what is left out is as it is."""


class NewCampaign(_Settings):
    """A campaign to add."""

    name: Name
    project_id: Identifier
    lead_type_id: Identifier
    source: Name
    channel: Literal["web"] = optional()


class CampaignChange(_Settings):
    """What to change in a campaign; what is left out stays. Project, lead type, source and channel are fixed."""

    version: Version
    name: Name = optional()
    project_id: Identifier = optional()
    lead_type_id: Identifier = optional()
    source: Name = optional()
    channel: Name = optional()


class Finding(Contract):
    """Something unwise or wrong in the settings, and how to mend it."""

    code: str
    severity: Severity
    message: str
    fix: str
    field: str | None = optional_field()

    @classmethod
    def of(cls, finding: Found) -> "Finding":
        """Return a finding as the API shows it."""
        return cls(
            code=finding.code,
            severity=finding.severity,
            message=finding.message,
            fix=finding.fix,
            field=finding.field,
        )


class Findings(Contract):
    """Everything found in a campaign."""

    items: list[Finding]

    @classmethod
    def of(cls, found: tuple[Found, ...]) -> "Findings":
        """Return the findings as the API shows them."""
        return cls(items=[Finding.of(finding) for finding in found])


class CampaignSource(Contract):
    """A source credential of the campaign: when it was used last, how often it was refused today (ACC-9)."""

    credential_id: str
    name: str
    last_used_on: str | None
    refused_today: int

    @classmethod
    def of(cls, seen: CredentialUse) -> "CampaignSource":
        """Return a credential's use as the API shows it."""
        return cls(
            credential_id=seen.credential.id,
            name=seen.credential.name,
            last_used_on=seen.last_used_on,
            refused_today=seen.refused_today,
        )


class CampaignResponse(Contract):
    """A campaign. `findings` come with a save, `sources` and what was refused today with a single one."""

    id: str
    version: int
    name: str
    project_id: str
    lead_type_id: str
    source: str
    channel: str
    status: str
    price: str | None
    currency: str
    require_authentication: bool
    password_set: bool
    retention: RetentionPolicy
    assignment: Assignment
    criteria: Criteria | None
    calculated: list[Calculated]
    duplicates: Duplicates
    limits: Limits
    consent: Consent
    services: dict[str, Service]
    quality: Quality
    grading: Grading | None
    delimiter: str | None
    tell_source_reasons: bool
    findings: list[Finding] | None = optional_field()
    sources: list[CampaignSource] | None = optional_field()
    unknown_refused_today: int | None = optional_field(
        "Refused today with a token nobody has, over all campaigns."
    )
    leads_refused_today: dict[str, int] | None = optional_field(
        "Leads of today that were turned away, or came with a bad password or credential, by reason."
    )

    @classmethod
    def of(
        cls,
        campaign: campaign.Campaign,
        found: tuple[Found, ...] | None = None,
        credentials: CampaignCredentials | None = None,
    ) -> "CampaignResponse":
        """Return a campaign as the API shows it; its password never."""
        return cls(
            id=campaign.id,
            version=campaign.version,
            name=campaign.name,
            project_id=campaign.project_id,
            lead_type_id=campaign.lead_type_id,
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
            criteria=campaign.criteria,
            calculated=[Calculated(**asdict(one)) for one in campaign.calculated],
            duplicates=Duplicates(**asdict(campaign.duplicates)),
            limits=Limits(**asdict(campaign.limits)),
            consent=Consent.of(campaign.consent),
            services={name: service_of(one) for name, one in campaign.services.items()},
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
