"""Blocks a contact, so that it may not come in or be called (PRI-12)."""

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import (
    Block,
    BlockRequest,
    BlockResult,
    blocked_again,
    require_end,
    require_scope,
)
from chalicelib.blocks.usecases.block_ids import public_id
from chalicelib.blocks.usecases.block_users import with_user
from chalicelib.blocks.usecases.upsert_block import BlockEntry, upsert_block
from chalicelib.core import contact_points
from chalicelib.core.access import ALL_PROJECTS, Actor
from chalicelib.core.contact_points import Refs
from chalicelib.core.contact_reader import Contact, read_email, read_phone
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.times import ends_at
from chalicelib.ledger.domain.entries import Access
from chalicelib.ledger.usecases.record_search import record_search
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.organisation.usecases.cached_zone import cached_zone
from chalicelib.organisation.usecases.contact_forms import contact_forms
from chalicelib.organisation.usecases.contact_refs import contact_error

_TRIES = 4


def block_contact(actor: Actor, request: BlockRequest, request_id: str, now: int) -> BlockResult:
    """Block a contact. A contact that is blocked already keeps its start and gets the later end (PRI-12).

    The answer tells that it was blocked, so that is recorded like a search (PRI-5). Raise Forbidden or NotFound for a
    scope that is not the actor's, Invalid if the contact cannot be read.
    A request that starts after the answer does not let the contact in (PRI-17). `request_id` is the request's or the
    row's own id.
    """
    require_scope(actor, request.scope)
    until = None if request.until is None else ends_at(request.until, cached_zone(request.scope, now))
    require_end(until, now)
    normal = _normal(request, now)
    refs = contact_forms(now).refs(request.kind, normal)

    def change(earlier: Block | None) -> Block:
        return blocked_again(earlier, until) if earlier else _new(actor, request, until, refs, normal, now)

    entry = BlockEntry(
        actor, request_id, lambda recorded, block: batch.token_of("block", recorded.id, block.until)
    )
    message = "Others are changing the same block: repeat the request."
    block, created = upsert_block(refs, request.scope, change, entry, now, tries=_TRIES, message=message)
    if not created:
        access = Access(actor, "search", request_id)
        record_search(access, [refs.write], cached_organisation(now), now)
    return BlockResult(public_id(block), with_user(block, now), created)


def _new(actor: Actor, request: BlockRequest, until: int | None, refs: Refs, normal: str, now: int) -> Block:
    return Block(
        ref=refs.write,
        scope=request.scope,
        blocked_at=now,
        until=until,
        by_kind=actor.kind,
        by_id=actor.id,
        masked=contact_points.mask(normal),
        number=normal,
        reason=request.reason,
        form=refs.form,
        former_refs=refs.others,
    )


def _normal(request: BlockRequest, now: int) -> str:
    if request.kind == "phone":
        found = read_phone(request.contact, _cached_region(request.scope, now))
    else:
        found = read_email(request.contact)
    if isinstance(found, Contact):
        return found.normal
    raise Invalid("This contact cannot be blocked.", fields=[contact_error(request.kind, found)])


def _cached_region(scope: str, now: int) -> str:
    if scope == ALL_PROJECTS:
        return cached_organisation(now).region
    project = configuration.cached(Project, scope, now)
    if project is None:
        raise NotFound("There is no such project.")
    return project.region
