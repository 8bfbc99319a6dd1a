"""The result of the privacy desk's search for a contact (PRI-2 … PRI-4)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

from chalicelib.blocks.domain import BlockResult
from chalicelib.core.access import Actor, Permission, Role
from chalicelib.core.paging import Page
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.leads.domain.leads import Facts, StoredLead
from chalicelib.leads.domain.visibility import may_see
from chalicelib.ledger.domain.entries import Entry, EntryKind
from chalicelib.organisation.domain.configuration import LeadType
from chalicelib.users.domain.users import User

_OPENING = (Permission.LEADS_READ, Permission.PRIVACY_SEARCH, Permission.PRIVACY_EXPORT)


@dataclass(frozen=True)
class DataItem:
    """One personal field of a lead type, and the leads that have a value in it (PRI-3)."""

    lead_type_id: str
    key: str
    label: str
    lead_ids: tuple[str, ...]


@dataclass(frozen=True)
class CouldRead:
    """A user who can read one of the leads, and why (PRI-4)."""

    user_id: str
    name: str
    role: Role
    because: str


@dataclass(frozen=True)
class DidRead:
    """A user who has read one of the leads: the last time, and how often (PRI-4). `name` is None if unknown."""

    user_id: str
    name: str | None
    last_at: int
    count: int


class ContactPosition(TypedDict):
    """The position in a list of a contact's leads, newest first: the last lead of a page."""

    received_at: int
    lead_id: str


@dataclass(frozen=True)
class ContactSearchResult:
    """The result for a contact: a page of its leads, and the other data for all of them."""

    leads: Page[StoredLead, ContactPosition]
    data_available: tuple[DataItem, ...]
    could: tuple[CouldRead, ...]
    did: tuple[DidRead, ...]
    blocks: tuple[BlockResult, ...]


def data_available(leads: Sequence[StoredLead], types: Mapping[str, LeadType]) -> list[DataItem]:
    """Return every personal field of the leads' types, with or without a value; `types` by campaign id."""
    items = {}
    for lead_type in {lead_type.id: lead_type for lead_type in types.values()}.values():
        typed_leads = [lead for lead in leads if types[lead.facts.campaign_id].id == lead_type.id]
        for field in lead_type.fields:
            if field.personal:
                ids = tuple(
                    lead.facts.lead_id
                    for lead in typed_leads
                    if lead.person and field.key in lead.person.fields
                )
                items[lead_type.id, field.key] = DataItem(lead_type.id, field.key, field.label, ids)
    return list(items.values())


def could_read(facts: Iterable[Facts], users: Iterable[User], now: int) -> list[CouldRead]:
    """Return the users who can read the person of any lead now, each with the first reason (PRI-4)."""
    live = [lead for lead in facts if lead.is_live(now)]
    reasons = ((user, _reason(user, live, now)) for user in users if not user.disabled)
    return [
        CouldRead(user.id, user.name, user.role, reason) for user, reason in reasons if reason is not None
    ]


def did_read(entries: Iterable[Entry], names: Mapping[str, str]) -> list[DidRead]:
    """Return the users who have read, from the entries of the leads: the last time and the number, latest first.

    `names` is by user id, of disabled users, too.
    """
    readings: dict[str, list[int]] = {}
    for entry in entries:
        if entry.kind is EntryKind.ACCESS:
            readings.setdefault(entry.actor_id, []).append(entry.at)
    users = [
        DidRead(user_id, names.get(user_id), max(times), len(times)) for user_id, times in readings.items()
    ]
    return sorted(users, key=lambda user: (-user.last_at, user.user_id))


def _reason(user: User, facts: Iterable[Facts], now: int) -> str | None:
    actor = user.actor
    reasons = (_because(actor, lead, now) for lead in facts if may_see(actor, lead))
    return next((reason for reason in reasons if reason is not None), None)


def _because(actor: Actor, facts: Facts, now: int) -> str | None:
    """Return the actor's role for the lead, with the permission that shows its person if it is not `leads.read`."""
    permission = next(
        (candidate for candidate in _OPENING if actor.has(candidate) and _opens(candidate, facts, now)), None
    )
    if permission is None:
        return None
    role = _role_in(actor, facts)
    return role if permission is Permission.LEADS_READ else f"{role}, by {permission.value}"


def _role_in(actor: Actor, facts: Facts) -> str:
    if actor.is_admin:
        return "admin"
    return f"agent of {facts.lead_id}" if actor.role is Role.AGENT else f"{actor.role} of {facts.project_id}"


def _opens(permission: Permission, facts: Facts, now: int) -> bool:
    """Return True if a permission shows the person; under a legal hold only the desk's search does (RET-19)."""
    return permission is Permission.PRIVACY_SEARCH or not facts.retention.is_kept_by_hold(now)
