"""The history of leads (table `leads`), without the texts of comments (data-model.md, Facts and person)."""

import json
from dataclasses import asdict

from chalicelib.aws.dynamodb import rows
from chalicelib.aws.dynamodb.batch import Put
from chalicelib.core.paging import LastKey, Page
from chalicelib.leads.domain.leads import Activity, Facts
from chalicelib.leads.store.leads_rows import ActivityRow

_ACTIVITY = "activity#"


def list_all(lead_id: str, now: int) -> tuple[Activity, ...]:
    """Return the history of a lead in order, in one query (WRK-16).

    Clocks of the writers may differ. So the versions of the facts order the entries; instants only for equal versions.
    """
    activity_rows = sorted(rows.query(ActivityRow, lead_id, now, _ACTIVITY), key=_version_of)
    return tuple(_activity(row) for row in activity_rows)


def list_page(lead_id: str, limit: int, after: str | None) -> Page[tuple[str, Activity]]:
    """Return up to `limit` entries of the history by part, the latest first; entries have no end of their own."""
    key: LastKey | None = None if after is None else {"lead_id": {"S": lead_id}, "part": {"S": after}}
    page = rows.page(
        ActivityRow,
        lead_id,
        limit=limit,
        after=key,
        between=ActivityRow.part.startswith(_ACTIVITY),
        newest_first=True,
    )
    return Page(
        [(row["part"]["S"], Activity(**json.loads(row["body"]["S"]))) for row in page.items], page.next
    )


def append(facts: Facts, activity: Activity) -> Put:
    """Return the write of one entry in a lead's history, if its key is not in use.

    The key has the second, and the version of the facts before the change, which orders the entries (WRK-16).
    """
    row = ActivityRow(
        facts.lead_id,
        f"{_ACTIVITY}{activity.at:012d}#{facts.version:06d}#{activity.id}",
        body=json.dumps(asdict(activity), separators=(",", ":")),
    )
    return Put(row, ActivityRow.lead_id.does_not_exist())


def _version_of(row: ActivityRow) -> str:
    return str(row.part).split("#")[2]


def _activity(row: ActivityRow) -> Activity:
    return Activity(**json.loads(row.body))
