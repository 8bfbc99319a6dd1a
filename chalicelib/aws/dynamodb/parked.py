"""Stream records that fail for a reason of their own: how often, and the parked ones (table `counters`, ids only)."""

import json
from collections.abc import Mapping
from typing import ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.dynamodb import batch, rows
from chalicelib.aws.dynamodb.rows import MetaDefaults, Row
from chalicelib.core.times import DAY_S

TRIES = 3
_KEPT_S = 35 * DAY_S

Keys = Mapping[str, str]


class ParkedRow(Row):
    """How often one record has failed in one function; it is parked from the third time on."""

    TABLE: ClassVar[str] = "counters"

    class Meta(MetaDefaults):
        """Table settings."""

    counter = UnicodeAttribute(hash_key=True)
    slot = UnicodeAttribute(range_key=True)
    n = NumberAttribute(default=0)
    at = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)


def count_failure(function: str, keys: Keys, now: int) -> int:
    """Count one failure of a record, and return how many there were.

    The write has no condition. A failure may count twice after a lost answer: then the record is parked after two.
    """
    row = ParkedRow(f"parked#{function}", _slot(keys))
    with rows.translate_errors():
        row.update(
            [ParkedRow.n.add(1), ParkedRow.at.set(now), ParkedRow.expires_at.set(now + _KEPT_S)],
        )
    return int(row.n)


def list_parked(function: str, until: int, now: int) -> list[dict[str, str]]:
    """Return the keys of the records that were parked up to an instant and not tried again since."""
    found = rows.query(ParkedRow, f"parked#{function}", now)
    return [json.loads(row.slot) for row in found if row.n == TRIES and row.at <= until]


def remove(function: str, keys: Keys) -> None:
    """Remove the row of a record that was processed. Unconditional: an absent row is no error."""
    batch.write_one(batch.Delete(ParkedRow(f"parked#{function}", _slot(keys))))


def _slot(keys: Keys) -> str:
    return json.dumps(dict(sorted(keys.items())), separators=(",", ":"))
