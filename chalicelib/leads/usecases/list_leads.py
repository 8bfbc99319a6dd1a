"""Lists a campaign's leads of one UTC day (INT-16)."""

from collections.abc import Sequence

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import NotFound
from chalicelib.core.paging import DayPosition, LastKey, Page, cut
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.leads.domain.lead_size import encoded_size_of
from chalicelib.leads.domain.leads import Facts, Status, StoredLead
from chalicelib.leads.domain.visibility import may_see
from chalicelib.leads.store import leads
from chalicelib.leads.usecases.with_block_status import with_block_status
from chalicelib.leads.usecases.without_foreign_originals import without_foreign_originals
from chalicelib.ledger.domain.entries import Access
from chalicelib.ledger.usecases.record_access import record_access
from chalicelib.organisation import store as configuration
from chalicelib.organisation.usecases.cached_organisation import cached_organisation

_ROUNDS = 10
_PERSONS_AT_ONCE = 50


class LeadPosition(DayPosition):
    """The day of the list, and the last lead that the index named."""

    place: LastKey


@dataclass(frozen=True)
class LeadFilter:
    """Which leads of a day to list; by default live leads that are no test leads (INT-16)."""

    campaign_id: str
    day: str
    status: Status | None = None
    erased: bool = False
    test: bool = False
    person: bool = False

    def matches(self, facts: Facts, now: int) -> bool:
        """Tell whether the lead matches the filter now."""
        return (
            facts.is_live(now) is not self.erased
            and not facts.retention.is_kept_by_hold(now)
            and facts.test is self.test
            and self.status in (None, facts.status)
        )


def list_leads(
    access: Access, wanted: LeadFilter, limit: int, after: LeadPosition | None, now: int
) -> Page[StoredLead, LeadPosition]:
    """Return up to `limit` leads, newest first, and no more than have room in an answer.

    Each lead that the index names is read from the table. A page may be short if many leads of the day do not match.
    With `person`, each lead shows whether it is blocked now (PRI-16), and each reading is recorded before the return
    (PRI-30). Raise NotFound for a campaign that the reader may not see (ACC-4).
    """
    _require_campaign(access.actor, wanted.campaign_id, now)
    page = _page(access.actor, wanted, limit, None if after is None else after["place"], now)
    items = without_foreign_originals(access.actor, with_block_status(page.items, now), now)
    shown_ids = [lead.facts.lead_id for lead in items if lead.person is not None]
    if shown_ids:
        record_access(access, shown_ids, cached_organisation(now), now)
    return Page(items, None if page.next is None else {"day": wanted.day, "place": page.next})


def _page(actor: Actor, wanted: LeadFilter, limit: int, place: LastKey | None, now: int) -> Page[StoredLead]:
    items: list[StoredLead] = []
    for _ in range(_ROUNDS):
        at_once = min(limit - len(items), _PERSONS_AT_ONCE if wanted.person else limit)
        listed = leads.list_day(wanted.campaign_id, wanted.day, at_once, place)
        items += _read(actor, listed.items, wanted, now)
        place = listed.next
        page = cut(Page(items, place), encoded_size_of, lambda lead: leads.place_in_day(lead.facts))
        if place is None or len(items) == limit or page.items is not items:
            break
    return page


def _require_campaign(actor: Actor, campaign_id: str, now: int) -> None:
    actor.require(Permission.LEADS_READ)
    campaign = configuration.cached(Campaign, campaign_id, now)
    if campaign is None or not actor.belongs_to(campaign.project_id):
        raise NotFound("There is no such campaign.")


def _read(actor: Actor, ids: Sequence[str], wanted: LeadFilter, now: int) -> list[StoredLead]:
    stored = _with_persons(ids, now) if wanted.person else map(StoredLead, leads.get_many(ids, now).values())
    return [lead for lead in stored if wanted.matches(lead.facts, now) and may_see(actor, lead.facts)]


def _with_persons(ids: Sequence[str], now: int) -> list[StoredLead]:
    return [
        StoredLead(facts, person if facts.is_live(now) else None)
        for facts, person in leads.get_with_people(ids, now).values()
    ]
