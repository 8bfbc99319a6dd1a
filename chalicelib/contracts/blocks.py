"""Blocks as the API takes and shows them (PRI-12)."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from chalicelib.contracts.base import Contract, bad
from chalicelib.domain.blocks import ALL_PROJECTS, Blocked, BlockRequest
from chalicelib.domain.times import iso, optional_iso, parse_instant

Reason = Literal["asked_not_to_be_called", "regulator", "wrong_number", "legal", "other"]


class NewBlock(Contract):
    """A contact to block, for one project or (`null`) for all, with an optional end and reason."""

    phone: str | None = Field(default=None, max_length=64)
    email: str | None = Field(default=None, max_length=320)
    project_id: str | None
    until: str | None = Field(default=None, description="ISO 8601 with a zone; none is for good.")
    reason: Reason | None = None

    @field_validator("until")
    @classmethod
    def _instant(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                parse_instant(value)
            except ValueError:
                raise bad("instant", "Must be an ISO 8601 time with a zone.") from None
        return value

    @model_validator(mode="after")
    def _one_contact(self) -> Self:
        if (self.phone is None) == (self.email is None):
            raise bad("one_contact", "Give a phone or an email, one of them.")
        return self

    def to_domain(self) -> BlockRequest:
        """Return what the use case takes."""
        return BlockRequest(
            kind="phone" if self.phone is not None else "email",
            contact=self.phone or self.email or "",
            scope=self.project_id or ALL_PROJECTS,
            until=None if self.until is None else parse_instant(self.until),
            reason=self.reason,
        )


class BlockedBy(Contract):
    """Who or what made a block."""

    kind: str
    id: str


class Block(Contract):
    """One block; its number is readable only if an operator gave it."""

    id: str
    project_id: str | None
    masked: str
    number: str | None
    blocked_by: BlockedBy
    blocked_at: str
    until: str | None
    reason: str | None
    version: int

    @classmethod
    def of(cls, blocked: Blocked) -> "Block":
        """Return a block as the desk sees it."""
        block = blocked.block
        return cls(
            id=blocked.id,
            project_id=None if block.scope == ALL_PROJECTS else block.scope,
            masked=block.masked,
            number=block.number,
            blocked_by=BlockedBy(kind=block.by_kind, id=block.by_id),
            blocked_at=iso(block.blocked_at),
            until=optional_iso(block.until),
            reason=block.reason,
            version=block.version,
        )
