"""Blocks: contacts that must not come in or be called (PRI-12)."""

from dataclasses import dataclass, replace

from chalicelib.domain.access import Actor
from chalicelib.domain.errors import Forbidden

ALL_PROJECTS = "*"
REASONS = ("asked_not_to_be_called", "regulator", "wrong_number", "legal", "other")


@dataclass(frozen=True)
class Block:
    """A contact that must not come in or be called, for one project or for all (`*`), with an optional end.

    `number` is readable only when an operator gave it; `masked` shows its last digits.
    """

    ref: str
    scope: str
    blocked_at: int
    until: int | None
    by_kind: str
    by_id: str
    masked: str
    number: str | None = None
    reason: str | None = None
    version: int = 1


@dataclass(frozen=True)
class BlockRequest:
    """What an operator asks for: a phone number or an e-mail address, a scope, an optional end and reason."""

    kind: str
    contact: str
    scope: str
    until: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Blocked:
    """The block that stands now, its opaque id, and whether this call made it."""

    id: str
    block: Block
    created: bool


def blocked_again(earlier: Block, until: int | None) -> Block:
    """Return the block after the contact was blocked once more: earlier start, later end, none is latest (PRI-12)."""
    ends = None if earlier.until is None or until is None else max(earlier.until, until)
    return earlier if ends == earlier.until else replace(earlier, until=ends, version=earlier.version + 1)


def require_scope(actor: Actor, scope: str) -> None:
    """Raise unless the actor may block for this scope: a project of its own, or all as an admin (ACC-3)."""
    if scope == ALL_PROJECTS:
        if not actor.is_admin:
            raise Forbidden("Only an admin blocks for all projects.")
        return
    actor.require_project(scope)
