"""Leases: the right of one process to do a piece of work until an instant (table `counters`)."""

from typing import ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.dynamodb import rows
from chalicelib.aws.dynamodb.batch import Delete, Put
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row

_SLOT = "lease"


class LeaseRow(Row):
    """One lease. After its end another process may acquire it."""

    TABLE: ClassVar[str] = "counters"

    class Meta(MetaDefaults):
        """Table settings."""

    counter = UnicodeAttribute(hash_key=True)
    slot = UnicodeAttribute(range_key=True)
    holder = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)


def acquire(work: str, owner: str, now: int, until: int) -> Put:
    """Return the write that gives the work to an owner until an instant, if no live lease of another exists."""
    row = LeaseRow(f"lease#{work}", _SLOT, holder=owner, expires_at=until)
    return Put(row, rows.absent_or_expired(LeaseRow, now) | (LeaseRow.holder == owner))


def renew(work: str, owner: str, until: int) -> Put:
    """Return the write with which its owner keeps the work until a later instant, if nobody has it meanwhile."""
    row = LeaseRow(f"lease#{work}", _SLOT, holder=owner, expires_at=until)
    return Put(row, LeaseRow.holder == owner)


def release(work: str, owner: str) -> Delete:
    """Return the write with which its owner releases the work."""
    return Delete(LeaseRow(f"lease#{work}", _SLOT), LeaseRow.holder == owner)
