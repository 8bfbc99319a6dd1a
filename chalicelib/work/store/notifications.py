"""Which agent is to be told of which lead, and when one was told last (table `counters`); ids only."""

from typing import ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.dynamodb import rows
from chalicelib.aws.dynamodb.batch import Delete, Put
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row
from chalicelib.core.times import DAY_S

_WAITING = "notices"
_KEPT_S = 7 * DAY_S


class NotificationRow(Row):
    """One lead to tell an agent of (`notices`, `<user>#<lead>`), or what an agent was told last (`told#<user>`)."""

    TABLE: ClassVar[str] = "counters"

    class Meta(MetaDefaults):
        """Table settings."""

    counter = UnicodeAttribute(hash_key=True)
    slot = UnicodeAttribute(range_key=True)
    holder = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)


def insert(user_id: str, lead_id: str, now: int) -> Put:
    """Return the note that an agent is to be told of a lead; unconditional, told twice in a minute is told once."""
    return Put(NotificationRow(_WAITING, f"{user_id}#{lead_id}", expires_at=now + _KEPT_S), None)


def list_waiting(now: int) -> dict[str, list[str]]:
    """Return the leads each agent is to be told of."""
    found: dict[str, list[str]] = {}
    for row in rows.query(NotificationRow, _WAITING, now):
        user_id, _, lead_id = row.slot.partition("#")
        found.setdefault(user_id, []).append(lead_id)
    return found


def delete(user_id: str, lead_id: str) -> Delete:
    """Return the write after which a note waits no more; unconditional, absent is what it wants."""
    return Delete(NotificationRow(_WAITING, f"{user_id}#{lead_id}"))


def claim(user_id: str, what: str, owner: str, now: int, until: int) -> Put:
    """Return the claim to be the one who tells an agent `what` until an instant, if nobody else has it.

    One's own may be made again: after a lost answer, or to end at another instant.
    """
    row = NotificationRow(f"told#{user_id}", what, holder=owner, expires_at=until)
    return Put(row, rows.absent_or_expired(NotificationRow, now) | (NotificationRow.holder == owner))


def release(user_id: str, what: str, owner: str) -> Delete:
    """Return the write by which its holder gives a claim back; also where none is."""
    own = NotificationRow.counter.does_not_exist() | (NotificationRow.holder == owner)
    return Delete(NotificationRow(f"told#{user_id}", what), own)
