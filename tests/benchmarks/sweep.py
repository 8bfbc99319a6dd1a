"""B8: the reads of the retirement sweep and of the erasure schedule, with ten overdue leads among few and many.

The other leads are put directly into the tables' memory, because a million calls would take hours. Each has its own
key and shares one row with the others of its kind. The row is as the system writes it. A query for such a lead
returns it, and its units are counted.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from botocore.awsrequest import AWSResponse
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item

from chalicelib import settings
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Role
from chalicelib.core.retention import Policy, Retention
from chalicelib.intake.usecases.receive_lead import Submission, receive_lead
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.leads.store import leads
from chalicelib.leads.store.leads_rows import FactsRow, row_of
from chalicelib.organisation.domain.configuration import Project
from chalicelib.privacy.usecases.finish_due import finish_due_erasures
from chalicelib.users.domain.users import User
from chalicelib.work.usecases.retire_leads import retire_leads
from tests.benchmarks.environment import in_memory, lead
from tests.benchmarks.figures import Figure
from tests.factories.leads import DAY, NOW
from tests.harness.api import add_item
from tests.harness.faults import ALL, Attempt, fault, metered

FEW, MANY, DUE, _DUE_FOR_PACE = 1_000, 1_000_000, 10, 198
_SHARDS = 16
_TRANSACTION_S = 0.010
_LONG_AGO = NOW - 300 * DAY
_AGENTS = ("usr_1", "usr_2")


def figures(many: int = MANY) -> list[Figure]:
    """Return B8 for both schedules: read units among many leads ÷ among a thousand, with the same ten overdue."""
    (retired, erased), (retired_many, erased_many) = _read_units(FEW), _read_units(many)
    sizes = f"reads at {many:,} leads ÷ at {FEW:,}, ten due"
    return [
        Figure("B8", f"retirement sweep: {sizes}", "RRU", 1.05, retired_many, retired),
        Figure("B8", f"schedule of erasures: {sizes}", "RRU", 1.05, erased_many, erased),
    ]


def pace() -> str:
    """Return, in words, how many leads a minute one sweep retires: from its CPU time and an assumed store latency."""
    each = min(_cpu_of_a_retirement() for _ in range(3))
    a_minute = 60 / (each + _TRANSACTION_S)
    return (
        f"One retirement takes {each * 1e3:.1f} ms of CPU above the network (measured on one core of this machine) and "
        f"one transaction; at an assumed {_TRANSACTION_S * 1e3:g} ms for that, one sweep retires {a_minute:,.0f} leads "
        "a minute, one after the other."
    )


def _cpu_of_a_retirement() -> float:
    """Return the CPU seconds of a retirement, without those in the emulator below the SDK."""
    with in_memory():
        _environment()
        _spare_copies()
        _due_for_retirement(_DUE_FOR_PACE)
        with _below() as below:
            began = time.process_time()
            sweep = retire_leads(lambda: NOW, lambda: True)
            own = time.process_time() - began - below[0]
    assert sweep.retired == _DUE_FOR_PACE
    return own / _DUE_FOR_PACE


def _read_units(leads_there: int) -> tuple[float, float]:
    """Return the read units of each schedule among this many leads, of which ten are overdue."""
    with in_memory():
        _environment()
        _spare_copies()
        _due_for_retirement(DUE)
        _due_for_erasure(DUE)
        _crowd(leads_there - 2 * DUE)
        with metered() as retiring:
            retired = retire_leads(lambda: NOW, lambda: True)
        with metered() as erasing:
            erased = finish_due_erasures(lambda: True, NOW)
    assert (retired.examined, retired.retired, erased.finished) == (DUE, DUE, DUE)
    return retiring.read_units, erasing.read_units


def _environment() -> None:
    """Add two agents, a second project, and a third whose leads never retire."""
    add_item(Project(id="prj_2", version=1, name="Cards", inactivity="P7D"))
    add_item(Project(id="prj_3", version=1, name="Patience", inactivity=None))
    for agent in _AGENTS:
        projects = ("prj_1", "prj_2", "prj_3")
        email = f"{agent}@example.com"
        add_item(
            User(id=agent, version=1, email=email, name="An agent", role=Role.AGENT, project_ids=projects)
        )


def _facts(lead_id: str, received_at: int = _LONG_AGO, **more: Any) -> Facts:
    value: dict[str, Any] = {
        "campaign_id": "cmp_full",
        "project_id": "prj_1",
        "status": Status.ACCEPTED,
        "received_at": received_at,
        "retention": Retention(received_at, Policy(3650), base_due_at=received_at + 3650 * DAY),
        "source_kind": "credential",
        "source_id": "crd_1",
        "config_version": 1,
        "stage": "new",
    }
    return Facts(lead_id, **(value | more))


def _due_for_retirement(count: int) -> None:
    for number in range(count):
        agent_id, project_id = _AGENTS[number % 2], ("prj_1", "prj_2")[number // 2 % 2]
        facts = _facts(
            f"due_{number}", project_id=project_id, agent_id=agent_id, last_activity_at=NOW - 20 * DAY
        )
        batch.write([leads.insert(facts)], batch.token_of(facts.lead_id))


def _due_for_erasure(count: int) -> None:
    for number in range(count):
        submission = Submission("cmp_full", lead(number), None, f"ending_{number}")
        receive_lead(submission, NOW - 31 * DAY)


def _kinds() -> Iterator[Callable[[str], Facts]]:
    """Yield the kinds of other leads. A sweep that read more than the overdue leads would read each kind."""
    recently: dict[str, Any] = {"last_activity_at": NOW - DAY}
    long_ago: dict[str, Any] = {"last_activity_at": _LONG_AGO}
    for agent_id in _AGENTS:
        yield lambda name, agent=agent_id: _facts(name, agent_id=agent, **recently)  # type: ignore[misc]
        yield lambda name, agent=agent_id: _facts(name, project_id="prj_2", agent_id=agent, **recently)  # type: ignore[misc]
        yield lambda name, agent=agent_id: _facts(name, project_id="prj_3", agent_id=agent, **long_ago)  # type: ignore[misc]
        yield lambda name, agent=agent_id: _facts(name, agent_id=agent, outcome="won", **long_ago)  # type: ignore[misc]
    yield _facts
    yield lambda name: _facts(name, retired_at=_LONG_AGO, retired_from="usr_1", **long_ago)
    yield lambda name: _facts(name, status=Status.REJECTED)
    yield lambda name: _facts(name, retention=Retention(_LONG_AGO))
    ended = Retention(_LONG_AGO, Policy(30), base_due_at=_LONG_AGO + 30 * DAY)
    yield lambda name: replace(_facts(name, retention=ended), erasing_at=NOW - DAY, erased_at=NOW - DAY)


def _crowd(count: int) -> None:
    """Add so many other leads to the table, of every kind in equal parts and in every shard."""
    rows = [
        _Row(DynamoType({"S": name}), DynamoType({"S": leads.LEAD}), row_of(kind(name)).serialize())
        for number, kind in enumerate(_kinds())
        for name in _one_of_each_shard(f"other_{number:02d}")
    ]
    present = _tables()[settings.current().table_prefix + FactsRow.TABLE].items
    for number, row in enumerate(rows):
        shared = {row.range_key: row}
        for item in range(number, count, len(rows)):
            present[DynamoType({"S": f"other_{item:07d}"})] = shared


def _one_of_each_shard(name: str) -> list[str]:
    """Return ids of leads such that every shard of `by_due` has one."""
    result: dict[str, str] = {}
    number = 0
    while len(result) < _SHARDS:
        result.setdefault(leads.due_shard(f"{name}_{number}"), f"{name}_{number}")
        number += 1
    return list(result.values())


class _Row(Item):
    """A row whose size is computed once, because the emulator asks for the size of each row of a partition."""

    def size(self) -> int:
        if not hasattr(self, "reckoned"):
            self.reckoned = int(super().size())
        return self.reckoned


class _Rows(defaultdict[Any, Any]):
    """The rows of a table, never copied: every transaction here succeeds."""

    def __deepcopy__(self, memo: object) -> "_Rows":
        return self


def _spare_copies() -> None:
    """Let the emulator's transactions skip the copy of each table that they would restore after a failure."""
    for table in _tables().values():
        table.items = _Rows(dict, table.items)


def _tables() -> dict[str, Any]:
    tables: dict[str, Any] = dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables
    return tables


@contextmanager
def _below() -> Iterator[list[float]]:
    """Sum the CPU time spent below the SDK, in the emulator."""
    spent = [0.0]

    def send(attempt: Attempt) -> AWSResponse:
        began = time.process_time()
        answer = attempt.send()
        spent[0] += time.process_time() - began
        return answer

    with fault(send, on=ALL):
        yield spent
