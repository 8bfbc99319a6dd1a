"""The organisation's settings, as the API takes and shows them."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from chalicelib.core.times import DAY_S, seconds_of
from chalicelib.http.schemas.base import Contract, value_error
from chalicelib.http.schemas.values import Name, Names, Region, Version, Words, Zone, given_values, optional
from chalicelib.organisation.domain.configuration import Organisation
from chalicelib.organisation.schemas.grading import Grading, grading_of

KeptDays = Annotated[int, Field(ge=1, le=3650)]


def _lag(text: str) -> str:
    try:
        seconds = seconds_of(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= 2 * DAY_S:
        raise value_error("duration", "Must be a duration of at most two days, such as PT6H.")
    return text


MaxLag = Annotated[str, Field(max_length=32), AfterValidator(_lag)]


class OrganisationChange(Contract):
    """Changes to the organisation's settings. A field that is left out keeps its value."""

    version: Version
    name: Name = optional()
    zone: Zone = optional()
    region: Region = optional(
        "For reading phone numbers at the privacy desk, and in imports for all projects."
    )
    statuses: Words = optional("The organisation's own statuses, in addition to the fixed ones (INT-3).")
    categories: Names = optional()
    groups: Names = optional()
    max_lag: MaxLag = optional(
        "How long after its end a person's rows may exist before the schedule deletes them."
    )
    changes_kept_days: KeptDays = optional("How long changes and receipts stay in the ledger.")
    accesses_kept_days: KeptDays = optional("How long accesses stay in the ledger.")
    grading: Grading | None = optional("For campaigns without their own grading. null: no grading.")
    name_staff_in_exports: bool = optional(
        "Whether an export for a person names the users who read and worked on the data."
    )
    requests_clock: Literal["gdpr", "ccpa"] = optional(
        "The time to answer a person's request: one month, or 45 days."
    )
    second_factor: Literal["off", "admins", "all"] = optional(
        "Who needs a code of an authenticator (TOTP) to sign in (ACC-11)."
    )

    def values(self) -> dict[str, Any]:
        """Return the fields to change, as domain values."""
        return given_values(self)


class OrganisationResponse(Contract):
    """The organisation's settings."""

    version: int
    name: str
    zone: str
    region: str
    statuses: list[str]
    campaign_statuses: list[str]
    categories: list[str]
    groups: list[str]
    max_lag: str
    changes_kept_days: int
    accesses_kept_days: int
    grading: Grading | None
    name_staff_in_exports: bool
    requests_clock: str
    second_factor: str

    @classmethod
    def of(cls, organisation: Organisation) -> "OrganisationResponse":
        """Return the settings as the API shows them."""
        return cls(
            version=organisation.version,
            name=organisation.name,
            zone=organisation.zone,
            region=organisation.region,
            statuses=list(organisation.statuses),
            campaign_statuses=list(organisation.all_statuses),
            categories=list(organisation.categories),
            groups=list(organisation.groups),
            max_lag=organisation.max_lag,
            changes_kept_days=organisation.changes_kept_days,
            accesses_kept_days=organisation.accesses_kept_days,
            grading=grading_of(organisation.grading),
            name_staff_in_exports=organisation.name_staff_in_exports,
            requests_clock=organisation.requests_clock,
            second_factor=organisation.second_factor,
        )
