"""The event functions, called as Lambda calls them (RET-15, RET-16, PRI-31)."""

import json
from typing import Any

import pytest
from chalice.app import Blueprint, Chalice, ScheduledEventConfig

from chalicelib import clock
from chalicelib.audit.handlers.watch_ledger import watch_ledger
from chalicelib.aws.events import TimeBudget, scheduled
from chalicelib.core.retention import Policy
from chalicelib.leads.store import people
from chalicelib.observability import EventFailed
from chalicelib.privacy.handlers.after_erasure import after_erasure
from chalicelib.privacy.handlers.finish_erasures import finish_erasures
from tests.factories.leads import DAY, NOW, create_lead, create_organisation, facts_of, stamps_of

DUE = NOW + 10 * DAY
TTL = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


class Context:
    """The context that Lambda passes besides the event."""

    def __init__(self, left_ms: int = 60_000) -> None:
        self.left_ms = left_ms

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left."""
        return self.left_ms


def removal(
    number: int, keys: dict[str, str], name: str = "REMOVE", who: dict[str, str] | None = None
) -> Any:
    record: dict[str, Any] = {
        "eventID": f"event-{number}",
        "eventName": name,
        "dynamodb": {
            "Keys": {key: {"S": value} for key, value in keys.items()},
            "SequenceNumber": str(number),
        },
    }
    return record if who is None else {**record, "userIdentity": who}


def people_removed(*lead_ids: str) -> Any:
    records = [
        removal(n, {"lead_id": lead_id, "part": "person"}, who=TTL) for n, lead_id in enumerate(lead_ids, 1)
    ]
    return after_erasure({"Records": records}, Context())


def metrics(text: str) -> dict[str, float]:
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return {
        metric["Name"]: line[metric["Name"]][0]
        for line in lines
        if "_aws" in line
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    }


@pytest.fixture
def set_clock(aws: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the clock."""

    def set_now(now: int) -> None:
        monkeypatch.setattr(clock, "now", lambda: now)

    return set_now


def test_RET_15_a_row_removed_by_ttl_finishes_the_erasure(set_clock: Any) -> None:
    create_organisation()
    create_lead("lead_1")
    create_lead("lead_2")
    set_clock(DUE + 30)
    people.PersonRow("lead_1", "person").delete()
    assert people_removed("lead_1", "lead_2", "lead_1") == {"batchItemFailures": []}
    assert facts_of("lead_1").erased_at == facts_of("lead_2").erased_at == DUE + 30
    assert stamps_of("lead_2") == {}


def test_RET_16_an_unexpected_removal_raises_the_alarm(
    set_clock: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    create_organisation()
    create_lead()
    set_clock(NOW + DAY)
    assert people_removed("lead_1") == {"batchItemFailures": []}
    text = capsys.readouterr().out
    assert metrics(text)["UnexpectedRemoval"] == 1
    assert "lead_1" in text
    assert facts_of("lead_1").erased_at is None


def test_RET_16_a_removal_without_policy_or_lead_raises_the_alarm(
    set_clock: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    create_organisation(Policy())
    create_lead()
    set_clock(DUE)
    for lead_id in ("lead_1", "lead_none"):
        people_removed(lead_id)
        assert metrics(capsys.readouterr().out)["UnexpectedRemoval"] == 1


@pytest.mark.parametrize(("early", "again"), [(1, True), (300, True), (301, False)])
def test_RET_16_within_the_clock_tolerance_the_record_is_retried(
    set_clock: Any, capsys: pytest.CaptureFixture[str], early: int, again: bool
) -> None:
    create_organisation()
    create_lead()
    set_clock(DUE - early)
    answer = people_removed("lead_1")
    assert answer["batchItemFailures"] == ([{"itemIdentifier": "1"}] if again else [])
    assert ("UnexpectedRemoval" in metrics(capsys.readouterr().out)) is not again
    set_clock(DUE)
    assert people_removed("lead_1") == {"batchItemFailures": []}
    assert facts_of("lead_1").erased_at == DUE


def test_RET_15_the_schedule_erases_and_writes_metrics(
    set_clock: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    create_organisation(max_lag="PT1H")
    create_lead("lead_1")
    create_lead("lead_2", NOW + 1800)
    set_clock(DUE + 3600)
    finish_erasures({"time": "now"} | EVENT, Context())
    measured = metrics(capsys.readouterr().out)
    assert (measured["ErasureLagSeconds"], measured["OldestOverdueSeconds"]) == (3600, 1800)
    assert facts_of("lead_1").erased_at == DUE + 3600
    assert facts_of("lead_2").erased_at is None


def test_RET_15_the_schedule_stops_before_its_time_is_up(set_clock: Any) -> None:
    create_organisation(max_lag="PT0S")
    create_lead()
    set_clock(DUE + 60)
    finish_erasures(EVENT, Context(left_ms=10_000))
    assert facts_of("lead_1").erased_at is None


EVENT = {
    "version": "0",
    "id": "event",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "0",
    "time": "now",
    "region": "us-east-1",
    "resources": [],
    "detail": {},
}


@pytest.mark.parametrize(("left_ms", "has_time"), [(20_001, True), (20_000, False), (0, False)])
def test_a_budget_keeps_a_reserve(left_ms: int, has_time: bool) -> None:
    assert TimeBudget(Context(left_ms), reserve_s=20).has_time() is has_time


def test_a_budget_follows_the_time_left_in_lambda() -> None:
    context = Context(30_000)
    budget = TimeBudget(context, reserve_s=20)
    assert budget.has_time()

    context.left_ms = 10_000
    assert not budget.has_time()


def test_a_scheduled_function_is_registered_by_module_and_name() -> None:
    events = Blueprint("chalicelib.work.handlers.sweep_floor")

    @scheduled(events, "rate(1 hour)")
    def sweep_floor(budget: TimeBudget) -> None:
        """Do nothing."""

    @scheduled(events, "rate(1 day)", name="old_name")
    def new_name(budget: TimeBudget) -> None:
        """Do nothing."""

    app = Chalice("test")
    app.register_blueprint(events)

    result = [source for source in app.event_sources if isinstance(source, ScheduledEventConfig)]
    assert [(item.name, item.schedule_expression, item.handler_string) for item in result] == [
        ("sweep_floor", "rate(1 hour)", "chalicelib.work.handlers.sweep_floor.sweep_floor"),
        ("old_name", "rate(1 day)", "chalicelib.work.handlers.sweep_floor.new_name"),
    ]


@pytest.mark.parametrize(("left_ms", "has_time"), [(31_000, True), (29_000, False)])
def test_a_scheduled_function_receives_its_time_budget(aws: None, left_ms: int, has_time: bool) -> None:
    result = []

    @scheduled(Blueprint("test"), "rate(1 hour)", reserve_s=30)
    def run(budget: TimeBudget) -> None:
        result.append((budget.has_time(), budget.event_id))

    run(EVENT, Context(left_ms))
    assert result == [(has_time, EVENT["id"])]


@pytest.mark.parametrize("name", [None, "old_name"])
def test_a_failed_scheduled_function_is_measured_by_its_name(
    aws: None, capsys: pytest.CaptureFixture[str], name: str | None
) -> None:
    @scheduled(Blueprint("test"), "rate(1 hour)", name=name)
    def run(budget: TimeBudget) -> None:
        raise ValueError("of a person")

    with pytest.raises(EventFailed):
        run(EVENT, Context())
    text = capsys.readouterr().out
    assert metrics(text)["EventFailures"] == 1
    assert f'"function":"{name or "run"}"' in text.replace(" ", "")
    assert "of a person" not in text


@pytest.mark.parametrize(
    ("name", "who", "tampered"),
    [
        ("INSERT", None, False),
        ("REMOVE", TTL, False),
        ("REMOVE", {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}, False),
        ("REMOVE", None, True),
        ("REMOVE", {"type": "Service", "principalId": "somebody.else"}, True),
        ("MODIFY", None, True),
        ("MODIFY", TTL, True),
    ],
)
def test_PRI_31_the_ledger_is_monitored(
    name: str, who: dict[str, str] | None, tampered: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    record = removal(1, {"subject": "lead/lead_1", "at_id": "2027#1"}, name, who)
    assert watch_ledger({"Records": [record]}, Context()) == {"batchItemFailures": []}
    text = capsys.readouterr().out
    assert ("LedgerTampered" in metrics(text)) is tampered
    assert "lead_1" not in text
