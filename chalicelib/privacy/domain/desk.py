"""What the privacy desk tells about a contact (PRI-2 … PRI-4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from chalicelib.blocks.domain import BlockResult
from chalicelib.core.access import Actor, Permission, Role
from chalicelib.core.paging import Page
from chalicelib.leads.domain.leads import Facts, StoredLead
from chalicelib.leads.domain.visibility import may_see
from chalicelib.ledger.domain.entries import Entry, EntryKind
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.users.domain.users import User

_OPENING = (Permission.LEADS_READ, Permission.PRIVACY_SEARCH, Permission.PRIVACY_EXPORT)


@dataclass(frozen=True)
class DataItem:
    """One personal field of a lead type, and the leads in which it holds a value (PRI-3)."""

    lead_type_id: str
    key: str
    label: str
    lead_ids: tuple[str, ...]


@dataclass(frozen=True)
class CouldRead:
    """Somebody who can read one of the leads, and why (PRI-4)."""

    user_id: str
    role: Role
    because: str


@dataclass(frozen=True)
class DidRead:
    """Somebody who has read one of the leads: when last, and how often (PRI-4)."""

    user_id: str
    last_at: int
    count: int


class ContactPosition(TypedDict):
    """The last lead of a page of a contact's leads, which are listed newest first."""

    received_at: int
    lead_id: str


@dataclass(frozen=True)
class ContactSearchResult:
    """What the desk sees of a contact: a page of its leads, and the rest for all of them."""

    leads: Page[StoredLead, ContactPosition]
    data_available: tuple[DataItem, ...]
    could: tuple[CouldRead, ...]
    did: tuple[DidRead, ...]
    blocks: tuple[BlockResult, ...]


def data_available(leads: Sequence[StoredLead], types: Mapping[str, LeadType]) -> list[DataItem]:
    """Return every personal field of the leads' types, whether or not it holds a value; `types` by campaign id."""
    items = {}
    for lead_type in {lead_type.id: lead_type for lead_type in types.values()}.values():
        mine = [lead for lead in leads if types[lead.facts.campaign_id].id == lead_type.id]
        for field in lead_type.fields:
            if field.personal:
                ids = tuple(
                    one.facts.lead_id for one in mine if one.person and field.key in one.person.fields
                )
                items[lead_type.id, field.key] = DataItem(lead_type.id, field.key, field.label, ids)
    return list(items.values())


def could_read(facts: Iterable[Facts], users: Iterable[User], now: int) -> list[CouldRead]:
    """Return the users who can read the person of any of the leads now, each with the first reason (PRI-4)."""
    live = [one for one in facts if one.is_live(now)]
    reasons = ((user, _reason(user, live, now)) for user in users if not user.disabled)
    return [CouldRead(user.id, user.role, reason) for user, reason in reasons if reason is not None]


def did_read(entries: Iterable[Entry]) -> list[DidRead]:
    """Return who has read, from the entries of the leads: the last time and how often, latest first."""
    readings: dict[str, list[int]] = {}
    for entry in entries:
        if entry.kind is EntryKind.ACCESS:
            readings.setdefault(entry.actor_id, []).append(entry.at)
    told = [DidRead(who, max(times), len(times)) for who, times in readings.items()]
    return sorted(told, key=lambda one: (-one.last_at, one.user_id))


def _reason(user: User, facts: Iterable[Facts], now: int) -> str | None:
    actor = user.actor
    reasons = (_because(actor, one, now) for one in facts if may_see(actor, one))
    return next((reason for reason in reasons if reason is not None), None)


def _because(actor: Actor, facts: Facts, now: int) -> str | None:
    """Return what the actor is to the lead, with the permission that opens its person if it is not `leads.read`."""
    opening = next((one for one in _OPENING if actor.has(one) and _opens(one, facts, now)), None)
    if opening is None:
        return None
    standing = _is_entitled(actor, facts)
    return standing if opening is Permission.LEADS_READ else f"{standing}, by {opening.value}"


def _is_entitled(actor: Actor, facts: Facts) -> str:
    if actor.is_admin:
        return "admin"
    return f"manager of {facts.project_id}" if actor.role is Role.MANAGER else f"agent of {facts.lead_id}"


def _opens(permission: Permission, facts: Facts, now: int) -> bool:
    """Tell whether a permission shows the person: past its due only the desk's search does (RET-19)."""
    return permission is Permission.PRIVACY_SEARCH or not facts.retention.is_held_over(now)
