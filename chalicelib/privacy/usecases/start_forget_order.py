"""Counts the leads of a contact, and starts the order to forget them all (PRI-8a)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from itertools import chain, islice

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core.access import Actor
from chalicelib.core.chunks import chunks
from chalicelib.core.errors import Effect, Throttled
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import Job
from chalicelib.leads.domain.forget_orders import MAX_LOOKS_OPEN, MAX_OPEN, OpenOrders
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import contact_index, forget_orders, leads
from chalicelib.leads.store.contact_index import ListedLead
from chalicelib.ledger.domain.entries import entry_id
from chalicelib.privacy.domain import forget_work, forgetting
from chalicelib.privacy.domain.forget_work import OrderAsked, OrderWork
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
    content = _asked(actor, found, job_id_of(digest), digest, asked, effect, now)

    def attempt(_: int) -> None:
        seen = forget_orders.read_again(now)
        if jobs.get(content["job_id"], now) is not None:
            return
        _require_no_hold(actor, found, now)
        _require_room(seen)
        _write(content, seen, count, now)

    retrying(attempt, tries=_TRIES, message="Others are giving orders to forget: repeat the request.")
    return content["job_id"]


def look_again(
    actor: Actor, found: Sequence[ContactRef], digest: str, effect: Effect, now: int, *with_it: batch.Write
) -> None:
    """Write the order of a small forget, which looks once more for leads that were on their way (PRI-8a).

    Its leads are erased by the request itself. `with_it` are writes of the same transaction. If many orders are open,
    the look is written alone: a lead that was on its way is then shown until the look. Raise Conflict `legal_hold` if a
    lead came under a legal hold meanwhile, Cancelled if something was written meanwhile.
    """
    asked = entry_id("look", digest)
    content = _asked(actor, found, job_id_of(asked), digest, asked, effect, now)
    seen = forget_orders.read_again(now)
    _require_no_hold(actor, found, now)
    writes = list(with_it)
    if len(seen.orders) < MAX_LOOKS_OPEN:
        order = forget_work.order_of(content)
        writes += forget_orders.open_order(order, {"asked": content, "of": 0}, seen)
    else:
        content["alone"] = True
    writes += _job_writes(forget_work.new_look(content), now)
    batch.write(writes, batch.token_of("look_again", content["job_id"], seen.version, now))


def look_later(
    actor: Actor, found: Sequence[ContactRef], key: str, digest: str, effect: Effect, now: int
) -> None:
    """Write a look for the contacts of several rows of a file, without an order (PRI-8a).

    `key` names the rows; a repeat at the same instant writes the same. A lead that was on its way is shown until the
    look. Leads are received up to `now`.
    """
    asked = entry_id("look", key, now)
    content = _asked(actor, found, job_id_of(asked), digest, asked, effect, now)
    content["alone"] = True
    try:
        batch.write(_job_writes(forget_work.new_look(content), now), batch.token_of("look", asked))
    except batch.Cancelled as cancelled:
        if cancelled.conflict:
            raise


def _asked(
    actor: Actor, found: Sequence[ContactRef], job_id: str, digest: str, asked: str, effect: Effect, now: int
) -> OrderAsked:
    """Return the content of an order: contacts that are meant in the same projects are one reading."""
    by_projects: dict[tuple[str, ...], set[str]] = {}
    for one in found:
        by_projects.setdefault(one.projects_for(actor), set()).update(one.refs.all)
    first, *more = [[sorted(refs), list(projects)] for projects, refs in by_projects.items()]
    content: OrderAsked = {
        "job_id": job_id,
        "refs": first[0],
        "projects": first[1],
        "at": now,
        "by": [actor.kind, actor.id],
        "asked": asked,
        "digest": digest,
        "effect": effect.summary,
    }
    if more:
        content["more"] = more
    return content


def _job_writes(work: OrderWork, now: int) -> list[batch.Write]:
    kind, actor_id = forget_work.actor_of(work.asked).kind, forget_work.actor_of(work.asked).id
    return jobs.insert(Job(work.asked["job_id"], kind, actor_id, now, work))


def _write(content: OrderAsked, seen: OpenOrders, count: int, now: int) -> None:
    order, work = forget_work.order_of(content), forget_work.new_work(content, count)
    writes = [
        *forget_orders.open_order(order, {"asked": content, "of": count}, seen),
        *_job_writes(work, now),
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
    by_id = {lead.lead_id: lead.project_id for _, lead in first if lead.project_id is not None}
    if len(by_id) > forgetting.MANY:
        named = [CountedLead(lead_id, project_id) for lead_id, project_id in by_id.items()]
        return CountedLeads(named[: forgetting.MANY], more=True)
    counted: dict[str, Facts] = {}
    for some in chunks(chain(first, entries), _CHUNK):
        counted |= {facts.lead_id: facts for facts in _visible(actor, some, now)}
        if len(counted) > forgetting.MANY:
            return CountedLeads(_named(counted.values())[: forgetting.MANY], more=True)
    return CountedLeads(_named(counted.values()), _newest_first(counted.values()))


def _named(facts: Iterable[Facts]) -> list[CountedLead]:
    return [CountedLead(lead.lead_id, lead.project_id) for lead in facts]


def _listed(actor: Actor, found: Sequence[ContactRef], now: int) -> Iterator[tuple[ContactRef, ListedLead]]:
    """Yield the entry of each lead that may be in the actor's projects, once for each reading of the contact."""
    for contact in found:
        seen: set[str] = set()
        for lead in (lead for ref in contact.refs.in_turn for lead in contact_index.each_lead(ref, now)):
            is_visible = lead.project_id is None or contact.is_of(actor, lead.project_id)
            if is_visible and lead.lead_id not in seen:
                seen.add(lead.lead_id)
                yield contact, lead


def _require_no_hold(actor: Actor, found: Sequence[ContactRef], now: int) -> None:
    for contact in found:
        held = (lead_id for ref in contact.refs.in_turn for lead_id in contact_index.list_holds(ref, now))
        for ids in chunks(held, _CHUNK):
            named = [(contact, ListedLead(lead_id, None, None)) for lead_id in ids]
            forgetting.require_forgettable(_visible(actor, named, now), now)


def _visible(actor: Actor, listed: Sequence[tuple[ContactRef, ListedLead]], now: int) -> list[Facts]:
    stored = leads.get_many_as_stored([lead.lead_id for _, lead in listed], now)
    return [
        facts
        for contact, lead in listed
        if (facts := stored.get(lead.lead_id)) is not None
        and contact.is_of(actor, facts.project_id)
        and facts.erased_at is None
    ]


def _newest_first(facts: Iterable[Facts]) -> list[Facts]:
    return sorted(facts, key=lambda lead: (-lead.received_at, lead.lead_id))
