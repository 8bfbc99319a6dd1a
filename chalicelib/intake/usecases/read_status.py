"""Tells the source of a lead what became of it (INT-19)."""

from chalicelib.core.access import Actor
from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads


def read_status(actor: Actor, campaign_id: str, lead_id: str, now: int) -> Facts:
    """Return the facts of a lead of the campaign, for the credential that sent it or a user of its project.

    Raise Forbidden for a credential of other campaigns, NotFound for every other caller, as for a lead that does not
    exist (ACC-4).
    """
    if actor.kind != "user" and campaign_id not in actor.campaign_ids:
        raise Forbidden("This credential is for other campaigns.")
    facts = leads.get(lead_id, now)
    if facts is None or facts.campaign_id != campaign_id or not _may_ask(actor, facts):
        raise NotFound("There is no such lead.")
    return facts


def _may_ask(actor: Actor, facts: Facts) -> bool:
    if actor.kind == "user":
        return actor.belongs_to(facts.project_id)
    return (facts.source_kind, facts.source_id) == (actor.kind, actor.id)
