"""The bulk changes of retention at project level as the API takes and shows them (RET-20)."""

from pydantic import Field

from chalicelib.http.schemas.base import Confirmable, Contract
from chalicelib.http.schemas.values import RetentionPolicy
from chalicelib.privacy.domain.bulk_retention import BulkWork


class OutcomesToApply(Confirmable):
    """The project's outcome rules are applied as they are; the body is empty but for `confirm`."""


class CampaignsToSet(Confirmable):
    """One policy for all campaigns of a project."""

    retention: RetentionPolicy
    existing: bool = Field(
        default=False, description="Also the leads that are there, where it makes their deadline earlier."
    )


class ChangedRetention(Contract):
    """How many campaigns and leads changed, and how many of these persons were erased at once."""

    campaigns: int
    leads: int
    erased: int
    failed: int

    @classmethod
    def of(cls, work: BulkWork) -> "ChangedRetention":
        """Return the numbers so far."""
        counts = work.tally["counts"]
        return cls(
            campaigns=counts["campaigns"],
            leads=counts["changed"],
            erased=counts["erased"],
            failed=counts["failed"],
        )
