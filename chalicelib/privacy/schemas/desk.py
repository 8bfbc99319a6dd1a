"""The search of the privacy desk (PRI-1 … PRI-5)."""

from collections.abc import Sequence

from pydantic import Field

from chalicelib.blocks.schemas import Block
from chalicelib.core.access import Role
from chalicelib.core.times import iso
from chalicelib.http.schemas.base import Contract
from chalicelib.leads.schemas.leads import Lead
from chalicelib.privacy.domain import desk


class DataItem(Contract):
    """One personal field that the leads' types have, and the leads in which it holds a value."""

    lead_type_id: str
    key: str
    label: str
    lead_ids: list[str]


class CouldRead(Contract):
    """Somebody who can read the person, and why."""

    user_id: str
    role: Role
    because: str = Field(description="What they are to the lead, and the permission if not `leads.read`.")


class DidRead(Contract):
    """Somebody who has read the person."""

    user_id: str
    last_at: str
    count: int


class PersonsWithAccess(Contract):
    """Who could read the person, and who did (PRI-4)."""

    could: list[CouldRead]
    did: list[DidRead]

    @classmethod
    def of(cls, could: Sequence[desk.CouldRead], did: Sequence[desk.DidRead]) -> "PersonsWithAccess":
        """Return both lists as the API shows them."""
        return cls(
            could=[CouldRead(user_id=one.user_id, role=one.role, because=one.because) for one in could],
            did=[DidRead(user_id=one.user_id, last_at=iso(one.last_at), count=one.count) for one in did],
        )


class ContactFound(Contract):
    """Everything held on a contact; an unknown one answers in the same shape (PRI-5)."""

    leads: list[Lead]
    next: str | None
    data_available: list[DataItem]
    persons_with_access: PersonsWithAccess
    blocks: list[Block]

    @classmethod
    def of(cls, found: desk.ContactSearchResult, following: str | None, now: int) -> "ContactFound":
        """Return what the search found as the desk sees it."""
        return cls(
            leads=[Lead.of(lead, now, with_history=True) for lead in found.leads.items],
            next=following,
            data_available=[
                DataItem(
                    lead_type_id=one.lead_type_id, key=one.key, label=one.label, lead_ids=list(one.lead_ids)
                )
                for one in found.data_available
            ],
            persons_with_access=PersonsWithAccess.of(found.could, found.did),
            blocks=[Block.of(one) for one in found.blocks],
        )
