"""The things that an entry of the ledger refers to by id, so that a reader can be shown their names (ACC-12)."""

import json
from typing import Any

NAMED_KINDS = ("user", "project", "campaign", "lead_type", "credential")
MOST = 20
"""How many ids of one field are named."""
_USER, _PROJECT, _CAMPAIGN = "user", "project", "campaign"
_KINDS = {
    "agent_id": _USER,
    "user_id": _USER,
    "previous_user_id": _USER,
    "project_id": _PROJECT,
    "project_ids": _PROJECT,
    "campaign_id": _CAMPAIGN,
    "campaign_ids": _CAMPAIGN,
    "lead_type_id": "lead_type",
}
_SCOPE, _ASSIGNMENT, _CAMPAIGNS_PREFIX = "scope", "assignment", "cmp_"
Item = tuple[str, str]
"""The kind of a thing and its id."""


def item_of(subject: str) -> Item | None:
    """Return the thing that a subject (`campaign/<id>`) is, or None for a kind that has no names.

    Example:
        >>> item_of("campaign/cmp_1"), item_of("lead/lead_1")
        (('campaign', 'cmp_1'), None)
    """
    kind, _, item_id = subject.partition("/")
    return (kind, item_id) if kind in NAMED_KINDS and item_id else None


def items_in(field: str, before: str | None, after: str | None) -> list[Item]:
    """Return the things whose ids the recorded values of a field hold, at most 20 of them, those that differ first.

    Example:
        >>> items_in("project_ids", '["prj_1", "prj_2"]', '["prj_2"]')
        [('project', 'prj_1'), ('project', 'prj_2')]
        >>> items_in("stage", "new", "contacted")
        []
    """
    old, new = _ids(field, before), _ids(field, after)
    in_both = set(old) & set(new)
    ordered = sorted(dict.fromkeys((*old, *new)), key=lambda item_id: item_id in in_both)
    return [(_kind_of(field, item_id), item_id) for item_id in ordered[:MOST]]


def _kind_of(field: str, item_id: str) -> str:
    if field == _SCOPE:
        return _CAMPAIGN if item_id.startswith(_CAMPAIGNS_PREFIX) else _PROJECT
    return _USER if field == _ASSIGNMENT else _KINDS[field]


def _ids(field: str, value: str | None) -> list[str]:
    if value is None:
        return []
    if field == _SCOPE:
        return [] if value == "*" else [value]
    if field == _ASSIGNMENT or field.endswith("_ids"):
        return _ids_of_json(field, value)
    return [value] if field in _KINDS else []


def _ids_of_json(field: str, value: str) -> list[str]:
    try:
        content: Any = json.loads(value)
    except ValueError:
        return []
    found = content if field in _KINDS else [content.get("user_id")] if isinstance(content, dict) else []
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []
