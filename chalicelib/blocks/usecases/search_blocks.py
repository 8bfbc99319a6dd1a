"""The blocks of one contact (PRI-13)."""

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks import store as blocks
from chalicelib.blocks.domain import BlockResult
from chalicelib.blocks.usecases.block_ids import opaque_id
from chalicelib.blocks.usecases.list_blocks import scopes_of
from chalicelib.core.access import ALL_PROJECTS, Actor
from chalicelib.ledger.domain.entries import Access
from chalicelib.ledger.usecases.record_search import record_search
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.organisation.usecases.contact_refs import normals_of, refs_of


def search_blocks(access: Access, kind: str, contact: str, now: int) -> list[BlockResult]:
    """Return the live blocks of a contact for the actor's projects and for all, newest first (PRI-13).

    A phone number is read as it is when it is blocked: with each project's own region, for all projects with the
    organisation's. The search is recorded before anything is answered (PRI-5). Raises Invalid for what can be no
    contact.
    """
    wanted = _wanted(access.actor, kind, contact, now)
    record_search(access, sorted({ref for ref, _ in wanted}), cached_organisation(now), now)
    found = batch.read_many([blocks.key(ref, scope) for ref, scope in wanted], now)
    standing = (blocks.one_from_batch(ref, scope, found) for ref, scope in wanted)
    seen = [BlockResult(opaque_id(one.ref, one.scope), one, created=False) for one in standing if one]
    return sorted(seen, key=lambda one: (-one.block.blocked_at, one.block.scope))


def _wanted(actor: Actor, kind: str, contact: str, now: int) -> list[tuple[str, str]]:
    """Return under which refs and scopes the contact may be blocked."""
    normals = normals_of(kind, contact, sorted({ALL_PROJECTS, *scopes_of(actor)}), now)
    refs = {normal: ref for ref, normal in refs_of(kind, normals.values(), now).items()}
    return [(refs[normal], scope) for scope, normal in normals.items()]
