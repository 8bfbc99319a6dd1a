"""The retirement sweep and the move of leads, disturbed at any step (WRK-8, WRK-15, ACC-8; fault rows 38, 39, 46).

Each row comes with a companion that takes its protection away and shows that the bad outcome then happens.
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
    another_agent("usr_other")


def another_agent(user_id: str) -> None:
    """Add an agent of the project."""
    email = f"{user_id}@example.com"
    add_item(
        User(id=user_id, version=1, email=email, name="An agent", role=Role.AGENT, project_ids=("prj_1",))
    )


def given_leads(*lead_ids: str, agent_id: str = "usr_agent", now: int = NOW) -> None:
    """Take leads in and give them to an agent; nobody touches them from then on."""
    for lead_id in lead_ids or LEADS:
        create_lead(lead_id, now)
        assign_lead(MANAGER, lead_id, agent_id, now)


def many_leads(count: int, name: str = "many", agent_id: str = "usr_agent", **more: Any) -> list[str]:
    """Lay facts of an agent's leads into the table, last touched a second apart; return their ids."""
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
    """Run the sweep, with all the time there is or until it has asked so often whether to go on."""
    left = iter(range(10**9 if pages is None else pages))
    return retire_leads(lambda: now, lambda: next(left, None) is not None)


def retirements(lead_id: str) -> int:
    """Return how many retirements the record has of a lead; the history must have as many."""
    recorded = [one.action for one in ledger.list_subject(f"lead/{lead_id}", NOW)].count("retired")
    assert [one.kind for one in leads.list_activities(lead_id, NOW)].count("retired") == recorded
    return recorded


def each_is_retired_once(*lead_ids: str) -> bool:
    """Tell whether these leads are with the managers, with one retirement on record each."""
    return all(
        facts_of(lead_id).worklist == "retired#prj_1" and retirements(lead_id) == 1
        for lead_id in lead_ids or LEADS
    )


def everything() -> list[str]:
    """Return all that the tables of leads and of the record hold."""
    client = boto3.client("dynamodb")
    names = [settings.current().table_prefix + name for name in ("leads", "ledger", "people")]
    items = [item for name in names for item in client.scan(TableName=name)["Items"]]
    return sorted(json.dumps(item, sort_keys=True, default=str) for item in items)


@contextmanager
def taken_back() -> Iterator[None]:
    """Do something, and have the tables as they were before."""
    backend = dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    before = copy.deepcopy(backend.tables)
    yield
    backend.tables = before


def undisturbed(deed: Callable[[], object]) -> tuple[list[str], int]:
    """Return what the tables would hold after a deed, and in how many writes; they stay as they are."""
    with taken_back(), metered() as meter:
        deed()
        return everything(), sum(attempt.operation in WRITES for attempt in meter.attempts)


@pytest.fixture
def without_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the protection of every change away: that the facts are still those that were read."""
    guarded = leads.update

    def changed(before: Facts, after: Facts, now: int) -> batch.Update:
        return replace(guarded(before, after, now), condition=leads_rows.FactsRow.lead_id.exists())

    monkeypatch.setattr(leads, "update", changed)


def believing(old: dict[str, Facts], monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the second look away: whoever reads these leads sees them as they once were."""
    fresh = leads.from_batch
    monkeypatch.setattr(leads, "from_batch", lambda lead_id, among: old.get(lead_id) or fresh(lead_id, among))


# a sweep killed after every write, and lost answers


def test_WRK_8_a_lead_is_retired_in_one_write() -> None:
    given_leads()
    assert undisturbed(sweep)[1] == len(STEPS)


@pytest.mark.parametrize("number", STEPS)
@pytest.mark.parametrize("death", [dying, dying_after])
def test_WRK_8_a_killed_and_restarted_sweep_ends_the_same(death: Fault, number: int) -> None:
    given_leads()
    end, _ = undisturbed(sweep)

    with fault(death, on=WRITES, when=step(number)), pytest.raises(Crash):
        sweep()
    retired = number if death is dying_after else number - 1
    assert sum(map(retirements, LEADS)) == retired
    again = sweep()

    assert (again.retired, again.failed) == (len(LEADS) - retired, 0)
    assert everything() == end
    assert each_is_retired_once()


@pytest.mark.parametrize("number", STEPS)
@pytest.mark.parametrize("death", [dying, dying_after])
def test_WRK_8_a_later_sweep_finishes_a_killed_one(death: Fault, number: int) -> None:
    given_leads()
    with fault(death, on=WRITES, when=step(number)), pytest.raises(Crash):
        sweep()

    sweep(LATE + 900)

    assert each_is_retired_once()
    assert sweep(LATE + 1800) == RetirementSweep(LATE + 1800)


@pytest.mark.parametrize("number", STEPS)
def test_WRK_8_a_sweep_with_a_lost_answer_retires_and_counts_once(number: int) -> None:
    given_leads()
    end, _ = undisturbed(sweep)

    with fault(lost, on=TRANSACTION, when=step(number)) as fired:
        done = sweep()

    assert len(fired) == 1
    assert (done.retired, done.skipped, done.failed) == (len(LEADS), 0, 0)
    assert everything() == end


def test_WRK_8_without_recognition_a_retirement_would_not_be_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ledger.LedgerRow, "OWN_WRITE", False)
    given_leads()

    with fault(lost, on=TRANSACTION, when=step(1)):
        done = sweep()

    assert (done.retired, done.skipped) == (len(LEADS) - 1, 1)


@pytest.mark.parametrize("trouble", [throttled, denied])
def test_WRK_8_a_failing_lead_stops_no_other_and_is_retried(trouble: Fault) -> None:
    given_leads()

    def is_of_the_second(attempt: Attempt) -> bool:
        return "lead_2" in json.dumps(attempt.body)

    with fault(trouble, on=TRANSACTION, when=is_of_the_second):
        done = sweep(LATE + 60)

    assert (done.retired, done.failed, done.oldest_overdue_s) == (2, 1, 60)
    sweep(LATE + 900)
    assert each_is_retired_once()


def test_WRK_8_contention_is_left_to_the_next_run() -> None:
    given_leads()

    with fault(conflicting, on=TRANSACTION, when=step(2)):
        done = sweep()

    assert (done.retired, done.skipped, done.failed) == (2, 1, 0)
    sweep(LATE + 900)
    assert each_is_retired_once()


# activity a second before the write


def comment(lead_id: str, now: int) -> Facts:
    return record_activity(AGENT, lead_id, Recording(Comment("spoke to her")), "req_1", now)


def forget(lead_id: str, now: int) -> object:
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
    "forgotten": forget,
}
IN_THE_WAY = ACTIVITIES | OTHERS


@pytest.mark.parametrize("deed", IN_THE_WAY.values(), ids=IN_THE_WAY.keys())
def test_WRK_8_an_action_a_second_before_the_write_wins(deed: Deed) -> None:
    given_leads("lead_1")

    with fault(meanwhile(lambda: deed("lead_1", LATE - 1)), on=TRANSACTION, when=step(1)) as fired:
        done = sweep()

    assert len(fired) == 1
    assert (done.retired, done.skipped, done.failed) == (0, 1, 0)
    assert facts_of("lead_1").retired_at is None
    assert sweep(LATE + 900).retired == 0
    assert retirements("lead_1") == 0


@pytest.mark.usefixtures("without_versions")
@pytest.mark.parametrize("deed", ACTIVITIES.values(), ids=ACTIVITIES.keys())
def test_WRK_8_without_the_version_a_just_worked_lead_would_retire(deed: Deed) -> None:
    given_leads("lead_1")

    with fault(meanwhile(lambda: deed("lead_1", LATE - 1)), on=TRANSACTION, when=step(1)):
        sweep()

    facts = facts_of("lead_1")
    assert (facts.last_activity_at, facts.retired_at) == (LATE - 1, LATE)


def test_WRK_3_a_follow_up_a_second_before_delays_to_the_next_run() -> None:
    given_leads("lead_1")
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
    given_leads()
    lead_ids = [*LEADS, *many_leads(5)]
    capsys.readouterr()

    with ThreadPoolExecutor(4) as pool:
        sweeps = list(pool.map(sweep, range(LATE, LATE + 4)))

    assert each_is_retired_once(*lead_ids)
    assert sum(one.retired for one in sweeps) == len(lead_ids)
    assert [one.failed for one in sweeps] == [0] * 4
    assert "failed" not in capsys.readouterr().out


@pytest.mark.parametrize("number", STEPS)
@pytest.mark.parametrize("later", [0, 1])
def test_row_38_a_sweep_inside_another_does_not_change_the_end(number: int, later: int) -> None:
    given_leads()
    end, _ = undisturbed(sweep)

    with fault(meanwhile(lambda: sweep(LATE + later)), on=WRITES, when=step(number)) as fired:
        done = sweep()

    assert len(fired) == 1
    assert done.failed == 0
    assert each_is_retired_once()
    if later:  # they know whose retirement it was
        assert (done.retired, done.skipped) == (number - 1, len(LEADS) - number + 1)
    else:
        assert everything() == end


@pytest.mark.parametrize("inner", STEPS)
@pytest.mark.parametrize("outer", STEPS)
@pytest.mark.parametrize("death", [dying, dying_after])
def test_row_38_a_crashed_sweep_inside_another_does_not_change_the_end(
    death: Fault, outer: int, inner: int
) -> None:
    given_leads()

    def dies() -> None:
        with suppress(Crash), fault(death, on=WRITES, when=step(inner)):
            sweep(LATE + 1)

    with fault(meanwhile(dies), on=WRITES, when=step(outer)) as fired:
        done = sweep()

    assert len(fired) == 1
    assert done.failed == 0
    sweep(LATE + 900)
    assert each_is_retired_once()


@pytest.mark.usefixtures("without_versions")
def test_row_38_without_the_version_a_lead_would_retire_twice() -> None:
    given_leads()

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

    assert [one.retired for one in runs] == [30, 30, 10]
    overdue = [one.oldest_overdue_s for one in runs]
    assert overdue[0] >= 3 * DAY
    assert overdue[-1] == 0
    assert each_is_retired_once(*lead_ids)


def test_row_39_without_a_time_check_a_run_would_be_killed_silently(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many_leads(40)
    asked = schedule._sweep_list
    monkeypatch.setattr(
        schedule,
        "_sweep_list",
        lambda project, name, done, present, go_on: asked(project, name, done, present, lambda: True),
    )

    with fault(dying, on=WRITES, when=step(31)), pytest.raises(Crash):
        sweep(MISSED, pages=30)


def test_row_39_a_lead_that_stays_is_skipped_and_stops_no_other() -> None:
    held = Retention(NOW, Policy(100), hold_until=NOW + 90 * DAY)
    stay = many_leads(105, "held", retention=held)
    given_leads()

    done = sweep(MISSED)

    assert each_is_retired_once()
    assert (done.retired, done.skipped) == (3, 105)
    assert not any(facts_of(lead_id).retired_at for lead_id in stay)


def test_row_39_without_a_position_staying_leads_would_block_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many_leads(105, "held", retention=Retention(NOW, Policy(100), hold_until=NOW + 90 * DAY))
    given_leads()
    fresh = leads.list_worklist
    monkeypatch.setattr(
        leads,
        "list_worklist",
        lambda name, since, until, limit, after=None: fresh(name, 0, until, limit),
    )

    assert sweep(MISSED, pages=1000).retired == 0


def starved(runs: int) -> bool:
    """Tell whether, after so many runs a quarter of an hour apart, a backlog in one list still starves another."""
    another_agent("usr_third")
    for agent_id in ("usr_agent", "usr_other", "usr_third"):
        many_leads(60 if agent_id == "usr_agent" else 1, agent_id, agent_id)
    for run in range(runs):
        sweep(MISSED + run * 900, pages=3)
    return not each_is_retired_once("usr_other_000", "usr_third_000")


def test_row_39_a_backlog_in_one_list_starves_no_other() -> None:
    assert not starved(12)


def test_row_39_a_fixed_first_list_would_starve_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "_first", lambda now, lists: 0)

    assert starved(12)


# 46: an index lags


@contextmanager
def remembering() -> Iterator[dict[str, Any]]:
    """Remember how the indexes answer, by the list and the place in it."""
    answers: dict[str, Any] = {}

    def remember(attempt: Attempt) -> AWSResponse:
        answer = attempt.send()
        answers[asked_for(attempt)] = json.loads(answer.content)
        return answer

    with fault(remember, on=QUERY, when=of_an_index):
        yield answers


@contextmanager
def lagging(answers: dict[str, Any]) -> Iterator[list[Attempt]]:
    """Let the indexes answer as they once did."""

    def late(attempt: Attempt) -> AWSResponse:
        return _answer(attempt, 200, answers[asked_for(attempt)])

    with fault(late, on=QUERY, when=lambda one: of_an_index(one) and asked_for(one) in answers) as fired:
        yield fired


def of_an_index(attempt: Attempt) -> bool:
    """Tell whether an index is asked."""
    return "IndexName" in attempt.body


def asked_for(attempt: Attempt) -> str:
    """Return the list an index is asked for, and behind which entry."""
    values = attempt.body["ExpressionAttributeValues"].values()
    names = [value["S"] for value in values if "S" in value]
    return json.dumps([names, attempt.body.get("ExclusiveStartKey")], sort_keys=True)


def named_late(ask: Callable[[], object], deed: Deed, now: int = LATE - 1) -> Any:
    """Ask again after a deed of which the indexes do not know yet."""
    with remembering() as answers:
        ask()
    deed("lead_1", now)
    with lagging(answers) as fired:
        found = ask()
    assert any("lead_1" in json.dumps(answer) for answer in answers.values())
    assert fired
    return found


STALE: dict[str, Deed] = {**IN_THE_WAY, "retired": lambda lead_id, now: sweep(LATE)}


@pytest.mark.parametrize("deed", STALE.values(), ids=STALE.keys())
def test_row_46_the_sweep_reads_a_lead_again_before_it_retires_it(deed: Deed) -> None:
    given_leads("lead_1")
    with remembering() as answers:
        sweep(LATE + 1, pages=0)
    deed("lead_1", LATE - 1)
    before = facts_of("lead_1"), retirements("lead_1")

    with lagging(answers) as fired, metered() as meter:
        done = sweep(LATE + 1)

    assert fired
    assert (done.examined, done.retired, done.skipped, done.failed) == (1, 0, 1, 0)
    assert meter.operations["TransactWriteItems"] == 0
    assert (facts_of("lead_1"), retirements("lead_1")) == before


@pytest.mark.usefixtures("without_versions")
@pytest.mark.parametrize("deed", ACTIVITIES.values(), ids=ACTIVITIES.keys())
def test_row_46_trusting_the_index_would_retire_a_worked_lead(
    deed: Deed, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_leads("lead_1")
    with remembering() as answers:
        sweep(pages=0)
    believing({"lead_1": facts_of("lead_1")}, monkeypatch)
    deed("lead_1", LATE - 1)

    with lagging(answers):
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


@pytest.mark.parametrize("deed", LEAVING.values(), ids=LEAVING.keys())
@pytest.mark.parametrize("ask", [own, at_risk, forecast])
def test_row_46_no_list_or_forecast_shows_a_lead_that_left(ask: Callable[[], Any], deed: Deed) -> None:
    given_leads("lead_1")
    assert ask()

    assert not named_late(ask, deed)


def test_row_46_the_managers_list_hides_a_reassigned_lead() -> None:
    given_leads("lead_1")
    sweep()
    assert retired() == ["lead_1"]

    assert named_late(retired, lambda lead_id, now: assign_lead(MANAGER, lead_id, "usr_agent", now)) == []


@pytest.mark.parametrize("ask", [own, at_risk, forecast])
def test_row_46_a_list_that_trusts_the_index_would_show_left_leads(
    ask: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given_leads("lead_1")
    believing({"lead_1": facts_of("lead_1")}, monkeypatch)

    assert named_late(ask, IN_THE_WAY["unassigned"])


# ACC-8 and WRK-15: all leads of one agent move

MOVED = ("lead_1", "lead_2", "lead_3", "lead_4", "lead_5")
TARGETS = pytest.mark.parametrize("to_id", [None, "usr_other"])


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a move go on after every two leads."""
    monkeypatch.setattr(walk_worklists, "PAGE", 2)


def given_a_move(to_id: str | None) -> None:
    """Give an agent three open and two closed leads, and start to move them."""
    given_leads(*MOVED)
    set_stage(AGENT, "lead_4", "closed", NOW)
    set_outcome(AGENT, "lead_5", "won", None, NOW)
    move_leads.start_move(MANAGER, "usr_agent", to_id, ["prj_1"], "job_1", NOW)


def carry_on(now: int = NOW) -> None:
    """Let the schedule run until no job waits; a lease of a dead run ends meanwhile."""
    for turn in range(1, 40):
        if not jobs.list_waiting(now):
            break
        run_jobs(now + turn * 60)
    assert not jobs.list_waiting(now)


def each_has_moved_once(to_id: str | None) -> bool:
    """Tell whether every lead is where it was to go, by one change on record and one in its history."""
    done = "unassigned" if to_id is None else "reassigned"
    for lead_id in MOVED:
        actions = [one.action for one in ledger.list_subject(f"lead/{lead_id}", NOW)]
        kinds = [one.kind for one in leads.list_activities(lead_id, NOW)]
        if facts_of(lead_id).agent_id != to_id or actions.count(done) != 1 or kinds.count(done) != 1:
            return False
    return True


@pytest.mark.usefixtures("small_pages")
@TARGETS
@pytest.mark.parametrize("death", [dying, dying_after])
def test_WRK_15_ACC_8_a_killed_and_continued_move_moves_every_lead_once(
    death: Fault, to_id: str | None
) -> None:
    given_a_move(to_id)
    _, writes = undisturbed(carry_on)
    assert writes > len(MOVED)

    for number in range(1, writes + 1):
        with taken_back():
            with fault(death, on=WRITES, when=step(number)), pytest.raises(Crash):
                carry_on()
            carry_on(NOW + 3600)
            assert each_has_moved_once(to_id)
            job = jobs.get("job_1", NOW)
            assert job is not None
            assert job.state is JobState.DONE


@pytest.mark.usefixtures("small_pages")
@TARGETS
def test_WRK_15_ACC_8_a_move_with_lost_answers_moves_every_lead_once(to_id: str | None) -> None:
    given_a_move(to_id)
    _, writes = undisturbed(carry_on)

    for number in range(1, writes + 1):
        with taken_back():
            with fault(lost, on=WRITES, when=step(number)):
                run_jobs(NOW)
            carry_on(NOW + 3600)
            assert each_has_moved_once(to_id)


@TARGETS
def test_row_46_a_continued_move_skips_moved_leads_in_the_index(to_id: str | None) -> None:
    given_a_move(to_id)
    with taken_back(), remembering() as answers:
        run_jobs(NOW)
    with fault(dying_after, on=WRITES, when=step(4)), pytest.raises(Crash):
        run_jobs(NOW)

    with lagging(answers) as fired:
        carry_on(NOW + 3600)

    assert fired
    assert each_has_moved_once(to_id)


@pytest.mark.usefixtures("without_versions")
@TARGETS
def test_row_46_a_move_that_trusts_the_index_would_move_leads_twice(
    to_id: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_a_move(to_id)
    believing({lead_id: facts_of(lead_id) for lead_id in MOVED}, monkeypatch)
    with taken_back(), remembering() as answers:
        run_jobs(NOW)
    with fault(dying_after, on=WRITES, when=step(4)), pytest.raises(Crash):
        run_jobs(NOW)

    with lagging(answers):
        run_jobs(NOW + 3600)

    assert facts_of("lead_1").agent_id == to_id
    assert not each_has_moved_once(to_id)


def given_a_lead_the_index_does_not_know() -> dict[str, Any]:
    """Start to move an agent's leads, of which one was given so late that no index names it; return the answers."""
    with remembering() as answers:
        for kind in move_leads.KINDS:
            leads.list_worklist(f"{kind}#prj_1#usr_agent", 0, NOW, 25)
    given_leads("lead_1")
    move_leads.start_move(MANAGER, "usr_agent", None, ["prj_1"], "job_1", NOW)
    return answers


def test_row_46_a_move_reads_the_lists_again_for_late_index_entries() -> None:
    with lagging(given_a_lead_the_index_does_not_know()) as fired:
        run_jobs(NOW)
    assert len(fired) == len(move_leads.KINDS)
    assert facts_of("lead_1").agent_id == "usr_agent"

    carry_on()

    assert facts_of("lead_1").worklist == "unassigned#prj_1"


def test_row_46_a_move_that_reads_once_would_leave_a_lead_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = walk_worklists._start
    monkeypatch.setattr(walk_worklists, "_start", lambda now: begun(now) | {"round": 1})
    with lagging(given_a_lead_the_index_does_not_know()):
        run_jobs(NOW)

    carry_on()

    assert facts_of("lead_1").agent_id == "usr_agent"


def overtaken(attempt: Attempt) -> bool:
    """Tell whether a write is about to take a lead from its agent."""
    return "unassigned" in json.dumps(attempt.body) and "lead_1" in json.dumps(attempt.body)


def worked_at_the_wrong_moment_twice() -> Facts:
    """Let an agent work a lead in each of two rounds just before the move takes it; return it in the end."""
    given_leads("lead_1")
    move_leads.start_move(MANAGER, "usr_agent", None, ["prj_1"], "job_1", NOW)
    for now in (NOW, NOW + 60):
        worked = partial(comment, "lead_1", now)
        with fault(meanwhile(worked), on=TRANSACTION, when=step_of(overtaken, 1)) as fired:
            run_jobs(now)
        assert len(fired) == 1
    carry_on(NOW + 120)
    return facts_of("lead_1")


def test_WRK_15_a_lead_worked_during_each_round_still_moves() -> None:
    facts = worked_at_the_wrong_moment_twice()

    assert (facts.agent_id, facts.last_activity_at) == (None, NOW + 60)


def test_WRK_15_a_move_without_a_second_round_would_leave_a_lead_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moving = move_leads._move
    monkeypatch.setattr(move_leads, "_move", lambda *given: (moving(*given)[0], 0))

    assert worked_at_the_wrong_moment_twice().agent_id == "usr_agent"


def step_of(is_meant: Callable[[Attempt], bool], number: int) -> Callable[[Attempt], bool]:
    """Hit the `number`-th of the attempts that are meant."""
    met = iter(range(1, 1 << 62))
    return lambda attempt: is_meant(attempt) and next(met) == number
