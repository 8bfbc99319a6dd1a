"""The facts of leads and what happened to them (table `leads`); no person stands here (data.md)."""

import json
import zlib
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.domain.leads import Activity, Answer, Facts, Status
from chalicelib.domain.retention import Policy, Retention, Setting
from chalicelib.domain.times import utc_day
from chalicelib.stores import rows
from chalicelib.stores.batch import Check, Found, Key, Put, Update, Write
from chalicelib.stores.leads_rows import ActivityRow, FactsRow

LEAD = "lead"
_ACTIVITY = "activity#"
DUE_SHARDS = 16
FORGOTTEN = "due#forgotten"


def key(lead_id: str) -> Key:
    """Return the address of a lead's facts, for a batch read."""
    return Key(FactsRow, lead_id, LEAD)


def found(lead_id: str, among: Found) -> Facts | None:
    """Return the facts a batch read found."""
    row = among.get(FactsRow, lead_id, LEAD)
    return None if row is None else facts_of(row)


def get(lead_id: str, now: int) -> Facts | None:
    """Return a lead's facts as they are now (strongly consistent), or None."""
    row = rows.get(FactsRow, lead_id, LEAD, now)
    return None if row is None else facts_of(row)


def activities(lead_id: str, now: int) -> tuple[Activity, ...]:
    """Return what happened to a lead, oldest first, in one query (WRK-16)."""
    return tuple(_activity(row) for row in rows.query(ActivityRow, lead_id, now, _ACTIVITY))


def added(facts: Facts) -> Put:
    """Return the write of a new lead's facts, only where none are (INT-10)."""
    return Put(_row(facts), FactsRow.lead_id.does_not_exist())


def changed(before: Facts, after: Facts, now: int) -> Update:
    """Return the write of what changed in a live lead's facts, over the version that was read (data.md, Time)."""
    condition = FactsRow.erasing_at.does_not_exist() & _workable(now)
    return _difference(before, after, condition)


def redated(before: Facts, after: Facts, now: int) -> Update:
    """Return the write of a changed due, only before the initial deadline (RET-11)."""
    condition = FactsRow.erasing_at.does_not_exist() & _live(now) & before_deadline(now)
    return _difference(before, after, condition)


def before_deadline(now: int) -> Condition:
    """Return the condition that a lead's initial deadline has not been reached (RET-11)."""
    condition: Condition = _open(FactsRow.base_due_at, now) & _open(FactsRow.due_at, now)
    return condition


def forgotten(before: Facts, after: Facts, now: int) -> Update:
    """Return the write that makes a live lead due now for ever, unless a legal hold stands (PRI-8, RET-19)."""
    condition = FactsRow.erasing_at.does_not_exist() & _live(now) & _past(FactsRow.hold_until, now)
    return _difference(before, after, condition)


def held(before: Facts, after: Facts, now: int) -> Update:
    """Return the write of a legal hold or of its release, of a lead whose end has not come (RET-19)."""
    return _difference(before, after, FactsRow.erasing_at.does_not_exist() & _live(now))


def erasing(before: Facts, after: Facts, now: int) -> Update:
    """Return the write that marks a due lead as being erased: from here its due cannot move any more."""
    return _difference(before, after, (FactsRow.erase_at <= now) & FactsRow.erasing_at.does_not_exist())


def erased(before: Facts, after: Facts) -> Update:
    """Return the write of the done mark, the last of an erasure, only where it is not yet (RET-15)."""
    return _difference(before, after, FactsRow.erasing_at.exists() & FactsRow.erased_at.does_not_exist())


def counted(lead_id: str) -> Write:
    """Return the mark that a lead has been counted in the statistics, only where it is not yet (data.md)."""
    condition = FactsRow.lead_id.exists() & FactsRow.counted.does_not_exist()
    return Update(FactsRow(lead_id, LEAD), [FactsRow.counted.set(1)], condition)


def live(lead_id: str, now: int) -> Check:
    """Return the condition every write of a part stands under: the facts exist and are live (data.md, Time)."""
    condition = FactsRow.lead_id.exists() & FactsRow.erasing_at.does_not_exist() & _workable(now)
    return Check(FactsRow(lead_id, LEAD), condition)


def at(facts: Facts, now: int) -> Check:
    """Return the condition that a live lead's facts are exactly these: for parts that are stamped beside them."""
    condition = (FactsRow.version == facts.version) & FactsRow.erasing_at.does_not_exist() & _live(now)
    return Check(FactsRow(facts.lead_id, LEAD), condition)


def happened(lead_id: str, activity: Activity) -> Put:
    """Return the write of one activity, only where none is."""
    row = ActivityRow(
        lead_id,
        f"{_ACTIVITY}{activity.at:012d}#{activity.id}",
        body=json.dumps(asdict(activity), separators=(",", ":")),
    )
    return Put(row, ActivityRow.lead_id.does_not_exist())


def of_day(
    campaign_id: str, day: str, limit: int, after: dict[str, Any] | None
) -> tuple[list[str], dict[str, Any] | None]:
    """Return ids of a campaign's leads received on a UTC day, newest first, and the key to go on from."""
    raw, following = rows.page(
        FactsRow, f"{campaign_id}#{day}", index="by_day", limit=limit, after=after, newest_first=True
    )
    return [item["lead_id"]["S"] for item in raw], following


def due_before(
    shard: int, until: int, limit: int, after: dict[str, Any] | None = None, since: int = 0
) -> tuple[list[tuple[str, int, str]], dict[str, Any] | None]:
    """Return (lead id, erase_at, campaign id) of one of the 16 shards due from `since` to `until`, soonest first."""
    return _due(f"due#{shard:02d}", until, limit, after, since)


def forgotten_before(
    until: int, limit: int, after: dict[str, Any] | None = None
) -> tuple[list[tuple[str, int, str]], dict[str, Any] | None]:
    """Return the same of leads that were forgotten and whose rows are not gone yet, oldest first."""
    return _due(FORGOTTEN, until, limit, after, 0)


def _due(
    partition: str, until: int, limit: int, after: dict[str, Any] | None, since: int
) -> tuple[list[tuple[str, int, str]], dict[str, Any] | None]:
    raw, following = rows.page(
        FactsRow,
        partition,
        index="by_due",
        limit=limit,
        after=after,
        between=FactsRow.erase_at.between(since, until),
    )
    return [
        (item["lead_id"]["S"], int(item["erase_at"]["N"]), item["campaign_id"]["S"]) for item in raw
    ], following


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
        answer=_answer(row.answer),
        digest=row.digest,
        reasons=tuple((row.reasons or "").split(",")) if row.reasons else (),
        price=None if row.price is None else Decimal(row.price),
        currency=row.currency or "USD",
        category=row.category,
        group=row.group,
        first_agent_id=row.first_agent_id,
        agent_id=row.agent_id,
        stage=row.stage,
        outcome=row.outcome,
        last_activity_at=_int(row.last_activity_at),
        follow_up_on=row.follow_up_on,
        duplicate_of=row.duplicate_of,
        blocked_at=_int(row.blocked_at),
        erasing_at=_int(row.erasing_at),
        erased_at=_int(row.erased_at),
        basis=row.basis,
        confirmed_by=row.confirmed_by or "",
        version=int(row.version),
    )


def _row(facts: Facts) -> FactsRow:
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
        worklist_at=(facts.last_activity_at or facts.received_at) if worklist else None,
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
        answer=_answer_text(facts.answer),
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
        last_activity_at=facts.last_activity_at,
        follow_up_on=facts.follow_up_on,
        duplicate_of=facts.duplicate_of,
        blocked_at=facts.blocked_at,
        erasing_at=facts.erasing_at,
        erased_at=facts.erased_at,
        basis=facts.basis,
        confirmed_by=facts.confirmed_by or None,
        version=facts.version,
    )


def _difference(before: Facts, after: Facts, condition: Condition) -> Update:
    """Write only what differs: marks that others set meanwhile (`counted`) stay."""
    old, new = _row(before), _row(replace(after, version=before.version + 1))
    actions = []
    for name, attribute in FactsRow.get_attributes().items():
        value = getattr(new, name)
        if value != getattr(old, name):
            actions.append(attribute.remove() if value is None else attribute.set(value))
    return Update(FactsRow(before.lead_id, LEAD), actions, (FactsRow.version == before.version) & condition)


def _due_partition(facts: Facts) -> str:
    """Forgotten leads stand apart: the schedule finishes them without waiting for `max_lag` (PRI-8)."""
    return FORGOTTEN if facts.retention.forgotten_at is not None else due_shard(facts.lead_id)


def due_shard(lead_id: str) -> str:
    """Return the shard of `by_due` a lead is listed under."""
    return f"due#{zlib.crc32(lead_id.encode()) % DUE_SHARDS:02d}"


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


def _answer_text(answer: Answer | None) -> str | None:
    if answer is None:
        return None
    given = {
        name: value for name, value in asdict(answer).items() if value is not None and value is not False
    }
    return json.dumps(given, separators=(",", ":"), default=str)


def _answer(text: str | None) -> Answer | None:
    if text is None:
        return None
    given = json.loads(text)
    price = given.pop("price", None)
    return Answer(
        status=Status(given.pop("status")), price=None if price is None else Decimal(price), **given
    )


def _activity(row: ActivityRow) -> Activity:
    return Activity(**json.loads(row.body))


def _live(now: int) -> Condition:
    return _open(FactsRow.erase_at, now)


def _workable(now: int) -> Condition:
    """Nobody works a lead that only a legal hold keeps (RET-19)."""
    condition: Condition = _live(now) & _open(FactsRow.due_at, now)
    return condition


def _past(attribute: Any, now: int) -> Condition:
    condition: Condition = attribute.does_not_exist() | (attribute <= now)
    return condition


def _open(attribute: Any, now: int) -> Condition:
    condition: Condition = attribute.does_not_exist() | (attribute > now)
    return condition


def _int(value: float | None) -> int | None:
    return None if value is None else int(value)
