"""A person asked not to be called: block the lead's phone numbers for its project (PRI-12)."""

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import Block, with_end
from chalicelib.blocks.usecases.upsert_block import BlockEntry, upsert_block
from chalicelib.core import contact_points
from chalicelib.core.access import Actor
from chalicelib.core.contact_points import Refs
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.domain.person_contacts import contacts_of
from chalicelib.leads.store import people
from chalicelib.leads.usecases.cached_lead_type_of import cached_lead_type_of
from chalicelib.leads.usecases.get_project_of import get_project_of
from chalicelib.organisation.usecases.contact_forms import contact_forms

_TRIES = 4
_REASON = "asked_not_to_be_called"


def do_not_call(actor: Actor, facts: Facts, request_id: str, now: int) -> None:
    """Block every phone number of a lead for its project, without an end; an existing block loses its end.

    The number is not stored (data-model.md, Blocks). May be repeated. `request_id` identifies the request.
    """
    person = people.get(facts.lead_id, now)
    if person is None:
        return
    forms = contact_forms(now)
    lead_type, region = cached_lead_type_of(facts, now), get_project_of(facts, now).region
    for kind, _, normal in contacts_of(person, lead_type, region):
        if kind == "phone":
            _block(actor, forms.refs(kind, normal), normal, facts, request_id, now)


def _block(actor: Actor, refs: Refs, normal: str, facts: Facts, request_id: str, now: int) -> None:
    entry = BlockEntry(
        actor,
        request_id,
        token=lambda recorded, _: batch.token_of("do_not_call", recorded.id, now),
        detail={"by": "call", "lead_id": facts.lead_id},
    )

    def change(earlier: Block | None) -> Block:
        if earlier is None:
            masked = contact_points.mask(normal)
            return Block(
                refs.write,
                facts.project_id,
                now,
                None,
                actor.kind,
                actor.id,
                masked,
                reason=_REASON,
                form=refs.form,
                former_refs=refs.others,
            )
        return with_end(earlier, None)

    message = "Others are changing the same block; repeat the request."
    upsert_block(refs, facts.project_id, change, entry, now, tries=_TRIES, message=message)
