"""The rows of table `leads`: the facts of each lead, and the entries of its history."""

import json
import zlib
from collections.abc import Callable
from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from chalicelib.aws.dynamodb.rows import MetaDefaults, Row
from chalicelib.core.retention import Policy, Retention, Setting
from chalicelib.core.times import utc_day
from chalicelib.leads.domain.answers import answer_text, read_answer
from chalicelib.leads.domain.leads import Facts, Status

LEAD = "lead"
DUE_SHARDS = 16
FORGOTTEN = "due#forgotten"


class ByDay(GlobalSecondaryIndex["FactsRow"]):
    """A campaign's leads of one UTC day."""

    class Meta:
        """Index settings."""

        index_name = "by_day"
        projection = KeysOnlyProjection()  # type: ignore[no-untyped-call]

    day_key = UnicodeAttribute(hash_key=True)
    received_at = NumberAttribute(range_key=True)


class Worklist(GlobalSecondaryIndex["FactsRow"]):
    """The leads of each worklist (WRK-1)."""

    class Meta:
        """Index settings."""

        index_name = "worklist"
        projection = KeysOnlyProjection()  # type: ignore[no-untyped-call]

    worklist = UnicodeAttribute(hash_key=True)
    worklist_at = NumberAttribute(range_key=True)


class ByDue(GlobalSecondaryIndex["FactsRow"]):
    """Leads that have an end and are not marked erased, in sixteen shards."""

    class Meta:
        """Index settings."""

        index_name = "by_due"
        projection = IncludeProjection(["campaign_id"])  # type: ignore[no-untyped-call]

    due_shard = UnicodeAttribute(hash_key=True)
    erase_at = NumberAttribute(range_key=True)


class ActivityRow(Row):
    """One entry of a lead's history, without free text (`activity#<at>#<version>#<id>`)."""

    TABLE: ClassVar[str] = "leads"

    class Meta(MetaDefaults):
        """Table settings."""

    lead_id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()


class FactsRow(Row):
    """The facts of one lead (`part` = lead); short names keep it under 1 KB (data-model.md, Facts and person)."""

    TABLE: ClassVar[str] = "leads"

    class Meta(MetaDefaults):
        """Table settings."""

    lead_id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    campaign_id = UnicodeAttribute()
    project_id = UnicodeAttribute()
    status = UnicodeAttribute()
    received_at = NumberAttribute()
    day_key = UnicodeAttribute()
    worklist = UnicodeAttribute(null=True)
    worklist_at = NumberAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    erase_at = NumberAttribute(null=True)
    due_at = NumberAttribute(null=True)
    base_due_at = NumberAttribute(null=True, attr_name="base_due")
    days = NumberAttribute(null=True)
    rejected_days = NumberAttribute(null=True, attr_name="rdays")
    setting = UnicodeAttribute(null=True)
    outcome_due_at = NumberAttribute(null=True, attr_name="outcome_due")
    forgotten_at = NumberAttribute(null=True)
    hold_until = NumberAttribute(null=True)
    hold_ground = UnicodeAttribute(null=True)
    by_project = NumberAttribute(null=True, attr_name="bulk")
    test = NumberAttribute(null=True)
    source_kind = UnicodeAttribute(attr_name="by")
    source_id = UnicodeAttribute(attr_name="by_id")
    config_version = NumberAttribute(attr_name="config")
    answer = UnicodeAttribute(null=True)
    digest = UnicodeAttribute(null=True)
    reasons = UnicodeAttribute(null=True)
    price = UnicodeAttribute(null=True)
    currency = UnicodeAttribute(null=True)
    category = UnicodeAttribute(null=True)
    group = UnicodeAttribute(null=True)
    first_agent_id = UnicodeAttribute(null=True, attr_name="agent0")
    agent_id = UnicodeAttribute(null=True, attr_name="agent")
    stage = UnicodeAttribute(null=True)
    outcome = UnicodeAttribute(null=True)
    closing = NumberAttribute(null=True)
    retired_at = NumberAttribute(null=True)
    retired_from = UnicodeAttribute(null=True)
    waiting_since = NumberAttribute(null=True, attr_name="since")
    assigned_at = NumberAttribute(null=True, attr_name="given")
    last_activity_at = NumberAttribute(null=True, attr_name="active_at")
    follow_up_on = UnicodeAttribute(null=True)
    duplicate_of = UnicodeAttribute(null=True)
    failed = UnicodeAttribute(null=True)
    grade = UnicodeAttribute(null=True)
    consent = UnicodeAttribute(null=True)
    costs = UnicodeAttribute(null=True)
    calculated = UnicodeAttribute(null=True)
    reviewed_at = NumberAttribute(null=True)
    reconsidered_at = NumberAttribute(null=True)
    appended_at = NumberAttribute(null=True)
    resent_at = NumberAttribute(null=True)
    blocked_at = NumberAttribute(null=True)
    erasing_at = NumberAttribute(null=True)
    erased_at = NumberAttribute(null=True)
    basis = UnicodeAttribute(null=True)
    confirmed_by = UnicodeAttribute(null=True)
    activity_mark = UnicodeAttribute(null=True, attr_name="mark")
    comment_bytes = NumberAttribute(null=True, attr_name="noted")
    counted = NumberAttribute(null=True)
    enters_later = NumberAttribute(null=True, attr_name="later")
    version = NumberAttribute(default=1)
    by_day = ByDay()
    by_worklist = Worklist()
    by_due = ByDue()


class Codec(NamedTuple):
    """How a field of the facts is stored: the conversions to and from the row."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


_SAME = Codec(write=lambda value: value, read=lambda stored: stored)
_FLAG = Codec(write=lambda value: 1 if value else None, read=bool)
_TEXT = Codec(write=lambda value: value or None, read=lambda stored: stored or "")
_WORDS = Codec(
    write=lambda value: ",".join(value) or None,
    read=lambda stored: tuple(stored.split(",")) if stored else (),
)

# fields with a conversion; an empty value is no attribute, to keep rows short
_CODECS: dict[str, Codec] = {
    "status": Codec(write=lambda value: value.value, read=Status),
    "answer": Codec(
        write=lambda value: answer_text(value) if value else None,
        read=lambda stored: read_answer(stored) if stored else None,
    ),
    "reasons": _WORDS,
    "price": Codec(
        write=lambda value: None if value is None else str(value),
        read=lambda stored: None if stored is None else Decimal(stored),
    ),
    "currency": Codec(
        write=lambda value: None if value == "USD" else value, read=lambda stored: stored or "USD"
    ),
    "closing": _FLAG,
    "enters_later": _FLAG,
    "failed": Codec(
        write=lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False) if value else None,
        read=lambda stored: tuple(json.loads(stored)) if stored else (),
    ),
    "costs": _WORDS,
    "calculated": Codec(
        write=lambda value: json.dumps(value, separators=(",", ":")) if value else None,
        read=lambda stored: json.loads(stored) if stored else {},
    ),
    "comment_bytes": Codec(write=lambda value: value or None, read=lambda stored: int(stored or 0)),
    "confirmed_by": _TEXT,
    "activity_mark": _TEXT,
}
_FIELDS = [
    (field.name, _CODECS.get(field.name, _SAME)) for field in fields(Facts) if field.name != "retention"
]


def facts_of(row: FactsRow) -> Facts:
    """Return the facts of a row."""
    values = {name: codec.read(getattr(row, name)) for name, codec in _FIELDS}
    return Facts(**values, retention=_retention(row))


def row_of(facts: Facts) -> FactsRow:
    """Return the row of these facts: their fields, their retention, and the keys of the indexes."""
    retention, worklist = facts.retention, facts.worklist
    is_listed = facts.erased_at is None and facts.erase_at is not None
    return FactsRow(
        part=LEAD,
        **{name: codec.write(getattr(facts, name)) for name, codec in _FIELDS},
        day_key=day_key(facts),
        worklist=worklist,
        worklist_at=facts.worklist_at if worklist else None,
        due_shard=_due_partition(facts) if is_listed else None,
        erase_at=facts.erase_at,
        due_at=retention.due_at,
        base_due_at=retention.base_due_at,
        days=retention.policy.days,
        rejected_days=retention.policy.rejected_days,
        setting=None if retention.setting is None else json.dumps(asdict(retention.setting)),
        outcome_due_at=retention.outcome_due_at,
        forgotten_at=retention.forgotten_at,
        hold_until=retention.hold_until,
        hold_ground=retention.hold_ground,
        by_project=1 if retention.by_project else None,
        test=1 if retention.test else None,
    )


def day_key(facts: Facts) -> str:
    """Return the partition of the index `by_day` that lists a lead."""
    return f"{facts.campaign_id}#{utc_day(facts.received_at)}"


def due_shard(lead_id: str) -> str:
    """Return the shard of the index `by_due` that lists a lead."""
    return f"due#{zlib.crc32(lead_id.encode()) % DUE_SHARDS:02d}"


def unchanged_since(facts: Facts) -> Condition:
    """Return the condition that facts are as read: their version, and that a lead which enters later has not yet.

    Without the latter a lead that enters the duplicate index meanwhile would stay there as it was (CAM-9).
    """
    unchanged: Condition = FactsRow.version == facts.version
    return unchanged & FactsRow.enters_later.exists() if facts.enters_later else unchanged


def live_at(now: int) -> Condition:
    """Return the condition that a lead is before its end."""
    return ahead(FactsRow.erase_at, now)


def workable_at(now: int) -> Condition:
    """Return the condition that a lead is before its deadline and its end; no work is possible later (RET-19)."""
    condition: Condition = live_at(now) & ahead(FactsRow.due_at, now)
    return condition


def past(attribute: Any, now: int) -> Condition:
    """Return the condition that an instant has passed, or is not set."""
    condition: Condition = attribute.does_not_exist() | (attribute <= now)
    return condition


def ahead(attribute: Any, now: int) -> Condition:
    """Return the condition that an instant lies ahead, or is not set."""
    condition: Condition = attribute.does_not_exist() | (attribute > now)
    return condition


def _due_partition(facts: Facts) -> str:
    """Return a lead's partition. Forgotten leads have their own: their erasure does not wait for `max_lag` (PRI-8)."""
    return FORGOTTEN if facts.retention.forgotten_at is not None else due_shard(facts.lead_id)


def _retention(row: FactsRow) -> Retention:
    return Retention(
        received_at=int(row.received_at),
        policy=Policy(_int(row.days), _int(row.rejected_days)),
        test=bool(row.test),
        rejected=row.status in (Status.REJECTED, Status.DUPLICATE),
        setting=None if row.setting is None else Setting(**json.loads(row.setting)),
        outcome_due_at=_int(row.outcome_due_at),
        forgotten_at=_int(row.forgotten_at),
        hold_until=_int(row.hold_until),
        hold_ground=row.hold_ground,
        base_due_at=_int(row.base_due_at),
        by_project=bool(row.by_project),
    )


def _int(value: float | None) -> int | None:
    return None if value is None else int(value)
