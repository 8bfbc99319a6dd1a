"""The retirement sweep and the move of leads, interrupted at any step (WRK-8, WRK-15, ACC-8; fault rows 38, 39, 46).

Each row has a second test without its protection, which shows that the bad outcome then happens.
"""

import copy
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
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
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import JobState
from chalicelib.jobs.usecases.run_steps import advance
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.leads.store import leads, leads_rows
from chalicelib.ledger import store as ledger
from chalicelib.privacy.usecases.forget_lead import forget_lead
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from chalicelib.users.domain.users import User
from chalicelib.work.domain.activities import CallTag, Comment, LoggedCall
from chalicelib.work.usecases import move_leads, walk_worklists
from chalicelib.work.usecases import retire_leads as schedule
from chalicelib.work.usecases.assign_lead import assign_lead
from chalicelib.work.usecases.forecast_retirements import forecast_retirements
from chalicelib.work.usecases.read_worklists import managed_worklist, own_worklist
from chalicelib.work.usecases.record_activity import Recording, record_activity
from chalicelib.work.usecases.retire_leads import RetirementSweep, retire_leads
from chalicelib.work.usecases.set_follow_up import set_follow_up
from chalicelib.work.usecases.set_outcome import set_outcome
from chalicelib.work.usecases.set_stage import set_stage
from tests.factories.leads import (
    AGENT,
    DAY,
    MANAGER,
    NOW,
    confirmed,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
)
from tests.factories.work import run_jobs
from tests.harness.api import add_item
from tests.harness.faults import (
    WRITES,
    Attempt,
    Crash,
    Fault,
    _answer,
    conflicting,
    denied,
    dying,
    dying_after,
    fault,
    lost,
    meanwhile,
    metered,
    step,
    throttled,
)

LATE = NOW + 14 * DAY
LEADS = ("lead_1", "lead_2", "lead_3")
STEPS = range(1, len(LEADS) + 1)
TRANSACTION = {"TransactWriteItems"}
QUERY = {"Query"}
OTHER = replace(AGENT, id="usr_other")
Deed = Callable[[str, int], object]


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    """A project whose leads retire after fourteen days, and two agents."""
    create_organisation(Policy(100))
    create_another_agent("usr_other")


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
    assert [activity.kind for activity in leads.list_activities(lead_id, NOW)].count("retired") == recorded
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


# a sweep killed after every write, and lost answers


def test_WRK_8_a_lead_is_retired_in_one_write() -> None:
    create_assigned_leads()
    assert expected_end(sweep)[1] == len(STEPS)


@pytest.mark.parametrize("number", STEPS)
@pytest.mark.parametrize("crash", [dying, dying_after])
def test_WRK_8_a_killed_and_restarted_sweep_ends_the_same(crash: Fault, number: int) -> None:
    create_assigned_leads()
    end, _ = expected_end(sweep)

    with fault(crash, on=WRITES, when=step(number)), pytest.raises(Crash):
        sweep()
    retired = number if crash is dying_after else number - 1
    assert sum(map(retirements, LEADS)) == retired
    repeated = sweep()

    assert (repeated.retired, repeated.failed) == (len(LEADS) - retired, 0)
    assert everything() == end
    assert each_is_retired_once()


@pytest.mark.parametrize("number", STEPS)
@pytest.mark.parametrize("crash", [dying, dying_after])
def test_WRK_8_a_later_sweep_finishes_a_killed_one(crash: Fault, number: int) -> None:
    create_assigned_leads()
    with fault(crash, on=WRITES, when=step(number)), pytest.raises(Crash):
        sweep()

    sweep(LATE + 900)

    assert each_is_retired_once()
    assert sweep(LATE + 1800) == RetirementSweep(LATE + 1800)


@pytest.mark.parametrize("number", STEPS)
def test_WRK_8_a_sweep_with_a_lost_answer_retires_and_counts_once(number: int) -> None:
    create_assigned_leads()
    end, _ = expected_end(sweep)

    with fault(lost, on=TRANSACTION, when=step(number)) as fired:
        swept = sweep()

    assert len(fired) == 1
    assert (swept.retired, swept.skipped, swept.failed) == (len(LEADS), 0, 0)
    assert everything() == end


def test_WRK_8_without_recognition_a_retirement_would_not_be_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ledger.LedgerRow, "OWN_WRITE", False)
    create_assigned_leads()

    with fault(lost, on=TRANSACTION, when=step(1)):
        swept = sweep()

    assert (swept.retired, swept.skipped) == (len(LEADS) - 1, 1)


@pytest.mark.parametrize("disturbance", [throttled, denied])
def test_WRK_8_a_failing_lead_stops_no_other_and_is_retried(disturbance: Fault) -> None:
    create_assigned_leads()

    def writes_lead_2(attempt: Attempt) -> bool:
        return "lead_2" in json.dumps(attempt.body)

    with fault(disturbance, on=TRANSACTION, when=writes_lead_2):
        swept = sweep(LATE + 60)

    assert (swept.retired, swept.failed, swept.oldest_overdue_s) == (2, 1, 60)
    sweep(LATE + 900)
    assert each_is_retired_once()


def test_WRK_8_contention_is_left_to_the_next_run() -> None:
    create_assigned_leads()

    with fault(conflicting, on=TRANSACTION, when=step(2)):
        swept = sweep()

    assert (swept.retired, swept.skipped, swept.failed) == (2, 1, 0)
    sweep(LATE + 900)
    assert each_is_retired_once()


# activity a second before the write


def comment(lead_id: str, now: int) -> Facts:
    return record_activity(AGENT, lead_id, Recording(Comment("spoke to her")), "req_1", now)


def forget_confirmed(lead_id: str, now: int) -> object:
    return confirmed(lambda token: forget_lead(MANAGER, lead_id, False, token, now))


ACTIVITIES: dict[str, Deed] = {
    "comment": comment,
    "call": lambda lead_id, now: record_activity(
        AGENT, lead_id, Recording(LoggedCall("outgoing", "answered")), "req_1", now
    ),
    "call tag": lambda lead_id, now: record_activity(
        AGENT, lead_id, Recording(CallTag("interested")), "req_1", now
    ),
    "stage": lambda lead_id, now: set_stage(AGENT, lead_id, "contacted", now),
    "reassigned": lambda lead_id, now: assign_lead(MANAGER, lead_id, "usr_other", now),
}
OTHERS: dict[str, Deed] = {
    "closing stage": lambda lead_id, now: set_stage(AGENT, lead_id, "closed", now),
    "outcome": lambda lead_id, now: set_outcome(AGENT, lead_id, "won", None, now),
    "unassigned": lambda lead_id, now: assign_lead(MANAGER, lead_id, None, now),
    "held": lambda lead_id, now: place_legal_hold(MANAGER, lead_id, "dispute", now + 10 * DAY, now),
    "forgotten": forget_confirmed,
}
IN_THE_WAY = ACTIVITIES | OTHERS


@pytest.mark.parametrize("action", IN_THE_WAY.values(), ids=IN_THE_WAY.keys())
def test_WRK_8_an_action_a_second_before_the_write_wins(action: Deed) -> None:
    create_assigned_leads("lead_1")

    with fault(meanwhile(lambda: action("lead_1", LATE - 1)), on=TRANSACTION, when=step(1)) as fired:
        swept = sweep()

    assert len(fired) == 1
    assert (swept.retired, swept.skipped, swept.failed) == (0, 1, 0)
    assert facts_of("lead_1").retired_at is None
    assert sweep(LATE + 900).retired == 0
    assert retirements("lead_1") == 0


@pytest.mark.usefixtures("without_versions")
@pytest.mark.parametrize("action", ACTIVITIES.values(), ids=ACTIVITIES.keys())
def test_WRK_8_without_the_version_a_just_worked_lead_would_retire(action: Deed) -> None:
    create_assigned_leads("lead_1")

    with fault(meanwhile(lambda: action("lead_1", LATE - 1)), on=TRANSACTION, when=step(1)):
        sweep()

    facts = facts_of("lead_1")
    assert (facts.last_activity_at, facts.retired_at) == (LATE - 1, LATE)


def test_WRK_3_a_follow_up_a_second_before_delays_to_the_next_run() -> None:
    create_assigned_leads("lead_1")
    day = "2030-01-01"

    with fault(
        meanwhile(lambda: set_follow_up(AGENT, "lead_1", day, LATE - 1)), on=TRANSACTION, when=step(1)
    ):
        assert sweep().skipped == 1

    assert sweep(LATE + 900).retired == 1
    assert each_is_retired_once("lead_1")
    assert facts_of("lead_1").follow_up_on == day


# 38: the sweep runs twice at once


def test_row_38_many_sweeps_at_once_retire_each_lead_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    create_assigned_leads()
    lead_ids = [*LEADS, *many_leads(5)]
    capsys.readouterr()

    with ThreadPoolExecutor(4) as pool:
        sweeps = list(pool.map(sweep, range(LATE, LATE + 4)))

    assert each_is_retired_once(*lead_ids)
    assert sum(item.retired for item in sweeps) == len(lead_ids)
    assert [item.failed for item in sweeps] == [0] * 4
    assert "failed" not in capsys.readouterr().out


@pytest.mark.parametrize("number", STEPS)
@pytest.mark.parametrize("later", [0, 1])
def test_row_38_a_sweep_inside_another_does_not_change_the_end(number: int, later: int) -> None:
    create_assigned_leads()
    end, _ = expected_end(sweep)

    with fault(meanwhile(lambda: sweep(LATE + later)), on=WRITES, when=step(number)) as fired:
        swept = sweep()

    assert len(fired) == 1
    assert swept.failed == 0
    assert each_is_retired_once()
    if later:  # both recognise whose retirement it was
        assert (swept.retired, swept.skipped) == (number - 1, len(LEADS) - number + 1)
    else:
        assert everything() == end


@pytest.mark.parametrize("inner", STEPS)
@pytest.mark.parametrize("outer", STEPS)
@pytest.mark.parametrize("crash", [dying, dying_after])
def test_row_38_a_crashed_sweep_inside_another_does_not_change_the_end(
    crash: Fault, outer: int, inner: int
) -> None:
    create_assigned_leads()

    def dies() -> None:
        with suppress(Crash), fault(crash, on=WRITES, when=step(inner)):
            sweep(LATE + 1)

    with fault(meanwhile(dies), on=WRITES, when=step(outer)) as fired:
        swept = sweep()

    assert len(fired) == 1
    assert swept.failed == 0
    sweep(LATE + 900)
    assert each_is_retired_once()


@pytest.mark.usefixtures("without_versions")
def test_row_38_without_the_version_a_lead_would_retire_twice() -> None:
    create_assigned_leads()

    with fault(meanwhile(lambda: sweep(LATE + 1)), on=WRITES, when=step(1)):
        sweep()

    assert [retirements(lead_id) for lead_id in LEADS] == [2, 2, 2]


# 39: the sweep is missed for three days

MISSED = LATE + 3 * DAY


def test_row_39_a_backlog_is_worked_off_in_runs_within_their_time() -> None:
    lead_ids = many_leads(70)
    runs: list[RetirementSweep] = []

    while len(runs) < 10 and (not runs or runs[-1].oldest_overdue_s):
        with metered() as meter:
            runs.append(sweep(MISSED + 900 * len(runs), pages=30))
        assert meter.operations["TransactWriteItems"] <= 30

    assert [run.retired for run in runs] == [30, 30, 10]
    overdue = [run.oldest_overdue_s for run in runs]
    assert overdue[0] >= 3 * DAY
    assert overdue[-1] == 0
    assert each_is_retired_once(*lead_ids)


def test_row_39_without_a_time_check_a_run_would_be_killed_silently(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many_leads(40)
    request = schedule._sweep_list
    monkeypatch.setattr(
        schedule,
        "_sweep_list",
        lambda project, name, result, present, go_on: request(project, name, result, present, lambda: True),
    )

    with fault(dying, on=WRITES, when=step(31)), pytest.raises(Crash):
        sweep(MISSED, pages=30)


def test_row_39_a_lead_that_stays_is_skipped_and_stops_no_other() -> None:
    held = Retention(NOW, Policy(100), hold_until=NOW + 90 * DAY)
    stay = many_leads(105, "held", retention=held)
    create_assigned_leads()

    swept = sweep(MISSED)

    assert each_is_retired_once()
    assert (swept.retired, swept.skipped) == (3, 105)
    assert not any(facts_of(lead_id).retired_at for lead_id in stay)


def test_row_39_without_a_position_staying_leads_would_block_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many_leads(105, "held", retention=Retention(NOW, Policy(100), hold_until=NOW + 90 * DAY))
    create_assigned_leads()
    fresh = leads.list_worklist
    monkeypatch.setattr(
        leads,
        "list_worklist",
        lambda name, since, until, limit, after=None: fresh(name, 0, until, limit),
    )

    assert sweep(MISSED, pages=1000).retired == 0


def starves_a_list(runs: int) -> bool:
    """Return whether, after so many runs a quarter of an hour apart, a backlog in one list still starves another."""
    create_another_agent("usr_third")
    for agent_id in ("usr_agent", "usr_other", "usr_third"):
        many_leads(60 if agent_id == "usr_agent" else 1, agent_id, agent_id)
    for run in range(runs):
        sweep(MISSED + run * 900, pages=3)
    return not each_is_retired_once("usr_other_000", "usr_third_000")


def test_row_39_a_backlog_in_one_list_starves_no_other() -> None:
    assert not starves_a_list(12)


def test_row_39_a_fixed_first_list_would_starve_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "_first", lambda now, lists: 0)

    assert starves_a_list(12)


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


def read_with_late_index(ask: Callable[[], object], action: Deed, now: int = LATE - 1) -> Any:
    """Read again after an action that the indexes do not show yet."""
    with recorded_indexes() as answers:
        ask()
    action("lead_1", now)
    with lagging_indexes(answers) as fired:
        result = ask()
    assert any("lead_1" in json.dumps(answer) for answer in answers.values())
    assert fired
    return result


STALE: dict[str, Deed] = {**IN_THE_WAY, "retired": lambda lead_id, now: sweep(LATE)}


@pytest.mark.parametrize("action", STALE.values(), ids=STALE.keys())
def test_row_46_the_sweep_reads_a_lead_again_before_it_retires_it(action: Deed) -> None:
    create_assigned_leads("lead_1")
    with recorded_indexes() as answers:
        sweep(LATE + 1, pages=0)
    action("lead_1", LATE - 1)
    before = facts_of("lead_1"), retirements("lead_1")

    with lagging_indexes(answers) as fired, metered() as meter:
        swept = sweep(LATE + 1)

    assert fired
    assert (swept.examined, swept.retired, swept.skipped, swept.failed) == (1, 0, 1, 0)
    assert meter.operations["TransactWriteItems"] == 0
    assert (facts_of("lead_1"), retirements("lead_1")) == before


@pytest.mark.usefixtures("without_versions")
@pytest.mark.parametrize("action", ACTIVITIES.values(), ids=ACTIVITIES.keys())
def test_row_46_trusting_the_index_would_retire_a_worked_lead(
    action: Deed, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_assigned_leads("lead_1")
    with recorded_indexes() as answers:
        sweep(pages=0)
    without_second_read({"lead_1": facts_of("lead_1")}, monkeypatch)
    action("lead_1", LATE - 1)

    with lagging_indexes(answers):
        assert sweep().retired == 1
    facts = facts_of("lead_1")
    assert (facts.last_activity_at, facts.retired_at) == (LATE - 1, LATE)


def own(now: int = LATE - 1) -> list[str]:
    page = own_worklist(read_access(AGENT), "all", 10, None, now)
    return [lead.facts.lead_id for lead in page.items]


def at_risk(now: int = LATE - 1) -> list[str]:
    page = managed_worklist(read_access(), "prj_1", "at_risk", 10, None, now)
    return [lead.facts.lead_id for lead in page.items]


def retired(now: int = LATE) -> list[str]:
    page = managed_worklist(read_access(), "prj_1", "retired", 10, None, now)
    return [lead.facts.lead_id for lead in page.items]


def forecast(now: int = LATE - 1) -> dict[str, dict[str, int]]:
    return advance(forecast_retirements(MANAGER, "prj_1", 1, now), 100, now).tally


LEAVING = {name: IN_THE_WAY[name] for name in ("reassigned", "unassigned", "outcome", "forgotten")}


@pytest.mark.parametrize("action", LEAVING.values(), ids=LEAVING.keys())
@pytest.mark.parametrize("ask", [own, at_risk, forecast])
def test_row_46_no_list_or_forecast_shows_a_lead_that_left(ask: Callable[[], Any], action: Deed) -> None:
    create_assigned_leads("lead_1")
    assert ask()

    assert not read_with_late_index(ask, action)


def test_row_46_the_managers_list_hides_a_reassigned_lead() -> None:
    create_assigned_leads("lead_1")
    sweep()
    assert retired() == ["lead_1"]

    assert (
        read_with_late_index(retired, lambda lead_id, now: assign_lead(MANAGER, lead_id, "usr_agent", now))
        == []
    )


@pytest.mark.parametrize("ask", [own, at_risk, forecast])
def test_row_46_a_list_that_trusts_the_index_would_show_left_leads(
    ask: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    create_assigned_leads("lead_1")
    without_second_read({"lead_1": facts_of("lead_1")}, monkeypatch)

    assert read_with_late_index(ask, IN_THE_WAY["unassigned"])


# ACC-8 and WRK-15: all leads of one agent move

MOVED = ("lead_1", "lead_2", "lead_3", "lead_4", "lead_5")
TARGETS = pytest.mark.parametrize("to_id", [None, "usr_other"])


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a move continue after every two leads."""
    monkeypatch.setattr(walk_worklists, "PAGE", 2)


def create_leads_and_start_move(to_id: str | None) -> None:
    """Create an agent with three open and two closed leads, and start to move them."""
    create_assigned_leads(*MOVED)
    set_stage(AGENT, "lead_4", "closed", NOW)
    set_outcome(AGENT, "lead_5", "won", None, NOW)
    move_leads.start_move(MANAGER, "usr_agent", to_id, ["prj_1"], "job_1", NOW)


def run_until_done(now: int = NOW) -> None:
    """Run the schedule until no job waits. The lease of a dead run ends meanwhile."""
    for turn in range(1, 40):
        if not jobs.list_waiting(now):
            break
        run_jobs(now + turn * 60)
    assert not jobs.list_waiting(now)


def each_has_moved_once(to_id: str | None) -> bool:
    """Return whether every lead has moved, with one logged change and one entry in its history."""
    result = "unassigned" if to_id is None else "reassigned"
    for lead_id in MOVED:
        actions = [entry.action for entry in ledger.list_subject(f"lead/{lead_id}", NOW)]
        kinds = [activity.kind for activity in leads.list_activities(lead_id, NOW)]
        if facts_of(lead_id).agent_id != to_id or actions.count(result) != 1 or kinds.count(result) != 1:
            return False
    return True


@pytest.mark.usefixtures("small_pages")
@TARGETS
@pytest.mark.parametrize("crash", [dying, dying_after])
def test_WRK_15_ACC_8_a_killed_and_continued_move_moves_every_lead_once(
    crash: Fault, to_id: str | None
) -> None:
    create_leads_and_start_move(to_id)
    _, writes = expected_end(run_until_done)
    assert writes > len(MOVED)

    for number in range(1, writes + 1):
        with restored_tables():
            with fault(crash, on=WRITES, when=step(number)), pytest.raises(Crash):
                run_until_done()
            run_until_done(NOW + 3600)
            assert each_has_moved_once(to_id)
            job = jobs.get("job_1", NOW)
            assert job is not None
            assert job.state is JobState.DONE


@pytest.mark.usefixtures("small_pages")
@TARGETS
def test_WRK_15_ACC_8_a_move_with_lost_answers_moves_every_lead_once(to_id: str | None) -> None:
    create_leads_and_start_move(to_id)
    _, writes = expected_end(run_until_done)

    for number in range(1, writes + 1):
        with restored_tables():
            with fault(lost, on=WRITES, when=step(number)):
                run_jobs(NOW)
            run_until_done(NOW + 3600)
            assert each_has_moved_once(to_id)


@TARGETS
def test_row_46_a_continued_move_skips_moved_leads_in_the_index(to_id: str | None) -> None:
    create_leads_and_start_move(to_id)
    with restored_tables(), recorded_indexes() as answers:
        run_jobs(NOW)
    with fault(dying_after, on=WRITES, when=step(4)), pytest.raises(Crash):
        run_jobs(NOW)

    with lagging_indexes(answers) as fired:
        run_until_done(NOW + 3600)

    assert fired
    assert each_has_moved_once(to_id)


@pytest.mark.usefixtures("without_versions")
@TARGETS
def test_row_46_a_move_that_trusts_the_index_would_move_leads_twice(
    to_id: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_leads_and_start_move(to_id)
    without_second_read({lead_id: facts_of(lead_id) for lead_id in MOVED}, monkeypatch)
    with restored_tables(), recorded_indexes() as answers:
        run_jobs(NOW)
    with fault(dying_after, on=WRITES, when=step(4)), pytest.raises(Crash):
        run_jobs(NOW)

    with lagging_indexes(answers):
        run_jobs(NOW + 3600)

    assert facts_of("lead_1").agent_id == to_id
    assert not each_has_moved_once(to_id)


def start_move_with_late_lead() -> dict[str, Any]:
    """Start to move an agent's leads, one of them assigned so late that no index has it. Return the index answers."""
    with recorded_indexes() as answers:
        for kind in move_leads.KINDS:
            leads.list_worklist(f"{kind}#prj_1#usr_agent", 0, NOW, 25)
    create_assigned_leads("lead_1")
    move_leads.start_move(MANAGER, "usr_agent", None, ["prj_1"], "job_1", NOW)
    return answers


def test_row_46_a_move_reads_the_lists_again_for_late_index_entries() -> None:
    with lagging_indexes(start_move_with_late_lead()) as fired:
        run_jobs(NOW)
    assert len(fired) == len(move_leads.KINDS)
    assert facts_of("lead_1").agent_id == "usr_agent"

    run_until_done()

    assert facts_of("lead_1").worklist == "unassigned#prj_1"


def test_row_46_a_move_that_reads_once_would_leave_a_lead_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = walk_worklists._start
    monkeypatch.setattr(walk_worklists, "_start", lambda now: begun(now) | {"round": 1})
    with lagging_indexes(start_move_with_late_lead()):
        run_jobs(NOW)

    run_until_done()

    assert facts_of("lead_1").agent_id == "usr_agent"


def takes_lead_1(attempt: Attempt) -> bool:
    """Return whether a write is about to take a lead from its agent."""
    return "unassigned" in json.dumps(attempt.body) and "lead_1" in json.dumps(attempt.body)


def work_before_each_round() -> Facts:
    """Let an agent work a lead in each of two rounds just before the move takes it. Return the lead at the end."""
    create_assigned_leads("lead_1")
    move_leads.start_move(MANAGER, "usr_agent", None, ["prj_1"], "job_1", NOW)
    for now in (NOW, NOW + 60):
        worked = partial(comment, "lead_1", now)
        with fault(meanwhile(worked), on=TRANSACTION, when=step_of(takes_lead_1, 1)) as fired:
            run_jobs(now)
        assert len(fired) == 1
    run_until_done(NOW + 120)
    return facts_of("lead_1")


def test_WRK_15_a_lead_worked_during_each_round_still_moves() -> None:
    facts = work_before_each_round()

    assert (facts.agent_id, facts.last_activity_at) == (None, NOW + 60)


def test_WRK_15_a_move_without_a_second_round_would_leave_a_lead_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moving = move_leads._move
    monkeypatch.setattr(move_leads, "_move", lambda *args: (moving(*args)[0], 0))

    assert work_before_each_round().agent_id == "usr_agent"


def step_of(is_meant: Callable[[Attempt], bool], number: int) -> Callable[[Attempt], bool]:
    """Hit the `number`-th matching attempt."""
    met = iter(range(1, 1 << 62))
    return lambda attempt: is_meant(attempt) and next(met) == number
