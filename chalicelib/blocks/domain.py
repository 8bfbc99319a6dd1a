"""Blocks: contacts that must not come in or be called (PRI-12)."""

from dataclasses import replace
from typing import Any

from chalicelib.core.access import ALL_PROJECTS, Actor
from chalicelib.core.errors import FieldError, Forbidden, Invalid, NotFound
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.core.retention import MAX_AHEAD_S
from chalicelib.core.times import Moment, optional_iso
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import Entry, FieldChange

_IMPORT = "imp_"
_BY_HAND = ("user", "forget")
REASONS = ("asked_not_to_be_called", "regulator", "wrong_number", "legal", "other")


@dataclass(frozen=True)
class Block:
    """A contact that must not come in or be called, for one project or all (`*`), with an optional end.

    `number` is readable only if a user gave it; `masked` shows its last digits. `by_line` is the line of the imported
    file that made it, and `by_user` the user who put the file; blocks of before may lack the user.

    `form` is the normal form of its ref. A block that was re-keyed has a ref of its first public id, `first_ref`. Under
    each of `former_refs` is a pointer: a row without a number, whose `moved_to` is the ref of the block.
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
    by_user: str | None = None
    by_line: int | None = None
    form: int = 1
    first_ref: str | None = None
    former_refs: tuple[str, ...] = ()
    moved_to: str | None = None

    @property
    def import_id(self) -> str | None:
        """Return the import that made the block, or None."""
        return self.by_id if self.by_kind == "job" or self.by_id.startswith(_IMPORT) else None

    @property
    def user_id(self) -> str | None:
        """Return the user who blocked: by hand, by a call, by a forget, or by the file they put; None if unknown."""
        if self.by_user is not None or self.import_id is not None:
            return self.by_user
        return self.by_id if self.by_kind in _BY_HAND else None


@dataclass(frozen=True)
class BlockRequest:
    """The request for a block: a phone number or an e-mail address, a scope, an optional end and reason.

    A day as the end is included, in the zone of the scope.
    """

    kind: str
    contact: str
    scope: str
    until: Moment | None = None
    reason: str | None = None


@dataclass(frozen=True)
class BlockResult:
    """The present block, its opaque id, and whether this call made it."""

    id: str
    block: Block
    created: bool


def blocked_again(earlier: Block, until: int | None) -> Block:
    """Return the block after another request: earlier start, later end, where no end is the latest (PRI-12)."""
    end = None if earlier.until is None or until is None else max(earlier.until, until)
    return earlier if end == earlier.until else replace(earlier, until=end, version=earlier.version + 1)


def require_scope(actor: Actor, scope: str) -> None:
    """Raise Forbidden or NotFound unless the actor may block here: in its projects, or for all as admin (ACC-3)."""
    if scope == ALL_PROJECTS:
        if not actor.is_admin:
            raise Forbidden("Only admins can block for all projects.")
        return
    actor.require_project(scope)


def require_end(until: int | None, now: int) -> None:
    """Raise Invalid if an end is past or over ten years ahead (PRI-15; data-model.md, Deadlines and expiry)."""
    if until is None or now < until <= now + MAX_AHEAD_S:
        return
    message = "Must be in the future, at most ten years ahead."
    raise Invalid("A block cannot have this end.", fields=[FieldError("until", "out_of_range", message)])


def rekeyed(block: Block, existing: Block | None, ref: str, form: int) -> Block:
    """Return a block under another ref of its contact, merged with the block that is there, if there is one.

    The first public id remains. Of merged blocks the earlier start and the later end remain, as for a block that is
    made again (PRI-12). The version rises only if blocks are merged.
    """
    former = (block.ref, *block.former_refs)
    if existing is None:
        public = block.first_ref or block.ref
        refs = tuple(dict.fromkeys(one for one in former if one != ref))
        return replace(block, ref=ref, form=form, first_ref=public, former_refs=refs)
    first, second = (block, existing) if block.blocked_at < existing.blocked_at else (existing, block)
    until = blocked_again(first, second.until).until
    return replace(
        first,
        ref=ref,
        form=form,
        until=until,
        number=_number_of(existing, block),
        by_kind=_by_kind_of(first, second),
        first_ref=first.first_ref or first.ref,
        former_refs=tuple(dict.fromkeys(one for one in (*existing.former_refs, *former) if one != ref)),
        version=max(existing.version, block.version) + 1,
    )


def _number_of(existing: Block, block: Block) -> str | None:
    """Return the number of merged blocks, or None if a forget removed it from one of them (PRI-10)."""
    return None if None in (existing.number, block.number) else existing.number


def _by_kind_of(first: Block, second: Block) -> str:
    """Return the maker of merged blocks: a forget prevails, because it erases leads that come in meanwhile (PRI-10)."""
    return "forget" if "forget" in (first.by_kind, second.by_kind) else first.by_kind


def with_end(earlier: Block, until: int | None) -> Block:
    """Return the block with another end or none; the same block if nothing changes (PRI-13)."""
    return earlier if until == earlier.until else replace(earlier, until=until, version=earlier.version + 1)


def end_change(earlier: Block | None, block: Block) -> FieldChange:
    """Return the ledger's field change of a block's end, null for none."""
    before = None if earlier is None else optional_iso(earlier.until)
    return FieldChange("until", before, optional_iso(block.until))


def block_entry(
    actor: Actor, block_id: str, version: int, action: str, at: int, request_id: str, **content: Any
) -> Entry:
    """Return the ledger's entry of a change of a block. Entries of one second are sorted by the block's version.

    The request id distinguishes equal changes within one second, with an unblocking in the middle.
    """
    derived = f"{version:08d}{ledger_entries.entry_id(action, block_id, request_id)[:24]}"
    return ledger_entries.change(actor, f"block/{block_id}", action, at, derived, **content)


def unblocked_detail(block: Block) -> dict[str, Any]:
    """Return the detail of the entry of an unblocking: the scope, who had blocked, and when (PRI-14)."""
    return {
        "scope": block.scope,
        "blocked_at": optional_iso(block.blocked_at),
        "blocked_by": f"{block.by_kind}/{block.by_id}",
        "blocked_by_user": block.user_id,
    }


def require_visible_scope(actor: Actor, scope: str) -> None:
    """Raise NotFound unless the actor may see blocks of this scope: of its projects, and for all (ACC-4)."""
    if scope != ALL_PROJECTS and not actor.belongs_to(scope):
        raise NotFound("There is no such block.")
