"""A user without permission gets nothing of a person from any desk route, and every search is logged (PRI-1, PRI-5)."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from infra.local.api import Answer, Api
from tests.e2e.stack import Stack, eventually, iso

_PHONE, _MAIL, _NAME = "+1 202-555-0220", "ada.desk@example.org", "Adadesk"
_UNKNOWN = "+1 202-555-0221"
_NEVER_SAID = ("2025550220", "555-0220", _MAIL, _NAME)


@dataclass(frozen=True)
class DeskData:
    """A person in the west project, and the ids of everything the desk has about them."""

    lead_id: str
    block_id: str
    job_id: str
    request_id: str


@pytest.fixture(scope="module")
def desk_data(stack: Stack) -> DeskData:
    """A lead, a block, an export and a request, made by the project's manager."""
    manager, west = stack.user("manager"), stack.described["projects"]["west"]
    lead_id = stack.post_lead(_PHONE, email=_MAIL, first_name=_NAME).body["lead_id"]
    # a lead that is still being processed would be marked as blocked later
    eventually(lambda: "counted" in stack.facts(lead_id))
    manager.create("/v1/blocks", {"phone": _PHONE, "project_id": west})
    block_id = manager.post("/v1/blocks/search", {"phone": _PHONE}).body["items"][0]["id"]
    job_id = manager.post("/v1/contacts/export", {"phone": _PHONE}).body["job_id"]
    request_id = manager.create("/v1/requests", {"kind": "access", "lead_ids": [lead_id]})["id"]
    return DeskData(lead_id, block_id, job_id, request_id)


def _desk_calls(desk_data: DeskData, west: str) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
    """Yield a call of every desk route that names the person or lists items."""
    lead, block = f"/v1/leads/{desk_data.lead_id}", f"/v1/blocks/{desk_data.block_id}"
    yield "GET", lead, None
    yield "GET", f"{lead}/access", None
    yield "POST", f"{lead}/forget", {"keep_out": True}
    yield "PUT", f"{lead}/hold", {"ground": "dispute", "until": iso(time.time() + 9000)}
    yield "DELETE", f"{lead}/hold", None
    for contact in ({"phone": _PHONE}, {"email": _MAIL}):
        yield "POST", "/v1/contacts/search", contact
        yield "POST", "/v1/contacts/forget", {**contact, "keep_out": True}
        yield "POST", "/v1/contacts/export", contact
        yield "POST", "/v1/blocks/search", contact
    yield "GET", "/v1/blocks?limit=50", None
    yield "GET", f"/v1/blocks?project={west}", None
    yield "POST", "/v1/blocks", {"phone": _UNKNOWN, "project_id": west}
    yield "GET", block, None
    yield "PATCH", block, {"version": 1, "until": None}
    yield "DELETE", block, None
    yield "GET", f"/v1/jobs/{desk_data.job_id}", None
    yield "GET", f"/v1/requests/{desk_data.request_id}", None
    yield "GET", "/v1/requests", None
    yield "GET", "/v1/imports", None
    for kind in ("block", "unblock"):
        yield "POST", "/v1/imports", {"kind": kind, "scope": west, "filename": "a.csv", "size": 9}
    for path in ("changes", "accesses"):
        yield "GET", f"/v1/{path}?subject=lead/{desk_data.lead_id}", None
        yield "GET", f"/v1/{path}?subject=block/{desk_data.block_id}", None
        yield "GET", f"/v1/{path}?format=jsonl", None
    yield "GET", f"/v1/seals/{iso(time.time())[:10]}/entries", None


def _answers(caller: Api, desk_data: DeskData, west: str) -> Iterator[tuple[str, Answer]]:
    for method, path, body in _desk_calls(desk_data, west):
        content = None if body is None else json.dumps(body).encode()
        yield f"{method} {path}", caller.send(method, path, content)


def _reveals(answer: Answer, desk_data: DeskData) -> bool:
    text = answer.content.decode()
    known = (desk_data.lead_id, desk_data.block_id, desk_data.job_id, desk_data.request_id, *_NEVER_SAID)
    return any(item in text for item in known)


@pytest.mark.parametrize("who", ["agent", "outsider"])
def test_PRI_1_an_agent_and_a_foreign_manager_get_nothing(
    stack: Stack, desk_data: DeskData, who: str
) -> None:
    west, before = stack.described["projects"]["west"], stack.rows("leads", "lead_id", desk_data.lead_id)

    answers = dict(_answers(stack.user(who), desk_data, west))

    assert {call: answer.status for call, answer in answers.items() if answer.status >= 500} == {}
    shown_values = [call for call, answer in answers.items() if _reveals(answer, desk_data)]
    assert shown_values == []
    if who == "agent":
        assert {call for call, answer in answers.items() if answer.status not in (403, 404)} == set()
    assert stack.rows("leads", "lead_id", desk_data.lead_id) == before


def test_PRI_5_a_search_for_an_unknown_contact_looks_the_same_and_is_logged(
    stack: Stack, desk_data: DeskData
) -> None:
    manager = stack.user("manager")
    known = manager.post("/v1/contacts/search", {"phone": _PHONE})
    before = _searches(stack)

    unknown = manager.post("/v1/contacts/search", {"phone": _UNKNOWN})

    assert (known.status, unknown.status) == (200, 200)
    assert known.body["leads"]
    assert known.body["blocks"]
    assert _shape(unknown.body) == _shape(known.body)
    assert [unknown.body[key] for key in ("leads", "blocks", "next")] == [[], [], None]
    entries = _searches(stack)
    assert len(entries) == len(before) + 1
    assert "5550221" not in str(entries).replace("-", "")


def _shape(body: Any) -> Any:
    """Return the names in an answer, whatever its lists contain."""
    return {key: _shape(value) for key, value in body.items()} if isinstance(body, dict) else None


def _searches(stack: Stack) -> list[dict[str, Any]]:
    """Return the entries of searches by the manager."""
    user = stack.described["user_ids"]["manager"]
    return [
        row
        for row in stack.scan("ledger")
        if row["subject"]["S"].startswith("contact/") and user in row["body"]["S"]
    ]
