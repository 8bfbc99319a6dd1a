"""Many leads at once: exactly one original, exactly the limit, also with lost answers and conflicts (CAM-9, CAM-10)."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.shares import ShareRow
from chalicelib.campaigns import store as limits
from chalicelib.campaigns.domain.campaign_settings import Duplicates, Limits
from chalicelib.core.errors import Unavailable
from chalicelib.core.retention import Policy
from chalicelib.intake.usecases.receive_lead import Submission, receive_lead
from chalicelib.leads.domain.leads import Facts, Status
from tests.factories.leads import LEAD, NOW, create_campaign, create_organisation
from tests.harness.faults import (
    ALL,
    Crash,
    Fault,
    conflicting,
    dying,
    dying_after,
    fault,
    first,
    first_of_each_call,
    lost,
    meanwhile,
    step,
)
from tests.intake.limits.limits_support import configure, counts_taken, post
from tests.scenarios.intake import restart, stored

HOUR = 3_600
TRANSACTION = frozenset({"TransactWriteItems"})
MIDNIGHT = NOW + 16 * HOUR  # of UTC, the example project's zone
WINDOWS = {"hourly": NOW + HOUR, "daily": MIDNIGHT, "monthly": MIDNIGHT + 16 * 24 * HOUR}


@pytest.fixture(autouse=True)
def _organisation(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_LONGEST_BACKOFF_S", 0.02)
    create_organisation()


def race(
    count: int,
    now: int = NOW,
    *,
    same: bool = False,
    at_once: int = 24,
    losing: bool = False,
    first: int = 0,
) -> Sequence[Facts]:
    """Post many leads at once. A 503 is retried, as a source does."""

    def post_until_answered(number: int) -> Facts:
        for _ in range(20):
            try:
                return post(number, now, same=same)
            except Unavailable:
                continue
        raise AssertionError("never answered")

    losing_each = fault(lost, on={"TransactWriteItems"}, when=first_of_each_call) if losing else nullcontext()
    with losing_each, ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(post_until_answered, range(first, first + count)))


def post_during_post(**more: Any) -> tuple[Facts, Facts]:
    """Post a lead, and a second one between the read and the write of the first. Return both."""
    within: list[Facts] = []
    with fault(meanwhile(lambda: within.append(post(2, **more))), on=TRANSACTION, when=step(1)):
        first = post(1, **more)
    return first, within[0]


@pytest.mark.parametrize("losing", [False, True])
@pytest.mark.parametrize(
    ("settings", "same", "first"),
    [
        ({"duplicates": Duplicates(enabled=True)}, True, Status.DUPLICATE),
        ({"limits": Limits(hourly=1)}, False, Status.REJECTED),
    ],
)
def test_CAM_9_CAM_10_an_overtaken_lead_is_decided_again(
    settings: dict[str, Any], same: bool, first: Status, losing: bool
) -> None:
    configure(**settings)

    with fault(lost, on=TRANSACTION, when=first_of_each_call) if losing else nullcontext():
        met, within = post_during_post(same=same)

    assert (met.status, within.status) == (first, Status.ACCEPTED)


@pytest.mark.parametrize("losing", [False, True])
@pytest.mark.parametrize("count", [24, pytest.param(200, marks=pytest.mark.faults)])
def test_CAM_9_of_many_identical_leads_one_is_accepted(count: int, losing: bool) -> None:
    configure(duplicates=Duplicates(enabled=True))
    post(9_999, NOW - 40 * 86_400, same=True)  # long ago: outside the window

    results = race(count, same=True, losing=losing)

    verdicts = Counter(facts.status for facts in results)
    assert verdicts == {Status.ACCEPTED: 1, Status.DUPLICATE: count - 1}
    (original,) = [facts.lead_id for facts in results if facts.status is Status.ACCEPTED]
    assert {facts.duplicate_of for facts in results if facts.status is Status.DUPLICATE} == {original}


def test_CAM_9_without_the_index_version_two_would_be_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(duplicates=Duplicates(enabled=True))
    from chalicelib.leads.store import contact_index

    original = contact_index.put_window
    monkeypatch.setattr(
        contact_index, "put_window", lambda window, now: replace(original(window, now), condition=None)
    )

    first, second = post_during_post(same=True)

    assert first.status is second.status is Status.ACCEPTED


@pytest.mark.parametrize("losing", [False, True])
def test_CAM_10_of_many_at_once_exactly_the_limit_is_accepted(losing: bool) -> None:
    configure(limits=Limits(hourly=8))

    results = race(24, losing=losing)

    assert Counter(facts.status for facts in results) == {Status.ACCEPTED: 8, Status.REJECTED: 16}
    assert {facts.failed for facts in results if facts.status is Status.REJECTED} == {
        ("limits/CAM-10/hourly",)
    }
    assert sum(facts.status is Status.ACCEPTED for facts in stored()) == 8
    assert counts_taken().in_hour == 8


@pytest.mark.faults
@pytest.mark.parametrize("losing", [False, True])
@pytest.mark.parametrize("name", WINDOWS)
def test_CAM_10_of_500_at_once_100_are_accepted_until_the_next_period(name: str, losing: bool) -> None:
    configure(limits=Limits(**{name: 100}))
    next_at = WINDOWS[name]

    first = Counter(facts.status for facts in race(500, losing=losing))
    still = post(600, next_at - 60)
    after = post(601, next_at)

    assert first == {Status.ACCEPTED: 100, Status.REJECTED: 400}
    assert sum(facts.status is Status.ACCEPTED for facts in stored()) == 101
    assert still.status is Status.REJECTED
    assert after.status is Status.ACCEPTED


@pytest.mark.parametrize("losing", [False, True])
@pytest.mark.parametrize("name", WINDOWS)
def test_CAM_10_a_new_period_is_filled_exactly_by_many_at_once(name: str, losing: bool) -> None:
    configure(limits=Limits(**{name: 4}))
    race(6)
    next_at = WINDOWS[name]
    still = post(50, next_at - 60)

    opened = Counter(facts.status for facts in race(12, next_at, losing=losing, first=100))

    assert still.status is Status.REJECTED
    assert opened == {Status.ACCEPTED: 4, Status.REJECTED: 8}


def test_CAM_10_without_the_condition_the_limit_would_be_exceeded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configure(limits=Limits(hourly=1))
    original = limits.take
    monkeypatch.setattr(limits, "take", lambda *args: replace(original(*args), condition=None))

    first, second = post_during_post()

    assert first.status is second.status is Status.ACCEPTED


def test_CAM_10_resolved_conflicts_take_no_second_place() -> None:
    configure(limits=Limits(daily=5))

    with fault(conflicting, on={"TransactWriteItems"}, when=first(3)) as fired:
        facts = post(1)

    assert len(fired) == 3
    assert facts.status is Status.ACCEPTED
    assert counts_taken().in_hour == 1


def test_CAM_10_lasting_conflicts_are_503_and_take_no_place() -> None:
    configure(limits=Limits(daily=5))

    with fault(conflicting, on={"TransactWriteItems"}), pytest.raises(Unavailable):
        post(1)

    assert stored() == []
    assert counts_taken().in_hour == 0


def test_row_9_a_separate_write_would_lose_a_place_with_each_conflict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configure(limits=Limits(daily=5))
    write_limits_separately(monkeypatch)

    with fault(conflicting, on={"TransactWriteItems"}, when=first(3)):
        post(1)

    assert counts_taken().in_hour > 1


@pytest.mark.parametrize("crash", [dying, dying_after])
@pytest.mark.parametrize("number", range(1, 7))
def test_row_11_a_crash_at_any_step_takes_no_place_without_a_lead(crash: Fault, number: int) -> None:
    configure(limits=Limits(hourly=5, daily=5))
    restart()

    with fault(crash, on=ALL, when=step(number)), suppress(Crash):
        post(1)
    restart()

    assert counts_taken().in_hour == len(stored())
    post(1, external_id="again")
    assert counts_taken().in_hour == len(stored())


def test_row_11_a_separate_write_would_take_a_place_without_a_lead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configure(limits=Limits(daily=5))
    write_limits_separately(monkeypatch)

    with fault(dying, on={"TransactWriteItems"}), pytest.raises(Crash):
        post(1)

    assert (counts_taken().in_hour, stored()) == (1, [])


def test_CAM_10_a_declined_lead_takes_no_place() -> None:
    configure(limits=Limits(daily=2), duplicates=Duplicates(enabled=True))

    first = post(1, same=True)
    repeated = [post(number, same=True) for number in (2, 3, 4)]
    second = post(5)
    test = post(6, test=True)
    over = post(7)

    assert first.status is Status.ACCEPTED
    assert {post_until_answered.status for post_until_answered in repeated} == {Status.DUPLICATE}
    assert second.status is Status.ACCEPTED
    assert test.status is Status.ACCEPTED
    assert over.failed == ("limits/CAM-10/daily",)


def test_CAM_10_another_campaign_has_its_own_limits() -> None:
    configure(limits=Limits(daily=0))
    create_campaign("cmp_2", policy=Policy(10))

    other = receive_lead(Submission("cmp_2", LEAD, None, "lead_other"), NOW).facts

    assert post(1).status is Status.REJECTED
    assert other is not None
    assert other.status is Status.ACCEPTED


def write_limits_separately(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the limits' row separately before the lead, as the code must not do."""
    together = batch.write

    def write_separately(writes: Sequence[batch.Write], token: str) -> None:
        for post_until_answered in writes:
            if isinstance(post_until_answered, batch.Put | batch.Update) and isinstance(
                post_until_answered.row, ShareRow
            ):
                batch.write_one(post_until_answered)
        together(
            [
                post_until_answered
                for post_until_answered in writes
                if not isinstance(post_until_answered.row, ShareRow)
            ],
            token,
        )

    monkeypatch.setattr(batch, "write", write_separately)
