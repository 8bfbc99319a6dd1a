"""Some leads of one request, and what became of each."""

from typing import Annotated

from pydantic import AfterValidator, Field

from chalicelib.http.schemas.base import Contract, optional_field
from chalicelib.http.schemas.values import Identifier, once_each
from chalicelib.leads.domain.lead_work import BulkItemResult

LeadIds = Annotated[list[Identifier], Field(min_length=1, max_length=100), AfterValidator(once_each)]


class LeadResult(Contract):
    """The result for one lead; `error` is the code of the reason why it failed."""

    lead_id: str
    ok: bool
    error: str | None = optional_field()

    @classmethod
    def of(cls, result: BulkItemResult) -> "LeadResult":
        """Return a result as the API shows it."""
        return cls(lead_id=result.lead_id, ok=result.error is None, error=result.error)


class LeadResults(Contract):
    """The result for each lead."""

    results: list[LeadResult]
