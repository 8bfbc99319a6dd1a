"""Generated hostile bodies and files over the local stack (`make faults`; INT-7, PRI-20, PRI-21).

The generators are those of `tests/harness/hostile.py`. `HOSTILE_SEED` repeats a run.
"""

import csv
import io
import random
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.blocks.store.blocks import BlockRow
from chalicelib.leads.store import people
from tests.e2e.in_process import in_process
from tests.e2e.stack import Stack, eventually
from tests.e2e.test_large_import import put_file, read
from tests.harness import hostile, hostile_bodies
from tests.harness.hostile import HostileFile
from tests.harness.hostile_bodies import HostileBody
from tests.security.test_faults_hostile_bodies import ANSWERS, REFUSALS, require_as_written

pytestmark = pytest.mark.faults
BODIES, FILES = 500, 50
_KINDS = ("block", "unblock", "forget", "leads")
_WITNESS = "+1 312-555-0147"  # no generated value is this number
_TAKEN = frozenset({"accepted", "held", "rejected", "duplicate"})
_BLOCKED = frozenset({"blocked", "already_blocked", "unblocked", "forgotten"})
_SEEN_S = 20


def _seeded(try_one: Callable[[random.Random, int], None], count: int) -> None:
    """Try so many generated inputs. A failure names seed and number."""
    seed = hostile.seed_of(10)
    for number in range(count):
        try:
            try_one(random.Random(f"{seed}/{number}"), number)
        except Exception as error:
            raise AssertionError(f"HOSTILE_SEED={seed}, input {number}") from error


def _campaigns(stack: Stack) -> dict[bool, str]:
    """Create a campaign in which the phone is required, and one in which nothing is."""
    admin, campaigns = stack.user("admin"), {}
    for required in (False, True):
        fields = [
            {"key": "first_name", "label": "First name", "kind": "text", "required": False},
            {"key": "phone", "label": "Phone", "kind": "phone", "required": required},
            {"key": "email", "label": "E-mail", "kind": "email", "required": False},
            {"key": "notes", "label": "Notes", "kind": "text", "required": False},
        ]
        lead_type = admin.create("/v1/lead-types", {"name": f"Loan {required}", "fields": fields})
        campaigns[required] = stack.new_campaign(lead_type_id=lead_type["id"])
    return campaigns


def test_INT_7_hostile_bodies_over_http_make_no_lead_that_was_not_written(stack: Stack) -> None:
    """No 5xx. What is accepted is found by search, and gone after a forget."""
    campaigns, taken, statuses = _campaigns(stack), list[str](), defaultdict[int, int](int)

    def post(chance: random.Random, number: int) -> None:
        required, sent = chance.choice((False, True)), hostile_bodies.body(chance)
        lead_id = _posted(stack, campaigns[required], sent, statuses)
        if lead_id is not None:
            taken.append(lead_id)
            require_as_written(lead_id, sent.texts(), required=required)

    with in_process(stack):
        _seeded(post, BODIES)
        print(f"{BODIES} bodies: {dict(statuses)}, {len(taken)} leads")
        assert len(taken) > BODIES // 20
        _require_found_and_forgotten(stack, taken)


def _posted(stack: Stack, campaign: str, sent: HostileBody, statuses: dict[int, int]) -> str | None:
    path, headers = f"/v1/campaigns/{campaign}/leads", {"Content-Type": sent.kind}
    answer = stack.stranger.send("POST", path, sent.content, headers)
    statuses[answer.status] += 1
    assert answer.status in ANSWERS + REFUSALS, (answer.status, answer.content, sent)
    lead_id: str | None = answer.body.get("lead_id") if answer.status in ANSWERS else None
    return lead_id


def test_PRI_21_hostile_files_in_the_bucket_do_nothing_that_was_not_written(stack: Stack) -> None:
    """No row without a verdict. What is accepted is found by search, and gone after a forget."""
    campaigns, taken, ends = _campaigns(stack), list[str](), defaultdict[str, int](int)
    witness = stack.new_lead(_WITNESS)

    def put(chance: random.Random, number: int) -> None:
        kind, required, sent = chance.choice(_KINDS), chance.choice((False, True)), hostile.file(chance)
        scope = campaigns[required] if kind == "leads" else None
        job = _ended(stack, put_file(stack, f"{number}/{sent.name}", sent.content, kind, scope))
        ends[job["state"]] += 1
        taken.extend(_require_file_as_written(job, kind, sent, required=required))
        assert "erased_at" not in stack.facts(witness)

    with in_process(stack):
        _seeded(put, FILES)
        print(f"{FILES} files: {dict(ends)}, {len(taken)} leads")
        assert ends["done"] > FILES // 5
        _require_found_and_forgotten(stack, taken)


def _ended(stack: Stack, job_id: str) -> dict[str, Any]:
    """Return an import at its end, confirmed if it waits for that."""

    def ended() -> dict[str, Any] | None:
        job = read(stack, job_id)
        if job["state"] == "awaiting_confirmation":
            path, token = f"/v1/imports/{job_id}/confirm", {"confirm": job["confirm"]}
            assert stack.user("manager").post(path, token).status < 300
            stack.run("import-contacts")
        return job if job["state"] in ("done", "failed") else None

    job: dict[str, Any] = eventually(ended)
    return job


def _require_file_as_written(
    job: dict[str, Any], kind: str, sent: HostileFile, *, required: bool
) -> list[str]:
    """Require a verdict for each row and no contact that was not in the file. Return the leads that were taken."""
    texts = [sent.text, sent.plain.decode(errors="replace"), sent.plain.decode("latin-1")]
    blocked = [row.number for row in BlockRow.scan() if (row.by_kind, row.by_id) == ("job", job["job_id"])]
    assert all(hostile.is_as_written(number, texts) for number in blocked if number)
    if job["state"] == "failed":
        assert (job["rows"]["read"], blocked, job["error"]["code"] != "gave_up") == (0, [], True), job
        return []
    with urllib.request.urlopen(job["result_url"], timeout=60) as answer:
        rows = list(csv.DictReader(io.StringIO(answer.read().decode(), newline="")))
    assert len(rows) == job["rows"]["read"] == sum(job["rows"]["by_verdict"].values())
    assert all(row["verdict"] for row in rows)
    if kind != "leads":
        done = [row for row in rows if row["verdict"] in _BLOCKED]
        assert all(int(row["contacts"]) == len(row["contact"].split()) >= 1 for row in done)
        return []
    taken = [row["detail"] for row in rows if row["verdict"] in _TAKEN and row["detail"]]
    for lead_id in taken:
        require_as_written(lead_id, texts, required=required)
    return taken


def _require_found_and_forgotten(stack: Stack, lead_ids: list[str]) -> None:
    """Search each contact of the leads, find them all, forget it, and find nothing."""
    manager, by_contact = stack.user("manager"), defaultdict[tuple[str, str], set[str]](set)
    for lead_id in lead_ids:
        person = people.get(lead_id, clock.now())
        for kind in ("phone", "email"):
            if person is not None and kind in person.fields and person.refs:
                by_contact[kind, str(person.fields[kind])].add(lead_id)
    assert by_contact or not lead_ids
    for (kind, contact), ids in by_contact.items():
        assert ids <= _found(stack, kind, contact), (kind, ids)
    for kind, contact in by_contact:
        answer = manager.confirm("POST", "/v1/contacts/forget", {kind: contact, "keep_out": False})
        assert answer.status in (200, 202), answer.content
        if answer.status == 202:
            stack.run("carry-out-forgets")
        assert _found(stack, kind, contact) == set()
    listed = {lead_id for ids in by_contact.values() for lead_id in ids}
    eventually(lambda: all("erased_at" in stack.facts(lead_id) for lead_id in listed), every_s=_SEEN_S)
    assert not any(people.get(lead_id, clock.now()) for lead_id in listed)


def _found(stack: Stack, kind: str, contact: str) -> set[str]:
    """Return the leads that the desk finds, page by page."""
    found, cursor = set[str](), ""
    while True:
        answer = stack.user("manager").post(f"/v1/contacts/search?limit=50{cursor}", {kind: contact})
        assert answer.status == 200, answer.content
        found |= {lead["lead_id"] for lead in answer.body["leads"]}
        if answer.body["next"] is None:
            return found
        cursor = f"&cursor={answer.body['next']}"
