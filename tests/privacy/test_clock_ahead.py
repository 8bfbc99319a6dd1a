"""A function whose clock is ahead of the store's erases no person past an end of that clock (SEC-C12, RET-16)."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from chalicelib import clock
from chalicelib.core.errors import Unavailable
from chalicelib.core.retention import Policy
from chalicelib.observability import EventFailed
from chalicelib.organisation.domain.configuration import OutcomeRule
from chalicelib.privacy.handlers.after_erasure import after_erasure
from chalicelib.privacy.handlers.carry_out_forgets import carry_out_forgets
from chalicelib.privacy.handlers.finish_erasures import finish_erasures
from chalicelib.privacy.usecases import start_bulk_retention as bulk
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold, release_legal_hold
from chalicelib.privacy.usecases.require_clock import require_clock
from chalicelib.work.usecases.reject_lead import reject_lead
from chalicelib.work.usecases.set_outcome import set_outcome
from tests.aws.test_events import EVENT, TTL, Context, metrics, removal
from tests.factories.leads import (
    AGENT,
    DAY,
    ENTERS_AT_ONCE,
    MANAGER,
    NOW,
    confirmed,
    create_lead,
    create_manager,
    create_organisation,
    facts_of,
    stamps_of,
)
from tests.factories.quality import create_held_lead, create_holding_campaign
from tests.factories.work import change_project_settings, create_assigned_lead
from tests.harness.faults import Attempt, fault
from tests.privacy.test_bulk_retention import created, run

DUE = NOW + 30 * DAY


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    create_organisation(Policy(30), max_lag="PT0S", duplicates=ENTERS_AT_ONCE)
    create_manager()
    created("cmp_1")


@pytest.fixture
def store_says(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], Any]:
    """Set the clock of the function, and the date of the store's answers."""

    def at(store: int, ahead: int) -> Any:
        monkeypatch.setattr(clock, "now", lambda: store + ahead)
        date = format_datetime(datetime.fromtimestamp(store, UTC), usegmt=True)

        def dated(attempt: Attempt) -> AWSResponse:
            answer = attempt.send()
            answer.headers["date"] = date
            return answer

        return fault(dated, on={"GetItem"})

    return at


def by_schedule(now: int) -> None:
    finish_erasures(EVENT, Context())


def by_orders(now: int) -> None:
    carry_out_forgets(EVENT, Context())


def by_stream(now: int) -> None:
    record = removal(1, {"lead_id": "lead_1", "part": "person"}, who=TTL)
    assert after_erasure({"Records": [record]}, Context())["batchItemFailures"] == [{"itemIdentifier": "1"}]


def by_release(now: int) -> None:
    confirmed(lambda given: release_legal_hold(MANAGER, "lead_1", given, now))


def by_outcome_rules(now: int) -> None:
    confirmed(lambda given: bulk.apply_outcomes(MANAGER, "prj_1", given, now))
    run(now)


def by_policy(now: int) -> None:
    confirmed(lambda given: bulk.set_campaigns(MANAGER, "prj_1", Policy(9), given, now, existing=True))
    run(now)


def by_rejection(now: int) -> None:
    confirmed(lambda given: reject_lead(MANAGER, "lead_1", "fraud", given, now))


def a_lead() -> None:
    create_lead()


def a_lead_on_hold() -> None:
    create_lead()
    place_legal_hold(MANAGER, "lead_1", "litigation", DUE + 20 * DAY, NOW)


def a_lead_with_an_outcome() -> None:
    create_assigned_lead()
    set_outcome(AGENT, "lead_1", "won", None, NOW)
    change_project_settings(outcomes=(OutcomeRule("won", 9),))


def a_held_lead() -> None:
    create_holding_campaign(retention=Policy(30, 9))
    create_held_lead()


EVENTS = [by_schedule, by_orders, by_stream]
# What is there, what happens, and the days from the receipt to the end that it brings.
ACTIONS = [
    (a_lead_on_hold, by_release, 30),
    (a_lead_with_an_outcome, by_outcome_rules, 9),
    (a_lead, by_policy, 9),
    (a_held_lead, by_rejection, 9),
]


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("ahead", [61, 3_600, 31 * DAY])
def test_SEC_C12_an_event_function_erases_nothing_and_says_why(
    store_says: Any, capsys: pytest.CaptureFixture[str], event: Callable[[int], None], ahead: int
) -> None:
    create_lead()
    store = DUE - 60 if ahead < DAY else NOW

    with store_says(store, ahead):
        if event is by_stream:
            event(store + ahead)
        else:
            with pytest.raises(EventFailed):
                event(store + ahead)

    assert (facts_of("lead_1").erased_at, len(stamps_of("lead_1"))) == (None, 4)
    assert metrics(capsys.readouterr().out)["ClockAhead"] == 1


@pytest.mark.parametrize(("prepared", "action", "days"), ACTIONS)
@pytest.mark.parametrize("ahead", [61, 5 * DAY])
def test_SEC_C12_an_action_erases_nothing_for_good(
    store_says: Any,
    capsys: pytest.CaptureFixture[str],
    prepared: Callable[[], None],
    action: Callable[[int], None],
    days: int,
    ahead: int,
) -> None:
    prepared()
    store = NOW + days * DAY - 30
    rows = len(stamps_of("lead_1"))

    with store_says(store, ahead):
        action(store + ahead)

    assert (facts_of("lead_1", store).erased_at, len(stamps_of("lead_1"))) == (None, rows)
    assert metrics(capsys.readouterr().out)["ClockAhead"] >= 1


@pytest.mark.parametrize(("prepared", "action", "days"), ACTIONS)
def test_SEC_C12_the_schedule_erases_it_later_at_its_end(
    store_says: Any, prepared: Callable[[], None], action: Callable[[int], None], days: int
) -> None:
    prepared()
    end, wrong = NOW + days * DAY, NOW + days * DAY - 30 + 5 * DAY
    with store_says(end - 30, 5 * DAY):
        action(wrong)
    if action is by_release:
        end = wrong  # a legal hold ends at the instant at which it was released

    with store_says(end - 1, 0):
        by_schedule(end - 1)
        assert facts_of("lead_1", NOW).erased_at is None
    with store_says(end, 0):
        by_schedule(end)
    assert facts_of("lead_1", NOW).erased_at == end


@pytest.mark.parametrize(("prepared", "action", "days"), ACTIONS)
def test_SEC_C12_a_sound_clock_erases_at_once(
    store_says: Any, prepared: Callable[[], None], action: Callable[[int], None], days: int
) -> None:
    prepared()
    now = NOW + days * DAY + 30

    with store_says(now, 60):
        action(now)

    assert stamps_of("lead_1") == {}


@pytest.mark.parametrize(("ahead", "refused"), [(-86_400, False), (0, False), (60, False), (61, True)])
def test_SEC_C12_a_minute_is_tolerated(store_says: Any, ahead: int, refused: bool) -> None:
    with store_says(NOW, ahead):
        if refused:
            with pytest.raises(Unavailable):
                require_clock(NOW + ahead)
        else:
            require_clock(NOW + ahead)
