"""How many leads of a campaign came in without consent, and up to which that was told (table `counters`, CAM-11)."""

from dataclasses import dataclass
from typing import ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.dynamodb import rows
from chalicelib.aws.dynamodb.batch import Update
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row

_MISSING = "consent_missing"


class ConsentRow(Row):
    """One campaign's leads without consent: all there ever were, and how many of them were told."""

    TABLE: ClassVar[str] = "counters"

    class Meta(MetaDefaults):
        """Table settings."""

    counter = UnicodeAttribute(hash_key=True)
    slot = UnicodeAttribute(range_key=True)
    n = NumberAttribute(null=True)
    told = NumberAttribute(null=True)


@dataclass(frozen=True)
class MissingConsents:
    """A campaign that waits to be told of: how many leads since it was, and of how many in all."""

    campaign_id: str
    count: int
    total: int


def count_missing(campaign_id: str) -> Update:
    """Return the write that counts a lead without consent.

    Unconditional: the mark on the lead in the same transaction makes it count once (data-model.md, Statistics).
    """
    return Update(ConsentRow(_MISSING, campaign_id), [ConsentRow.n.add(1)], None)


def list_waiting(now: int) -> list[MissingConsents]:
    """Return the campaigns with leads that were not told yet."""
    found = []
    for row in rows.query(ConsentRow, _MISSING, now):
        total, told = int(row.n or 0), int(row.told or 0)
        if total > told:
            found.append(MissingConsents(row.slot, total - told, total))
    return found


def clear(untold: MissingConsents) -> Update:
    """Return the write after which these leads wait no more; never back to fewer, and the same if it is repeated."""
    row = ConsentRow(_MISSING, untold.campaign_id)
    return Update(
        row,
        [ConsentRow.told.set(untold.total)],
        ConsentRow.told.does_not_exist() | (ConsentRow.told < untold.total),
    )
