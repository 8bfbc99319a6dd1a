"""Counts the leads of a contact, and starts the order to forget them all (PRI-8a)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core.access import Actor
from chalicelib.core.chunks import chunks
from chalicelib.core.errors import Effect, Throttled
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import Job
from chalicelib.leads.domain.forget_orders import MAX_OPEN, OpenOrders
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import contact_index, forget_orders, leads
from chalicelib.leads.store.contact_index import ListedLead
from chalicelib.privacy.domain import forget_work, forgetting
from chalicelib.privacy.domain.forget_work import OrderAsked
from chalicelib.privacy.domain.forgetting import ContactRef, CountedLead

_TRIES = 8
_CHUNK = 100


@dataclass(frozen=True)
class CountedLeads:
    """The leads of a contact in the actor's projects, up to 1,000; `more` if there are more.

    Their facts, newest first, are there unless there are more.
    """

    named: list[CountedLead]
    facts: list[Facts] = field(default_factory=list)
    more: bool = False


def job_id_of(digest: str) -> str:
    """Return the id of the job that is started under a confirmation."""
    return f"job_{digest[:26]}"


def count_forgettable(actor: Actor, found: Sequence[ContactRef], now: int) -> CountedLeads:
    """Return the leads to forget, as they are stored. Raise Conflict `legal_hold` if one is under a legal hold.

    Legal holds are listed under each contact, so that this needs no reading of all leads (RET-19).
    """
    counted = count_leads(actor, found, now)
    forgetting.require_forgettable(counted.facts, now)
    _require_no_hold(actor, found, now)
    return counted


def start_forget_order(
    actor: Actor, found: Sequence[ContactRef], digest: str, asked: str, effect: Effect, count: int, now: int
) -> str:
    """Write the order and its job in one transaction; return the job's id. A repeat finds the same order.

    Raise Throttled if 100 orders are open. Raise Conflict `legal_hold` if a lead came under a legal hold meanwhile.
    """
    content: OrderAsked = {
        "job_id": job_id_of(digest),
        "refs": sorted({ref for one in found for ref in one.refs.all}),
        "projects": list(forgetting.forget_scope(actor)),
        "at": now,
        "by": [actor.kind, actor.id],
        "asked": asked,
        "digest": digest,
        "effect": effect.summary,
    }

    def attempt(_: int) -> None:
        seen = forget_orders.read_again(now)
        if jobs.get(content["job_id"], now) is not None:
            return
        _require_no_hold(actor, found, now)
        _require_room(seen)
        _write(content, seen, count, now)

    retrying(attempt, tries=_TRIES, message="Others are giving orders to forget: repeat the request.")
    return content["job_id"]


def _write(content: OrderAsked, seen: OpenOrders, count: int, now: int) -> None:
    order, work = forget_work.order_of(content), forget_work.new_work(content, count)
    kind, actor_id = forget_work.actor_of(content).kind, forget_work.actor_of(content).id
    writes = [
        *forget_orders.open_order(order, {"asked": content, "of": count}, seen),
        *jobs.insert(Job(order.id, kind, actor_id, now, work)),
    ]
    batch.write(writes, batch.token_of("forget_order", order.id, seen.version, now))


def _require_room(seen: OpenOrders) -> None:
    if len(seen.orders) >= MAX_OPEN:
        raise Throttled("Too many orders to forget are open: repeat the request later.")


def count_leads(actor: Actor, found: Sequence[ContactRef], now: int) -> CountedLeads:
    """Return the leads of the contact in the actor's projects, as they are stored.

    More than 1,000 are counted by their entries, which an erasure removes first. So no facts are read for a number that
    the effect does not have.
    """
    entries = _listed(actor, found, now)
    first = list(islice(entries, forgetting.MANY + 1))
    named = [CountedLead(lead.lead_id, lead.project_id) for lead in first if lead.project_id is not None]
    if len(named) > forgetting.MANY:
        return CountedLeads(named[: forgetting.MANY], more=True)
    counted: list[Facts] = []
    for some in chunks(chain(first, entries), _CHUNK):
        counted += _visible(actor, [lead.lead_id for lead in some], now)
        if len(counted) > forgetting.MANY:
            return CountedLeads(_named(counted[: forgetting.MANY]), more=True)
    return CountedLeads(_named(counted), _newest_first(counted))


def _named(facts: Sequence[Facts]) -> list[CountedLead]:
    return [CountedLead(lead.lead_id, lead.project_id) for lead in facts]


def _listed(actor: Actor, found: Sequence[ContactRef], now: int) -> Iterator[ListedLead]:
    """Yield the entry of each lead of the contact that may be in the actor's projects, once."""
    seen: set[str] = set()
    for contact in found:
        for lead in _entries(contact, now):
            is_visible = lead.project_id is None or actor.belongs_to(lead.project_id)
            if is_visible and lead.lead_id not in seen:
                seen.add(lead.lead_id)
                yield lead


def _entries(contact: ContactRef, now: int) -> Iterator[ListedLead]:
    return (lead for ref in contact.refs.in_turn for lead in contact_index.each_lead(ref, now))


def _require_no_hold(actor: Actor, found: Sequence[ContactRef], now: int) -> None:
    for contact in found:
        held = (lead_id for ref in contact.refs.in_turn for lead_id in contact_index.list_holds(ref, now))
        for ids in chunks(held, _CHUNK):
            forgetting.require_forgettable(_visible(actor, ids, now), now)


def _visible(actor: Actor, lead_ids: Sequence[str], now: int) -> list[Facts]:
    stored = leads.get_many_as_stored(lead_ids, now).values()
    return [facts for facts in stored if actor.belongs_to(facts.project_id) and facts.erased_at is None]


def _newest_first(facts: Sequence[Facts]) -> list[Facts]:
    return sorted(facts, key=lambda lead: (-lead.received_at, lead.lead_id))
