"""The model of the work on leads, and the rows of the tables to compare it with."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from chalicelib.aws.dynamodb.rows import Row
from chalicelib.core.times import seconds_of
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads, leads_rows
from chalicelib.ledger import store as ledger
from chalicelib.organisation.domain.working_hours import instant_after, parse_working_hours


@dataclass(frozen=True)
class LeadModel:
    """The model's state of a lead's work."""

    project_id: str
    since: int
    agent_id: str | None = None
    retired_from: str | None = None
    stage: str = "new"
    outcome: str | None = None
    closing: bool = False
    follow_up: str | None = None
    done: tuple[str, ...] = ()

    @property
    def closed(self) -> bool:
        """Return whether the work is done."""
        return self.outcome is not None or self.closing

    @property
    def retired(self) -> bool:
        """Return whether the lead was retired and not reassigned since."""
        return self.retired_from is not None

    @property
    def worklist(self) -> str:
        """Return the one worklist of the lead (WRK-1)."""
        if self.agent_id is None:
            return f"{'retired' if self.retired else 'unassigned'}#{self.project_id}"
        return f"{'closed' if self.closed else 'open'}#{self.project_id}#{self.agent_id}"

    def after(self, what: str, **values: Any) -> "LeadModel":
        """Return the state after an action. A closed lead has no follow-up."""
        known = replace(self, **values, done=(*self.done, what))
        return replace(known, follow_up=None) if known.closed and what in ("stage", "outcome") else known

    def relisted(self, closing: tuple[str, ...]) -> "LeadModel":
        """Return the state with the list of its present stage, which starts no clock (WRK-1)."""
        known = replace(self, closing=self.stage in closing)
        return replace(known, follow_up=None) if known.closed and known.closing != self.closing else known

    def touched(self, what: str, now: int, **values: Any) -> "LeadModel":
        """Return the state after an activity, which starts the clock of an assigned lead (WRK-3)."""
        return self.after(what, **({"since": now} if self.agent_id else {}) | values)


@dataclass
class ProjectModel:
    """The model's state of a project."""

    zone: str = "UTC"
    period: str | None = "P7D"
    hours: str | None = None
    closing: tuple[str, ...] = ("closed",)

    def after(self, since: int, part: int = 1) -> int:
        """Return when the period of inactivity, or a part of it, has passed since an instant (WRK-6a)."""
        seconds = seconds_of(self.period or "") // part
        if self.hours is None:
            return since + seconds
        return instant_after(parse_working_hours(self.hours), self.zone, since, seconds)


@dataclass(frozen=True)
class WorkTables:
    """The rows of the tables: facts, histories and the ledger, each in order."""

    facts: dict[str, Facts]
    worklists: dict[str, str | None]
    histories: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    recorded: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def read_tables() -> WorkTables:
    """Return the rows of the tables from below the SDK, because reading through it would take most of the time."""
    tables = WorkTables({}, {})
    for raw in _raw(leads_rows.FactsRow):
        lead_id = raw["lead_id"]["S"]
        if raw["part"]["S"] == leads.LEAD:
            row = leads_rows.FactsRow.from_raw_data(raw)
            tables.facts[lead_id], tables.worklists[lead_id] = leads_rows.facts_of(row), row.worklist
        else:
            tables.histories.setdefault(lead_id, []).append(json.loads(raw["body"]["S"]))
    for raw in _raw(ledger.LedgerRow):
        tables.recorded.setdefault(raw["subject"]["S"], []).append(json.loads(raw["body"]["S"]))
    return tables


def retirements_of(tables: WorkTables, lead_id: str) -> list[dict[str, Any]]:
    """Return the ledger's entries of a lead's retirements."""
    return [item for item in tables.recorded.get(f"lead/{lead_id}", []) if item["action"] == "retired"]


def _raw(model: type[Row]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table as the store has them, in the order of their keys."""
    table = dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables[model._get_connection().table_name]
    for item in table.all_items():
        yield item.to_json()["Attributes"]
