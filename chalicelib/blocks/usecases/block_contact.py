"""A contact must not come in or be called any more (PRI-12)."""

from chalicelib.aws import encrypted_tokens
from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.blocks import store as blocks
from chalicelib.blocks.domain import (
    Block,
    BlockRequest,
    BlockResult,
    blocked_again,
    end_change,
    entry_of,
    require_end,
    require_scope,
)
from chalicelib.core import contact_points
from chalicelib.core.access import ALL_PROJECTS, Actor
from chalicelib.core.errors import FieldError, Invalid, Malformed, NotFound
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import Entry, FieldChange
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.organisation.usecases.contact_key import contact_key

_TRIES = 4
_SEAL = "block"


def block_contact(actor: Actor, wanted: BlockRequest, request_id: str, now: int) -> BlockResult:
    """Block a contact; one that is blocked already keeps its start and takes the later end (PRI-12).

    Raises Forbidden or NotFound for a scope that is not the actor's, Invalid for a contact that cannot be one.
    From the answer on, no request that starts later lets the contact in (PRI-17). `deed` is the request's or the
    row's own id: it tells this deed from an equal one of the same second, with an unblocking between the two.
    """
    require_scope(actor, wanted.scope)
    require_end(wanted.until, now)
    normal = _normal(wanted, now)
    ref = contact_points.ref_of(contact_key(now), wanted.kind, normal)
    return retrying(
        lambda _: _block(actor, wanted, ref, normal, request_id, now),
        tries=_TRIES,
        message="Others are changing the same block; nothing was decided.",
    )


def opaque_id(ref: str, scope: str) -> str:
    """Return the id a block goes by outside its table: it says nothing to who lacks the key (data-model.md, Blocks)."""
    return encrypted_tokens.encrypt_token(_SEAL, {"ref": ref, "scope": scope})


def ids_of(block_id: str) -> tuple[str, str]:
    """Return ref and scope of a block's opaque id; NotFound for one that this deployment did not make."""
    try:
        content = encrypted_tokens.decrypt_token(_SEAL, block_id)
    except Malformed as error:
        raise NotFound("There is no such block.") from error
    return str(content["ref"]), str(content["scope"])


def _block(
    actor: Actor, wanted: BlockRequest, ref: str, normal: str, request_id: str, now: int
) -> BlockResult:
    earlier = blocks.get(ref, wanted.scope, now)
    if earlier is None:
        block = Block(
            ref=ref,
            scope=wanted.scope,
            blocked_at=now,
            until=wanted.until,
            by_kind=actor.kind,
            by_id=actor.id,
            masked=contact_points.mask(normal),
            number=normal,
            reason=wanted.reason,
        )
    else:
        block = blocked_again(earlier, wanted.until)
    block_id = opaque_id(ref, wanted.scope)
    if block is not earlier:
        entry = _entry(actor, block, earlier, block_id, request_id, now)
        writes = [blocks.put(block, now), ledger.insert(entry, cached_organisation(now))]
        batch.write(writes, batch.token_of("block", entry.id, block.until))
    return BlockResult(block_id, block, created=earlier is None)


def _entry(
    actor: Actor, block: Block, earlier: Block | None, block_id: str, request_id: str, now: int
) -> Entry:
    action = "blocked" if earlier is None else "block_changed"
    reason = (FieldChange("reason", None, block.reason),) if earlier is None and block.reason else ()
    fields = (end_change(earlier, block), *reason)
    detail = {"scope": block.scope}
    return entry_of(actor, block_id, block.version, action, now, request_id, fields=fields, detail=detail)


def _normal(wanted: BlockRequest, now: int) -> str:
    if wanted.kind == "phone":
        normal = contact_points.normal_phone(wanted.contact, _region(wanted.scope, now), possible=True)
    else:
        normal = contact_points.normal_email(wanted.contact)
    if normal is None:
        message = "Must be a phone number." if wanted.kind == "phone" else "Must be an e-mail address."
        raise Invalid(
            "This contact cannot be blocked.", fields=[FieldError(wanted.kind, wanted.kind, message)]
        )
    return normal


def _region(scope: str, now: int) -> str:
    if scope == ALL_PROJECTS:
        return cached_organisation(now).region
    project = configuration.cached(Project, scope, now)
    if project is None:
        raise NotFound("There is no such project.")
    return project.region
