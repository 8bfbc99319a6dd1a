"""Limits in several rows: which are read, which is written, and when all of them are (CAM-10, B1, B2)."""

from collections import Counter
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.campaigns.domain.campaign_settings import Criteria, Limits
from chalicelib.core.access import Actor
from chalicelib.core.shares import Share, used
from chalicelib.intake.domain.decision import Stored
from chalicelib.intake.usecases.explain_lead import explain_lead
from chalicelib.leads.domain.leads import Status
from chalicelib.leads.store import people
from tests.factories.leads import NOW, create_organisation
from tests.harness.faults import Attempt, conflicting, fault, first, metered
from tests.intake.limits.limits_support import (
    configure,
    counts_taken,
    fill,
    person,
    post,
    save,
    stored_shares,
    submission,
)
from tests.scenarios.intake import restart

TRANSACTION = frozenset({"TransactWriteItems"})
SOURCE = Actor(kind="credential", id="crd_1", campaign_ids=frozenset({"cmp_1"}))
FULL = (10, 10, 10)


@pytest.fixture(autouse=True)
def _organisation(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_LONGEST_BACKOFF_S", 0.02)
    create_organisation()


def limit_rows_of(attempts: list[Attempt]) -> list[list[str]]:
    """Return for each call the names of the rows of limits that it reads or writes."""
    return [rows for attempt in attempts if (rows := sorted(_rows(attempt.body)))]


def _rows(body: Any) -> list[str]:
    if isinstance(body, dict):
        counter = body.get("counter")
        own = [counter["S"]] if isinstance(counter, dict) and counter["S"].startswith("limits#") else []
        return own + [name for value in body.values() for name in _rows(value)]
    return [name for value in body for name in _rows(value)] if isinstance(body, list) else []


def leave(places: dict[int, tuple[int, int, int]], share: Share) -> tuple[int, int, int]:
    """Return a row of ten places that is full but for those places."""
    left = places.get(share.number, (0, 0, 0))
    return (10 - left[0], 10 - left[1], 10 - left[2])


def test_CAM_10_two_rows_are_read_and_one_is_written() -> None:
    post(1)
    with metered() as without:
        post(2)
    configure(limits=Limits(hourly=400, daily=400, monthly=400))
    post(3)

    with metered() as meter:
        post(4)

    read, written = limit_rows_of(meter.attempts)
    assert len(read) == 2
    assert len(written) == 1
    assert set(written) <= set(read)
    assert meter.round_trips == without.round_trips == 2
    assert (meter.read_units - without.read_units, meter.write_units - without.write_units) == (2, 2)


def test_CAM_10_a_campaign_without_limits_reads_no_row_of_them() -> None:
    post(1)
    with metered() as meter:
        post(2)

    assert limit_rows_of(meter.attempts) == []


def test_CAM_10_the_row_of_a_cancelled_write_is_left_out() -> None:
    configure(limits=Limits(daily=400))

    for number in range(12):
        with fault(conflicting, on=TRANSACTION, when=first(1)), metered() as meter:
            post(number)

        first_read, (met,), second_read, (chosen,) = limit_rows_of(meter.attempts)
        assert met in first_read
        assert met not in second_read
        assert met != chosen


def test_CAM_10_the_last_places_of_many_rows_are_found() -> None:
    configure(limits=Limits(hourly=100))
    left = {3: (1, 0, 0), 7: (1, 0, 0), 8: (1, 0, 0)}
    fill(lambda share: leave(left, share))

    statuses = [post(number).status for number in range(6)]

    assert statuses == [Status.ACCEPTED] * 3 + [Status.REJECTED] * 3
    assert counts_taken().in_hour == 100


def test_CAM_10_places_that_are_free_only_in_different_rows_are_taken_together() -> None:
    configure(limits=Limits(hourly=100, daily=100, monthly=100))
    fill(lambda share: leave({1: (2, 0, 0), 4: (0, 2, 0), 6: (0, 0, 1)}, share))

    with metered() as meter:
        first_lead = post(1)
    second = post(2)

    assert (first_lead.status, second.status) == (Status.ACCEPTED, Status.REJECTED)
    assert second.failed == ("limits/CAM-10/monthly",)
    assert len(limit_rows_of(meter.attempts)[-1]) == 3
    assert (counts_taken().in_hour, counts_taken().in_day, counts_taken().in_month) == (99, 99, 100)


def test_CAM_10_a_rejected_lead_knows_the_sum_of_all_rows() -> None:
    configure(limits=Limits(hourly=100, monthly=10_000))
    fill(lambda share: (10, 30, 500))

    rejected = post(1)

    found = people.get(rejected.lead_id, NOW)
    assert found is not None
    assert rejected.failed == ("limits/CAM-10/hourly",)
    assert (found.decided["limits"]["taken"], found.decided["limits"]["in_month"]) == (100, 5_000)


def test_CAM_10_that_a_limit_is_reached_is_remembered_for_the_minute() -> None:
    configure(limits=Limits(daily=100))
    fill(lambda share: FULL)

    def reads(now: int) -> list[int]:
        with metered() as meter:
            assert post(number := next(numbers), now).status is Status.REJECTED, number
        return [len(rows) for rows in limit_rows_of(meter.attempts)]

    numbers = iter(range(100))
    assert reads(NOW) == [2, 10]
    assert reads(NOW + 1) == [2]
    assert reads(NOW + 60) == [2, 10]
    restart()
    assert reads(NOW + 60)[-1] == 10


def test_CAM_10_a_raised_limit_is_seen_at_once_although_it_was_reached() -> None:
    configure(limits=Limits(daily=20))
    fill(lambda share: FULL)
    assert post(1).status is Status.REJECTED

    configure(limits=Limits(daily=21))

    assert [post(number).status for number in (2, 3)] == [Status.ACCEPTED, Status.REJECTED]
    assert counts_taken().in_day == 21


def test_CAM_10_a_lead_that_is_rejected_before_the_limits_reads_no_more_rows() -> None:
    criteria = Criteria({"field": "first_name", "op": "equals", "value": "Ada"})
    configure(limits=Limits(daily=100), criteria=criteria)
    fill(lambda share: FULL)

    with metered() as meter:
        rejected = post(1)

    assert rejected.reasons == ("outside_criteria",)
    assert [len(rows) for rows in limit_rows_of(meter.attempts)] == [2]


def test_CAM_10_leads_spread_over_the_rows() -> None:
    configure(limits=Limits(daily=400))

    for number in range(40):
        post(number)

    assert sum(used(share)[1] for share in stored_shares()) == 40
    assert sum(used(share)[1] > 0 for share in stored_shares()) > 10


@pytest.mark.parametrize("dealt", [True, False])
def test_CAM_18_a_dry_run_agrees_with_the_real_lead(dealt: bool) -> None:
    configure(limits=Limits(daily=100))
    fill(lambda share: (5, 5, 5))
    settings = {"limits": Limits(daily=50 if dealt else 60)}
    configure(**settings) if dealt else save(**settings)

    verdicts: Counter[tuple[Status, Status]] = Counter()
    for number in range(12):
        explained = explain_lead(submission(number, person(number)), NOW).decision.decision
        assert isinstance(explained, Stored)
        verdicts[explained.status, post(number).status] += 1

    accepted = 0 if dealt else 10
    assert verdicts == {
        key: count
        for key, count in {
            (Status.ACCEPTED, Status.ACCEPTED): accepted,
            (Status.REJECTED, Status.REJECTED): 12 - accepted,
        }.items()
        if count
    }


def test_CAM_18_a_dry_run_writes_no_row_of_limits() -> None:
    save(limits=Limits(daily=100))

    with metered() as meter:
        explain_lead(submission(1, person(1)), NOW)

    assert {attempt.operation for attempt in meter.attempts} & TRANSACTION == set()
    assert stored_shares() == []
