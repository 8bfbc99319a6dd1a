"""Notifications of agents about leads that wait, and claims to send them (table `counters`); ids only."""

from typing import ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.dynamodb import rows
from chalicelib.aws.dynamodb.batch import Delete, Put
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row
from chalicelib.core.times import DAY_S

_WAITING = "notices"
_KEPT_S = 7 * DAY_S


class NotificationRow(Row):
    """A waiting notification (`<user>#<lead>`), or a claim to notify an agent."""

    TABLE: ClassVar[str] = "counters"

    class Meta(MetaDefaults):
        """Table settings."""

    counter = UnicodeAttribute(hash_key=True)
    slot = UnicodeAttribute(range_key=True)
    holder = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)


def insert(user_id: str, lead_id: str, now: int) -> Put:
    """Return the write that lets an agent be notified of a lead; unconditional, so a repeat has no effect."""
    return Put(NotificationRow(_WAITING, f"{user_id}#{lead_id}", expires_at=now + _KEPT_S), None)


def list_waiting(now: int) -> dict[str, list[str]]:
    """Return the leads each agent is to be notified of."""
    waiting: dict[str, list[str]] = {}
    for row in rows.query(NotificationRow, _WAITING, now):
        user_id, _, lead_id = row.slot.partition("#")
        waiting.setdefault(user_id, []).append(lead_id)
    return waiting


def delete(user_id: str, lead_id: str) -> Delete:
    """Return the write that removes a waiting notification; unconditional, because it may be removed already."""
    return Delete(NotificationRow(_WAITING, f"{user_id}#{lead_id}"))


def claim(user_id: str, what: str, owner: str, now: int, until: int) -> Put:
    """Return the write that claims to notify an agent of `what` until an instant, if no other owner has the claim.

    The owner may claim again: after a lost answer, or to set another end.
    """
    row = NotificationRow(f"told#{user_id}", what, holder=owner, expires_at=until)
    return Put(row, rows.absent_or_expired(NotificationRow, now) | (NotificationRow.holder == owner))


def release(user_id: str, what: str, owner: str) -> Delete:
    """Return the write by which its owner releases a claim; also if there is no claim."""
    own = NotificationRow.counter.does_not_exist() | (NotificationRow.holder == owner)
    return Delete(NotificationRow(f"told#{user_id}", what), own)
