"""The rows of limits: their conditions make sure that no row passes its share (table `counters`, CAM-10).

The rules are in `core.shares` and `core.share_deals`. Here a row is read and written.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.aws.dynamodb.batch import BatchRows, Key, Put, Update
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row
from chalicelib.core.period_counts import AN_HOUR, PeriodCounts
from chalicelib.core.shares import ChosenPlace, Measures, Share, with_taken

_SLOT = "now"
_MORE, _BITS = 0x80, 7


class ShareRow(Row):
    """One row of a counter (`<counter>#<00…31>`); it stays below 512 bytes."""

    TABLE: ClassVar[str] = "counters"

    class Meta(MetaDefaults):
        """Table settings."""

    counter = UnicodeAttribute(hash_key=True)
    slot = UnicodeAttribute(range_key=True)
    minute = NumberAttribute(null=True)
    taken = NumberAttribute(null=True)
    before = BinaryAttribute(null=True, legacy_encoding=False)
    day = UnicodeAttribute(null=True)
    in_day = NumberAttribute(null=True)
    in_month = NumberAttribute(null=True)
    share_hour = NumberAttribute(null=True)
    share_day = NumberAttribute(null=True)
    share_month = NumberAttribute(null=True)
    limits = UnicodeAttribute(null=True)
    of = NumberAttribute(null=True)
    deal = NumberAttribute(null=True)
    v = NumberAttribute(null=True)


def keys(counter: str, numbers: Iterable[int]) -> list[Key]:
    """Return the keys of a counter's rows, for a batch read."""
    return [Key(ShareRow, _name(counter, number), _SLOT) for number in numbers]


def from_batch(counter: str, numbers: Iterable[int], batch_rows: BatchRows) -> list[Share]:
    """Return those of the rows that a batch read found."""
    found = ((number, batch_rows.get(ShareRow, _name(counter, number), _SLOT)) for number in numbers)
    return [_share(number, row) for number, row in found if row is not None]


def take(counter: str, read: Share, place: ChosenPlace) -> Put | Update:
    """Return the write that takes a place of a row, exact under any concurrency (CAM-10).

    In the minute that was read, the counts grow under the condition that there is room. In a later minute the row is
    replaced only if nothing has written it. A row that was dealt since, or for other limits, takes nothing.
    """
    if place.share.counts.minute != read.counts.minute:
        return put(counter, with_taken(place.share, place.amounts))
    shares, counts = place.share.shares, place.share.counts
    hour = None if shares.hour is None else shares.hour - sum(counts.before.values())
    condition: Condition = (
        (ShareRow.minute == counts.minute) & (ShareRow.of == read.of) & (ShareRow.deal == read.deal)
    )
    actions = [ShareRow.v.add(1)]
    for amount, attribute, most in zip(
        place.amounts,
        (ShareRow.taken, ShareRow.in_day, ShareRow.in_month),
        (hour, shares.day, shares.month),
        strict=True,
    ):
        if amount:
            actions.append(attribute.add(amount))
            if most is not None:
                condition = condition & (attribute < most)
    return Update(ShareRow(_name(counter, place.share.number), _SLOT), actions, condition)


def put(counter: str, share: Share) -> Put:
    """Return the write of a whole row, if nothing has written it since it was read: a new minute, a deal, a return."""
    unchanged = ShareRow.counter.does_not_exist() if share.v == 1 else ShareRow.v == share.v - 1
    return Put(_row(counter, share), unchanged)


def _name(counter: str, number: int) -> str:
    return f"{counter}#{number:02d}"


def _row(counter: str, share: Share) -> ShareRow:
    counts = share.counts
    return ShareRow(
        _name(counter, share.number),
        _SLOT,
        minute=counts.minute,
        taken=counts.taken,
        before=_packed(counts) or None,
        day=counts.day,
        in_day=counts.in_day,
        in_month=counts.in_month,
        share_hour=share.shares.hour,
        share_day=share.shares.day,
        share_month=share.shares.month,
        limits=",".join("" if limit is None else str(limit) for limit in share.limits),
        of=share.of,
        deal=share.deal,
        v=share.v,
    )


def _share(number: int, row: ShareRow) -> Share:
    minute = int(row.minute)
    return Share(
        number=number,
        counts=PeriodCounts(
            minute=minute,
            taken=int(row.taken),
            before=dict(_unpacked(row.before or b"", minute)),
            day=row.day,
            in_day=int(row.in_day),
            in_month=int(row.in_month),
        ),
        shares=Measures(_number(row.share_hour), _number(row.share_day), _number(row.share_month)),
        limits=Measures(*(int(limit) if limit else None for limit in row.limits.split(","))),
        of=int(row.of),
        deal=int(row.deal),
        v=int(row.v),
    )


def _number(value: float | None) -> int | None:
    return None if value is None else int(value)


def _packed(counts: PeriodCounts) -> bytes:
    """Return the counts of the 59 minutes before the latest, the latest first, seven bits to a byte."""
    return b"".join(
        _encoded(counts.before.get(counts.minute - distance, 0)) for distance in range(1, AN_HOUR)
    ).rstrip(b"\0")


def _encoded(count: int) -> bytes:
    encoded = bytearray()
    while count >= _MORE:
        encoded.append(count & _MORE - 1 | _MORE)
        count >>= _BITS
    return bytes([*encoded, count])


def _unpacked(packed: Sequence[int], minute: int) -> Iterator[tuple[int, int]]:
    count = shift = 0
    for byte in packed:
        count |= (byte & _MORE - 1) << shift
        shift += _BITS
        if byte < _MORE:
            minute -= 1
            if count:
                yield minute, count
            count = shift = 0
