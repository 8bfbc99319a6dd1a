"""The settings groups by which a campaign decides on its leads (CAM). Each group is set as a whole."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.campaigns.domain import campaign_settings
from chalicelib.http.schemas.base import Contract, optional_field
from chalicelib.http.schemas.values import Email, Money, Word

Count = Annotated[int, Field(ge=0, le=10_000_000)]


class Duplicates(Contract):
    """Whether a lead is compared with earlier leads, and with which (CAM-5 … CAM-8)."""

    enabled: bool = False
    days: int = Field(
        default=30, ge=1, le=3650, description="Counted from the earlier lead's receipt, to the second."
    )
    scope: Literal["campaign", "project", "organisation"] = "project"
    check_rejected: bool = Field(default=False, description="An earlier rejected lead counts too.")
    append: bool = Field(default=False, description="A duplicate's values are added to the earlier lead.")
    resend: bool = Field(default=False, description="A duplicate is to be sent to the original buyers again.")

    def to_domain(self) -> campaign_settings.Duplicates:
        """Return the settings."""
        return campaign_settings.Duplicates(**self.model_dump())


class Limits(Contract):
    """The most leads the campaign accepts; null: any number, 0: no lead (CAM-10)."""

    hourly: Count | None = Field(default=None, description="In any 60 minutes.")
    daily: Count | None = Field(default=None, description="In a calendar day of the project's zone.")
    monthly: Count | None = Field(default=None, description="In a calendar month of the project's zone.")

    def to_domain(self) -> campaign_settings.Limits:
        """Return the limits."""
        return campaign_settings.Limits(self.hourly, self.daily, self.monthly)


class Consent(Contract):
    """The consent that the campaign asks for (CAM-11)."""

    enabled: bool = False
    text: str = Field(default=campaign_settings.DEFAULT_CONSENT_TEXT, min_length=1, max_length=5000)
    notify: Email | None = Field(default=None, description="Is mailed hourly how many leads had no consent.")
    reject: bool = Field(default=True, description="Reject a lead without consent; otherwise it is flagged.")
    text_version: int | None = optional_field("The version of the text. Read only.")

    def to_domain(self) -> campaign_settings.Consent:
        """Return the settings. The campaign counts the version of the text."""
        return campaign_settings.Consent(self.enabled, self.text, self.notify, self.reject)

    @classmethod
    def of(cls, consent: campaign_settings.Consent) -> "Consent":
        """Return the settings as the API shows them."""
        return cls(
            enabled=consent.enabled,
            text=consent.text,
            notify=consent.notify,
            reject=consent.reject,
            text_version=consent.version,
        )


class Phones(Contract):
    """What becomes of a lead with an unverified phone number (INT-7)."""

    unverified: Literal["accept", "hold", "reject"] = Field(
        default="accept", description="A number that is possible, but that no numbering plan assigns."
    )

    def to_domain(self) -> campaign_settings.Phones:
        """Return the settings."""
        return campaign_settings.Phones(**self.model_dump())


class Service(Contract):
    """One validation service (CAM-13)."""

    enabled: bool = False
    price: Money | None = Field(default=None, description="The cost for each lead it runs on.")
    options: dict[Word, Annotated[str, Field(max_length=500)]] = Field(default_factory=dict, max_length=10)

    def to_domain(self) -> campaign_settings.Service:
        """Return the settings."""
        return campaign_settings.Service(
            self.enabled, None if self.price is None else Decimal(self.price), dict(self.options)
        )


class Quality(Contract):
    """Which leads are held for review, and what happens to failed leads (CAM-15, CAM-16)."""

    hold_all: bool = False
    reject_to: Literal["source", "quality", "delivery"] = Field(
        default="source", description="Applies to criteria, services and grade only."
    )
    on_service_failure: Literal["hold", "continue"] = "hold"

    def to_domain(self) -> campaign_settings.Quality:
        """Return the settings."""
        return campaign_settings.Quality(self.hold_all, self.reject_to, self.on_service_failure)


class Calculated(Contract):
    """A field that an expression computes from the lead's own fields (CAM-1)."""

    key: Annotated[Word, Field(description="A key that no field of the lead has.")]
    expression: Annotated[
        str,
        Field(
            min_length=1,
            max_length=1000,
            description="In CEL, from the lead's fields and the calculated fields before this one. "
            "The result is a text, a number, true or false.",
        ),
    ]
    personal: bool = Field(
        default=True,
        description="Whether it is erased with the person. Must be true if the expression uses a personal field.",
    )

    def to_domain(self) -> campaign_settings.Calculated:
        """Return the field."""
        return campaign_settings.Calculated(self.key, self.expression, self.personal)


def service_of(service: campaign_settings.Service) -> Service:
    """Return a service as the API shows it."""
    price = None if service.price is None else format(service.price, "f")
    return Service(enabled=service.enabled, price=price, options=service.options)
