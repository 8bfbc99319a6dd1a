"""Blocks as the API takes and shows them (PRI-12)."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from chalicelib.blocks import domain
from chalicelib.blocks.domain import BlockRequest, BlockResult
from chalicelib.core.access import ALL_PROJECTS
from chalicelib.core.times import Moment, iso, optional_iso, read_moment
from chalicelib.http.schemas.base import Contract, PageQuery, optional_field, value_error
from chalicelib.http.schemas.named import NamedActor, NamedProject, NamedUser
from chalicelib.http.schemas.values import End, Identifier, Version
from chalicelib.ledger.domain.entries import Entry as Recorded
from chalicelib.ledger.schemas import Entry

Reason = Literal["asked_not_to_be_called", "regulator", "wrong_number", "legal", "other"]
_END = "A day, which is included, in the zone of the project (for all projects: the organisation), or an instant."
ScopeName = Annotated[str, Field(pattern=r"^([A-Za-z0-9_.:@-]{1,128}|\*)$")]


class BlockQuery(PageQuery):
    """Which blocks to list: of one project, for all projects (`*`, admins only), or all the reader may list."""

    project: ScopeName | None = Field(
        default=None, description="A project, or `*`: the blocks for all projects."
    )


class ContactQuery(Contract):
    """A phone number or an e-mail address."""

    phone: str | None = Field(default=None, max_length=64)
    email: str | None = Field(default=None, max_length=320)

    @model_validator(mode="after")
    def _one_contact(self) -> Self:
        if (self.phone is None) == (self.email is None):
            raise value_error("one_contact", "Give either a phone or an email.")
        return self

    @property
    def kind(self) -> str:
        """Return the kind of the contact: `phone` or `email`."""
        return "phone" if self.phone is not None else "email"

    @property
    def value(self) -> str:
        """Return the number or address as it was given."""
        return self.phone or self.email or ""


class BlockSearch(ContactQuery):
    """The contact whose blocks are searched, and whether the answer has their history."""

    history: bool = Field(
        default=False,
        description="With who blocked and unblocked the contact and when, also of lifted blocks.",
    )


class NewBlock(ContactQuery):
    """A contact to block, for one project or for all projects (`null`), with an optional end and reason."""

    project_id: Identifier | None = Field(description="null: for all projects.")
    until: End | None = Field(default=None, description=f"{_END} By default the block has no end.")
    reason: Reason | None = None

    def to_domain(self) -> BlockRequest:
        """Return the request for the use case."""
        return BlockRequest(
            kind=self.kind,
            contact=self.value,
            scope=ALL_PROJECTS if self.project_id is None else self.project_id,
            until=None if self.until is None else read_moment(self.until),
            reason=self.reason,
        )


class BlockChange(Contract):
    """The new end of a block; `null`: no end."""

    version: Version
    until: End | None = Field(description=f"{_END} null removes the end.")

    @property
    def end(self) -> Moment | None:
        """Return the new end, or None."""
        return None if self.until is None else read_moment(self.until)


class BlockedBy(NamedActor):
    """The actor who made a block, with the name."""

    user_id: str | None = optional_field(
        "The user who blocked by a file, where `id` is the import; left out for a file that was put without a user."
    )
    user: NamedUser | None = optional_field()

    @classmethod
    def of(cls, block: domain.Block) -> "BlockedBy":
        """Return the maker of a block, and its user if that is another one."""
        user_id = None if block.user_id == block.by_id else block.user_id
        return cls(kind=block.by_kind, id=block.by_id, user_id=user_id, user=NamedUser.of(user_id))


class Block(Contract):
    """One block. Its number is shown only if a user blocked the contact by its number."""

    id: str
    project_id: str | None
    project: NamedProject | None
    masked: str
    number: str | None
    blocked_by: BlockedBy
    blocked_at: str
    until: str | None
    reason: str | None
    version: int
    history: list[Entry] | None = optional_field(
        "The ledger entries of the block, oldest first; not in lists."
    )

    @classmethod
    def of(cls, blocked: BlockResult, history: Sequence[Recorded] | None = None) -> "Block":
        """Return a block as the API shows it."""
        block = blocked.block
        project_id = None if block.scope == ALL_PROJECTS else block.scope
        return cls(
            id=blocked.id,
            project_id=project_id,
            project=NamedProject.of(project_id),
            masked=block.masked,
            number=block.number,
            blocked_by=BlockedBy.of(block),
            blocked_at=iso(block.blocked_at),
            until=optional_iso(block.until),
            reason=block.reason,
            version=block.version,
            history=None if history is None else [Entry.of(entry) for entry in history],
        )


class BlockPage(Contract):
    """A page of blocks, newest first."""

    items: list[Block]
    next: str | None


class FoundBlocks(BlockPage):
    """The blocks of one contact, newest first; `next` is always null."""

    history: list[Entry] | None = optional_field(
        "Requested with `history`: the latest 200 ledger entries of the contact's blocks, oldest first."
    )
