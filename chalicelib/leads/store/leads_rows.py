"""The rows of table `leads`: one of facts for each lead, one for each thing that happened to it."""

import json
import zlib
from dataclasses import asdict
from decimal import Decimal
from typing import ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
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
    """The one list a lead stands in for people (WRK-1)."""

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
    """One thing that happened to a lead, without free text (`activity#<at>#<version>#<id>`)."""

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
    appended_at = NumberAttribute(null=True)
    resent_at = NumberAttribute(null=True)
    blocked_at = NumberAttribute(null=True)
    erasing_at = NumberAttribute(null=True)
    erased_at = NumberAttribute(null=True)
    basis = UnicodeAttribute(null=True)
    confirmed_by = UnicodeAttribute(null=True)
    activity_mark = UnicodeAttribute(null=True, attr_name="mark")
    counted = NumberAttribute(null=True)
    version = NumberAttribute(default=1)
    by_day = ByDay()
    by_worklist = Worklist()
    by_due = ByDue()


def facts_of(row: FactsRow) -> Facts:
    """Return the facts a row holds."""
    return Facts(
        lead_id=row.lead_id,
        campaign_id=row.campaign_id,
        project_id=row.project_id,
        status=Status(row.status),
        received_at=int(row.received_at),
        retention=_retention(row),
        source_kind=row.source_kind,
        source_id=row.source_id,
        config_version=int(row.config_version),
        answer=read_answer(row.answer) if row.answer else None,
        digest=row.digest,
        reasons=_words(row.reasons),
        price=None if row.price is None else Decimal(row.price),
        currency=row.currency or "USD",
        category=row.category,
        group=row.group,
        first_agent_id=row.first_agent_id,
        agent_id=row.agent_id,
        stage=row.stage,
        outcome=row.outcome,
        closing=bool(row.closing),
        retired_at=_int(row.retired_at),
        retired_from=row.retired_from,
        waiting_since=_int(row.waiting_since),
        assigned_at=_int(row.assigned_at),
        last_activity_at=_int(row.last_activity_at),
        follow_up_on=row.follow_up_on,
        duplicate_of=row.duplicate_of,
        failed=tuple(json.loads(row.failed)) if row.failed else (),
        grade=row.grade,
        consent=row.consent,
        costs=_words(row.costs),
        calculated=json.loads(row.calculated) if row.calculated else {},
        reviewed_at=_int(row.reviewed_at),
        appended_at=_int(row.appended_at),
        resent_at=_int(row.resent_at),
        blocked_at=_int(row.blocked_at),
        erasing_at=_int(row.erasing_at),
        erased_at=_int(row.erased_at),
        basis=row.basis,
        confirmed_by=row.confirmed_by or "",
        activity_mark=row.activity_mark or "",
        version=int(row.version),
    )


def row_of(facts: Facts) -> FactsRow:
    """Return the row that holds these facts."""
    retention = facts.retention
    worklist = facts.worklist
    marked = facts.erased_at is not None
    return FactsRow(
        facts.lead_id,
        LEAD,
        campaign_id=facts.campaign_id,
        project_id=facts.project_id,
        status=facts.status.value,
        received_at=facts.received_at,
        day_key=f"{facts.campaign_id}#{utc_day(facts.received_at)}",
        worklist=worklist,
        worklist_at=facts.worklist_at if worklist else None,
        due_shard=None if marked or facts.erase_at is None else _due_partition(facts),
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
        test=1 if facts.test else None,
        source_kind=facts.source_kind,
        source_id=facts.source_id,
        config_version=facts.config_version,
        answer=answer_text(facts.answer) if facts.answer else None,
        digest=facts.digest,
        reasons=",".join(facts.reasons) or None,
        price=None if facts.price is None else str(facts.price),
        currency=None if facts.currency == "USD" else facts.currency,
        category=facts.category,
        group=facts.group,
        first_agent_id=facts.first_agent_id,
        agent_id=facts.agent_id,
        stage=facts.stage,
        outcome=facts.outcome,
        closing=1 if facts.closing else None,
        retired_at=facts.retired_at,
        retired_from=facts.retired_from,
        waiting_since=facts.waiting_since,
        assigned_at=facts.assigned_at,
        last_activity_at=facts.last_activity_at,
        follow_up_on=facts.follow_up_on,
        duplicate_of=facts.duplicate_of,
        failed=json.dumps(facts.failed, separators=(",", ":"), ensure_ascii=False) if facts.failed else None,
        grade=facts.grade,
        consent=facts.consent,
        costs=",".join(facts.costs) or None,
        calculated=json.dumps(facts.calculated, separators=(",", ":")) if facts.calculated else None,
        reviewed_at=facts.reviewed_at,
        appended_at=facts.appended_at,
        resent_at=facts.resent_at,
        blocked_at=facts.blocked_at,
        erasing_at=facts.erasing_at,
        erased_at=facts.erased_at,
        basis=facts.basis,
        confirmed_by=facts.confirmed_by or None,
        activity_mark=facts.activity_mark or None,
        version=facts.version,
    )


def due_shard(lead_id: str) -> str:
    """Return the shard of `by_due` a lead is listed under."""
    return f"due#{zlib.crc32(lead_id.encode()) % DUE_SHARDS:02d}"


def _due_partition(facts: Facts) -> str:
    """Forgotten leads stand apart: the schedule finishes them without waiting for `max_lag` (PRI-8)."""
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
    )


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def _int(value: float | None) -> int | None:
    return None if value is None else int(value)
