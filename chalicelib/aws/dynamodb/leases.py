"""Who is at a piece of work that only one may do at a time (table `counters`)."""

from typing import ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.dynamodb import rows
from chalicelib.aws.dynamodb.batch import Delete, Put
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row

_SLOT = "lease"


class LeaseRow(Row):
    """One lease; it is nobody's from its end on."""

    TABLE: ClassVar[str] = "counters"

    class Meta(MetaDefaults):
        """Table settings."""

    counter = UnicodeAttribute(hash_key=True)
    slot = UnicodeAttribute(range_key=True)
    holder = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)


def acquire(work: str, owner: str, now: int, until: int) -> Put:
    """Return the write by which a holder takes the work until an instant, if nobody has it."""
    row = LeaseRow(f"lease#{work}", _SLOT, holder=owner, expires_at=until)
    return Put(row, rows.absent_or_expired(LeaseRow, now))


def release(work: str, owner: str) -> Delete:
    """Return the write by which its holder gives the work back."""
    return Delete(LeaseRow(f"lease#{work}", _SLOT), LeaseRow.holder == owner)
