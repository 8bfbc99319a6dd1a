"""The rows of table `leads`: one of facts for each lead, one for each thing that happened to it."""

from typing import ClassVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from chalicelib.stores.rows import MetaDefaults, Row


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
    """One thing that happened to a lead, without free text (`activity#<at>#<id>`)."""

    TABLE: ClassVar[str] = "leads"

    class Meta(MetaDefaults):
        """Table settings."""

    lead_id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()


class FactsRow(Row):
    """The facts of one lead (`part` = lead); short names, for a row over 1 KB costs twice (data.md)."""

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
    last_activity_at = NumberAttribute(null=True, attr_name="active_at")
    follow_up_on = UnicodeAttribute(null=True)
    duplicate_of = UnicodeAttribute(null=True)
    blocked_at = NumberAttribute(null=True)
    erasing_at = NumberAttribute(null=True)
    erased_at = NumberAttribute(null=True)
    basis = UnicodeAttribute(null=True)
    confirmed_by = UnicodeAttribute(null=True)
    counted = NumberAttribute(null=True)
    version = NumberAttribute(default=1)
    by_day = ByDay()
    by_worklist = Worklist()
    by_due = ByDue()
