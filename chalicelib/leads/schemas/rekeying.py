"""The result of a migration of contacts, as the API shows it."""

from pydantic import Field

from chalicelib.http.schemas.base import Contract
from chalicelib.leads.domain.rekeying import RekeyWork


class RekeyedContacts(Contract):
    """How many rows have the new form, and how many had to keep the former one, which then stays looked up."""

    blocks: int
    leads: int
    blocks_left: int = Field(description="Blocks without a number, made by a forget or on a call.")
    leads_left: int = Field(description="Leads with a contact that no present value explains.")

    @classmethod
    def of(cls, work: RekeyWork) -> "RekeyedContacts":
        """Return the result of finished work."""
        tally = work.tally
        return cls(
            blocks=tally["blocks"],
            leads=tally["leads"],
            blocks_left=tally["blocks_left"],
            leads_left=tally["leads_left"],
        )
