"""A campaign's leads of one UTC day as JSON lines, or as CSV with a column for each field (ACC-3)."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import Field

from chalicelib.core.spreadsheets import sheet
from chalicelib.leads.schemas.leads import DayQuery, Lead
from chalicelib.organisation.domain.configuration import LeadType

_FACTS = (
    "lead_id received_at status reasons state test campaign_id project_id price currency category group grade"
    " agent_id stage outcome worklist last_activity_at follow_up_on blocked_at duplicate_of"
).split()
_ENDS = ("due_at", "erase_at")
_ERASED = ("erased_at", "basis")
_MORE = ("extras", "evidence")
_NAMED = ("campaign", "project", "agent")


class LeadExportQuery(DayQuery):
    """Which leads of one campaign's UTC day to export, and the format."""

    format: Literal["csv", "jsonl"] = Field(
        default="csv", description="`csv`: a column for each field; `jsonl`: each lead as the list shows it."
    )


def lines_of(leads: Sequence[Lead]) -> str:
    """Return leads as JSON lines."""
    return "".join(f"{lead.model_dump_json()}\n" for lead in leads)


def csv_of(leads: Sequence[Lead], lead_type: LeadType, *, header: bool) -> str:
    """Return leads as CSV (RFC 4180), with a column for each field. No cell is run as a formula (PRI-25)."""
    fields = (*(entry.key for entry in lead_type.fields), *_MORE)
    names = [*_FACTS, *_ENDS, *_ERASED, *(f"person.{key}" for key in fields), "checked"]
    names += [f"{thing}.name" for thing in _NAMED]
    rows = [list(map(_cell, _values(lead.model_dump(mode="json"), fields))) for lead in leads]
    return sheet([names, *rows] if header else rows, first=header)


def _values(lead: dict[str, Any], fields: Sequence[str]) -> Iterator[Any]:
    person = lead.get("person") or {}
    yield from (lead.get(name) for name in _FACTS)
    yield from (lead["retention"].get(name) for name in _ENDS)
    yield from (lead.get(name) for name in _ERASED)
    yield from (person.get(key) for key in fields)
    yield lead.get("checked")
    yield from ((lead.get(thing) or {}).get("name") for thing in _NAMED)


def _cell(value: Any) -> str:
    if value is None or value == []:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
