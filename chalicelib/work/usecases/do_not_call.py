"""Somebody asked not to be called: the lead's phone numbers are blocked for its project (PRI-12)."""

from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.blocks import store as blocks
from chalicelib.blocks.domain import Block, end_change, entry_of
from chalicelib.blocks.usecases.block_contact import opaque_id
from chalicelib.core import contact_points
from chalicelib.core.access import Actor
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import people
from chalicelib.leads.usecases.lead_type_of import lead_type_of
from chalicelib.leads.usecases.project_of import project_of
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import FieldChange
from chalicelib.organisation.domain.fields import contacts_of
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.organisation.usecases.contact_key import contact_key

_TRIES = 4
_REASON = "asked_not_to_be_called"


def do_not_call(actor: Actor, facts: Facts, request_id: str, now: int) -> None:
    """Block every phone number of a lead for its project, for good; a block that stands loses its end.

    The number is not kept (data-model.md, Blocks). May be repeated. `deed` is the request's
    own id: it tells this deed from an equal one of the same second, with an unblocking between the two.
    """
    person = people.get(facts.lead_id, now)
    if person is None:
        return
    key = contact_key(now)
    lead_type, region = lead_type_of(facts, now), project_of(facts, now).region
    for kind, _, normal in contacts_of(person.fields, person.extras, lead_type, region):
        if kind == "phone":
            _block(actor, contact_points.ref_of(key, kind, normal), normal, facts, request_id, now)


def _block(actor: Actor, ref: str, normal: str, facts: Facts, request_id: str, now: int) -> None:

    def attempt(_: int) -> None:
        earlier = blocks.get(ref, facts.project_id, now)
        if earlier is None or earlier.until is not None:
            block = _blocked(actor, earlier, ref, normal, facts.project_id, now)
            _save(actor, block, earlier, facts, request_id, now)

    retrying(attempt, tries=_TRIES, message="Others are changing the same block; repeat the request.")


def _blocked(actor: Actor, earlier: Block | None, ref: str, normal: str, scope: str, now: int) -> Block:
    if earlier is not None:
        return replace(earlier, until=None, version=earlier.version + 1)
    masked = contact_points.mask(normal)
    return Block(ref, scope, now, None, actor.kind, actor.id, masked, reason=_REASON)


def _save(actor: Actor, block: Block, earlier: Block | None, facts: Facts, request_id: str, now: int) -> None:
    block_id = opaque_id(block.ref, block.scope)
    action = "blocked" if earlier is None else "block_changed"
    reason = (FieldChange("reason", None, _REASON),) if earlier is None else ()
    fields = (end_change(earlier, block), *reason)
    detail = {"scope": block.scope, "by": "call", "lead_id": facts.lead_id}
    entry = entry_of(actor, block_id, block.version, action, now, request_id, fields=fields, detail=detail)
    writes = [blocks.put(block, now), ledger.insert(entry, cached_organisation(now))]
    batch.write(writes, batch.token_of("do_not_call", entry.id, now))
