"""The search of the privacy desk as the API shows it (PRI-1 … PRI-5)."""

from collections.abc import Sequence

from pydantic import Field

from chalicelib.blocks.schemas import Block
from chalicelib.core.access import Role
from chalicelib.core.times import iso
from chalicelib.http.schemas.base import Contract
from chalicelib.http.schemas.named import NamedLeadType, NamedUser
from chalicelib.leads.schemas.leads import Lead
from chalicelib.privacy.domain import desk


class DataItem(Contract):
    """One personal field of the lead types, and the leads that have a value in it."""

    lead_type_id: str
    lead_type: NamedLeadType
    key: str
    label: str
    lead_ids: list[str]


class CouldRead(Contract):
    """A user who can read the person, and why."""

    user_id: str
    user: NamedUser
    role: Role
    because: str = Field(description="Their relation to the lead, and the permission if not `leads.read`.")


class DidRead(Contract):
    """A user who has read the person."""

    user_id: str
    user: NamedUser
    last_at: str
    count: int


class PersonsWithAccess(Contract):
    """The users who could read the person, and those who did (PRI-4)."""

    could: list[CouldRead]
    did: list[DidRead]

    @classmethod
    def of(cls, could: Sequence[desk.CouldRead], did: Sequence[desk.DidRead]) -> "PersonsWithAccess":
        """Return both lists as the API shows them."""
        return cls(
            could=[
                CouldRead(
                    user_id=user.user_id,
                    user=NamedUser(id=user.user_id, name=user.name),
                    role=user.role,
                    because=user.because,
                )
                for user in could
            ],
            did=[
                DidRead(
                    user_id=user.user_id,
                    user=NamedUser(id=user.user_id, name=user.name),
                    last_at=iso(user.last_at),
                    count=user.count,
                )
                for user in did
            ],
        )


class ContactFound(Contract):
    """All data on a contact. For an unknown contact the answer has the same shape (PRI-5)."""

    leads: list[Lead]
    next: str | None
    data_available: list[DataItem]
    persons_with_access: PersonsWithAccess
    blocks: list[Block]

    @classmethod
    def of(cls, result: desk.ContactSearchResult, leads: list[Lead], cursor: str | None) -> "ContactFound":
        """Return the result of a search as the API shows it, with its leads."""
        return cls(
            leads=leads,
            next=cursor,
            data_available=[
                DataItem(
                    lead_type_id=item.lead_type_id,
                    lead_type=NamedLeadType(id=item.lead_type_id),
                    key=item.key,
                    label=item.label,
                    lead_ids=list(item.lead_ids),
                )
                for item in result.data_available
            ],
            persons_with_access=PersonsWithAccess.of(result.could, result.did),
            blocks=[Block.of(block) for block in result.blocks],
        )
