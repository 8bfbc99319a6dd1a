"""Helpers of the tests of the retirement sweep and of moves under faults."""

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from chalicelib import settings
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Role
from chalicelib.core.retention import Policy, Retention
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.leads.store import activities, leads, leads_rows
from chalicelib.ledger import store as ledger
from chalicelib.privacy.usecases.forget_lead import forget_lead
from chalicelib.users.domain.users import User
from chalicelib.work.domain.activities import Comment, single
from chalicelib.work.usecases.assign_lead import assign_lead
from chalicelib.work.usecases.read_worklists import managed_worklist
from chalicelib.work.usecases.record_activity import Recording, record_activity
from chalicelib.work.usecases.retire_leads import RetirementSweep, retire_leads
from tests.factories.leads import AGENT, DAY, MANAGER, NOW, confirmed, create_lead, facts_of, read_access
from tests.harness.api import add_item
from tests.harness.faults import WRITES, Attempt, _answer, fault, metered

LATE = NOW + 14 * DAY

LEADS = ("lead_1", "lead_2", "lead_3")

QUERY = {"Query"}


def create_another_agent(user_id: str) -> None:
    """Add an agent of the project."""
    email = f"{user_id}@example.com"
    add_item(
        User(id=user_id, version=1, email=email, name="An agent", role=Role.AGENT, project_ids=("prj_1",))
    )


def create_assigned_leads(*lead_ids: str, agent_id: str = "usr_agent", now: int = NOW) -> None:
    """Create leads and assign them to an agent. No one works them from then on."""
    for lead_id in lead_ids or LEADS:
        create_lead(lead_id, now)
        assign_lead(MANAGER, lead_id, agent_id, now)


def many_leads(count: int, name: str = "many", agent_id: str = "usr_agent", **more: Any) -> list[str]:
    """Write facts of an agent's leads into the table, last touched a second apart. Return their ids."""
    lead_ids = [f"{name}_{number:03d}" for number in range(count)]
    with leads_rows.FactsRow.batch_write() as writing:
        for number, lead_id in enumerate(lead_ids):
            retention = more.get("retention", Retention(NOW, Policy(100)))
            facts = Facts(
                lead_id,
                "cmp_1",
                "prj_1",
                Status.ACCEPTED,
                NOW,
                retention,
                "system",
                "test",
                1,
                agent_id=agent_id,
                stage="new",
                last_activity_at=NOW - count + number,
            )
            writing.save(leads_rows.row_of(facts))
    return lead_ids


def sweep(now: int = LATE, pages: int | None = None) -> RetirementSweep:
    """Run the sweep with unlimited time, or until it has checked the time so often."""
    left = iter(range(10**9 if pages is None else pages))
    return retire_leads(lambda: now, lambda: next(left, None) is not None)


def retirements(lead_id: str) -> int:
    """Return how many retirements of a lead the ledger has. The history must have as many."""
    recorded = [entry.action for entry in ledger.list_subject(f"lead/{lead_id}", NOW)].count("retired")
    assert [activity.kind for activity in activities.list_all(lead_id, NOW)].count("retired") == recorded
    return recorded


def each_is_retired_once(*lead_ids: str) -> bool:
    """Return whether these leads are with the managers, with one logged retirement each."""
    return all(
        facts_of(lead_id).worklist == "retired#prj_1" and retirements(lead_id) == 1
        for lead_id in lead_ids or LEADS
    )


def everything() -> list[str]:
    """Return all rows of the tables of leads and of the ledger."""
    client = boto3.client("dynamodb")
    names = [settings.current().table_prefix + name for name in ("leads", "ledger", "people")]
    items = [item for name in names for item in client.scan(TableName=name)["Items"]]
    return sorted(json.dumps(item, sort_keys=True, default=str) for item in items)


@contextmanager
def restored_tables() -> Iterator[None]:
    """Run an action, then restore the tables."""
    backend = dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    before = copy.deepcopy(backend.tables)
    yield
    backend.tables = before


def expected_end(action: Callable[[], object]) -> tuple[list[str], int]:
    """Return the rows of the tables after an action, and its number of writes. The tables stay as they are."""
    with restored_tables(), metered() as meter:
        action()
        return everything(), sum(attempt.operation in WRITES for attempt in meter.attempts)


@pytest.fixture
def without_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the protection of every change: the condition that the facts are still those that were read."""
    guarded = leads.update

    def update_unguarded(before: Facts, after: Facts, now: int) -> batch.Update:
        return replace(guarded(before, after, now), condition=leads_rows.FactsRow.lead_id.exists())

    monkeypatch.setattr(leads, "update", update_unguarded)


def without_second_read(old: dict[str, Facts], monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the second read: a reader of these leads sees them as they once were."""
    fresh = leads.from_batch
    monkeypatch.setattr(leads, "from_batch", lambda lead_id, among: old.get(lead_id) or fresh(lead_id, among))


# activity a second before the write


def comment(lead_id: str, now: int) -> Facts:
    return record_activity(AGENT, lead_id, Recording(single(Comment("spoke to her"))), "req_1", now)


def forget_confirmed(lead_id: str, now: int) -> object:
    return confirmed(lambda token: forget_lead(MANAGER, lead_id, False, token, now))


# 46: an index lags


@contextmanager
def recorded_indexes() -> Iterator[dict[str, Any]]:
    """Remember the answers of the indexes, by list and position."""
    answers: dict[str, Any] = {}

    def remember(attempt: Attempt) -> AWSResponse:
        answer = attempt.send()
        answers[list_and_position(attempt)] = json.loads(answer.content)
        return answer

    with fault(remember, on=QUERY, when=reads_index):
        yield answers


@contextmanager
def lagging_indexes(answers: dict[str, Any]) -> Iterator[list[Attempt]]:
    """Let the indexes answer as they once did."""

    def recorded_answer(attempt: Attempt) -> AWSResponse:
        return _answer(attempt, 200, answers[list_and_position(attempt)])

    with fault(
        recorded_answer, on=QUERY, when=lambda item: reads_index(item) and list_and_position(item) in answers
    ) as fired:
        yield fired


def reads_index(attempt: Attempt) -> bool:
    """Return whether a request reads an index."""
    return "IndexName" in attempt.body


def list_and_position(attempt: Attempt) -> str:
    """Return the list that an index is asked for, and the entry to continue after."""
    values = attempt.body["ExpressionAttributeValues"].values()
    names = [value["S"] for value in values if "S" in value]
    return json.dumps([names, attempt.body.get("ExclusiveStartKey")], sort_keys=True)


def retired(now: int = LATE) -> list[str]:
    page = managed_worklist(read_access(), "prj_1", "retired", 10, None, now)
    return [lead.facts.lead_id for lead in page.items]
