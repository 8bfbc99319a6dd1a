"""How many leads of a campaign came in without consent, and how many were notified (table `counters`, CAM-11)."""

from typing import ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.dynamodb import rows
from chalicelib.aws.dynamodb.batch import Update
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row
from chalicelib.core.quick_dataclass import dataclass

_MISSING = "consent_missing"


class ConsentRow(Row):
    """One campaign's leads without consent: the total, and how many of them were notified."""

    TABLE: ClassVar[str] = "counters"

    class Meta(MetaDefaults):
        """Table settings."""

    counter = UnicodeAttribute(hash_key=True)
    slot = UnicodeAttribute(range_key=True)
    n = NumberAttribute(null=True)
    told = NumberAttribute(null=True)


@dataclass(frozen=True)
class MissingConsents:
    """A campaign whose notification is waiting: the leads since the last one, and the total."""

    campaign_id: str
    count: int
    total: int


def count_missing(campaign_id: str, leads: int = 1) -> Update:
    """Return the write that counts leads without consent.

    Unconditional: the marks on the leads in the same transaction make each count once (data-model.md, Statistics).
    """
    return Update(ConsentRow(_MISSING, campaign_id), [ConsentRow.n.add(leads)], None)


def list_waiting(now: int) -> list[MissingConsents]:
    """Return the campaigns with leads that were not notified yet."""
    waiting = []
    for row in rows.query(ConsentRow, _MISSING, now):
        total, notified = int(row.n or 0), int(row.told or 0)
        if total > notified:
            waiting.append(MissingConsents(row.slot, total - notified, total))
    return waiting


def clear(missing: MissingConsents) -> Update:
    """Return the write that notes these leads as notified; the count never falls. Safe to repeat."""
    row = ConsentRow(_MISSING, missing.campaign_id)
    return Update(
        row,
        [ConsentRow.told.set(missing.total)],
        ConsentRow.told.does_not_exist() | (ConsentRow.told < missing.total),
    )
