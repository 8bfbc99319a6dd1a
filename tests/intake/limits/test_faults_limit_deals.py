"""Limits are dealt out to their rows: by whom, and what a crash, a race or an earlier release leaves (CAM-10)."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock

import pytest
from botocore.awsrequest import AWSResponse

from chalicelib import clock, settings
from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns import store
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Limits
from chalicelib.campaigns.store import FormerRow
from chalicelib.campaigns.usecases.change_campaign import change_campaign
from chalicelib.campaigns.usecases.create_campaign import create_campaign
from chalicelib.campaigns.usecases.deal_limits import deal_limits, deal_saved_limits, read_rows
from chalicelib.core.errors import Unavailable
from chalicelib.core.share_deals import deal_shares
from chalicelib.core.shares import Measures
from chalicelib.leads.domain.leads import Status
from chalicelib.organisation import store as configuration
from tests.factories.leads import MANAGER, NOW, create_organisation
from tests.harness import faults
from tests.harness.faults import (
    ALL,
    Attempt,
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
    metered,
    step,
)
from tests.intake.limits import former_limits
from tests.intake.limits.limits_support import configure, counts_taken, fill, post, save, stored_shares
from tests.scenarios.intake import restart, stored

TRANSACTION = frozenset({"TransactWriteItems"})
HOUR = 3_600


@pytest.fixture(autouse=True)
def _organisation(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_LONGEST_BACKOFF_S", 0.02)
    create_organisation()


def pauses(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list to which each pause between two tries is added."""
    noted: list[int] = []
    monkeypatch.setattr(clock, "backoff", noted.append)
    return noted


def change_limits(limits: Mapping[str, int]) -> None:
    """Change the limits as a manager does."""
    version = read_version()
    change_campaign(MANAGER, "cmp_1", version, {"limits": Limits(**limits)}, None, NOW)


def saved_campaign() -> Campaign:
    """Return the campaign as it is saved."""
    campaign = configuration.get(Campaign, "cmp_1", NOW)
    assert campaign is not None
    return campaign


def read_version() -> int:
    """Return the version of the campaign's settings."""
    return saved_campaign().version


def test_CAM_10_the_request_that_saves_limits_deals_them(monkeypatch: pytest.MonkeyPatch) -> None:
    noted = pauses(monkeypatch)

    change_limits({"hourly": 100})
    version = read_version()

    assert [share.shares for share in stored_shares()] == [Measures(10)] * 10
    assert {share.of for share in stored_shares()} == {version}
    assert post(1).status is Status.ACCEPTED
    assert noted == []


def test_CAM_10_a_new_campaign_has_its_limits_dealt() -> None:
    values = {"name": "New", "project_id": "prj_1", "lead_type_id": "lt_1", "source": "site"}

    create_campaign(MANAGER, "cmp_9", {**values, "limits": Limits(daily=50)}, None, NOW)

    assert [share.shares for share in read_rows("cmp_9", NOW).shares] == [Measures(None, 10)] * 5


def test_CAM_10_other_settings_deal_nothing() -> None:
    change_limits({"hourly": 100})
    before = stored_shares()

    change_campaign(MANAGER, "cmp_1", read_version(), {"name": "Renamed"}, None, NOW)

    assert stored_shares() == before
    assert post(1).status is Status.ACCEPTED


def test_CAM_10_a_lead_deals_from_its_fourth_try(monkeypatch: pytest.MonkeyPatch) -> None:
    noted = pauses(monkeypatch)
    save(limits=Limits(daily=100))

    with metered() as meter:
        lead = post(1)

    assert lead.status is Status.ACCEPTED
    assert noted == [1, 2, 3]
    assert meter.operations["TransactWriteItems"] == 2  # the deal and the lead
    assert counts_taken().in_day == 1


def test_CAM_10_a_lead_that_waits_for_the_deal_deals_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = save(limits=Limits(daily=100))
    monkeypatch.setattr(clock, "backoff", lambda attempt: deal_saved_limits(before.limits, after, NOW))

    assert post(1).status is Status.ACCEPTED

    assert {share.deal for share in stored_shares()} == {1}


def test_CAM_10_a_saver_that_cannot_deal_has_saved(capsys: pytest.CaptureFixture[str]) -> None:
    change_limits({"daily": 2})
    version = read_version()

    with fault(conflicting, on=TRANSACTION, when=lambda attempt: attempt.number > 1):
        change_limits({"daily": 3})

    assert read_version() == version + 1
    assert "limits_not_dealt" in capsys.readouterr().out
    assert [post(number).status for number in range(4)] == [Status.ACCEPTED] * 3 + [Status.REJECTED]


@pytest.mark.parametrize("crash", [dying, dying_after])
@pytest.mark.parametrize("number", range(1, 14))
def test_row_11_a_saver_that_crashes_at_any_step_leaves_exact_limits(crash: Fault, number: int) -> None:
    change_limits({"daily": 40})
    for lead in range(3):
        post(lead)
    restart()

    with fault(crash, on=ALL, when=step(number)), suppress(Crash):
        change_limits({"daily": 5})
    restart()

    verdicts = Counter(post(lead).status for lead in range(3, 9))
    assert verdicts[Status.ACCEPTED] == (2 if saved_campaign().limits == Limits(daily=5) else 6)
    assert counts_taken().in_day == 3 + verdicts[Status.ACCEPTED]


@pytest.mark.parametrize("crash", [dying, dying_after])
@pytest.mark.parametrize("number", range(1, 9))
def test_row_11_a_lead_that_crashes_while_it_deals_takes_no_place(crash: Fault, number: int) -> None:
    save(limits=Limits(daily=40))
    restart()

    with fault(crash, on=ALL, when=step(number)), suppress(Crash):
        post(1)
    restart()

    assert counts_taken().in_day == len(stored())
    post(2)
    assert counts_taken().in_day == len(stored())


@pytest.mark.parametrize("losing", [lost, conflicting])
def test_row_5_a_deal_whose_answer_is_lost_counts_everything_once(losing: Fault) -> None:
    change_limits({"daily": 20})
    for number in range(12):
        post(number)

    with fault(losing, on=TRANSACTION, when=first_of_each_call if losing is lost else first(0)):
        change_limits({"daily": 30})

    assert counts_taken().in_day == 12
    assert [share.shares.day for share in stored_shares()] == [10, 10, 10]
    assert {share.deal for share in stored_shares()} == {2}


def test_CAM_10_what_was_taken_counts_after_a_change_of_the_limits() -> None:
    change_limits({"hourly": 40})
    for number in range(25):
        post(number)

    change_limits({"hourly": 26, "daily": 1_000})

    assert counts_taken().in_hour == 25
    assert [post(number).status for number in (30, 31)] == [Status.ACCEPTED, Status.REJECTED]


def test_CAM_10_a_lowered_limit_is_dealt_again_when_there_is_room() -> None:
    change_limits({"hourly": 40})
    for number in range(25):
        post(number, NOW if number < 22 else NOW + 30 * 60)

    change_limits({"hourly": 20})

    assert {share.shares.hour for share in stored_shares()} == {0}
    assert post(30, NOW + HOUR - 60).status is Status.REJECTED
    restart()
    later = [post(number, NOW + HOUR).status for number in range(40, 60)]
    assert Counter(later) == {Status.ACCEPTED: 17, Status.REJECTED: 3}


def test_CAM_10_rows_dealt_for_later_settings_than_restored_ones_are_dealt_again() -> None:
    change_limits({"daily": 5})
    post(1)
    later = deal_shares(stored_shares(), Measures(None, 90), 99, NOW, "UTC")
    batch.write([store.put("cmp_1", share) for share in later], batch.token_of("later"))

    statuses = [post(number).status for number in range(2, 8)]

    assert statuses == [Status.ACCEPTED] * 4 + [Status.REJECTED] * 2
    assert counts_taken().in_day == 5


def test_CAM_10_a_slow_saver_leaves_rows_of_later_settings() -> None:
    before, older = save(limits=Limits(daily=5))
    change_limits({"daily": 50})

    deal_saved_limits(before.limits, older, NOW)

    assert {share.of for share in stored_shares()} == {older.version + 1}


def test_CAM_10_many_at_once_while_the_limits_change_are_never_above() -> None:
    changes = iter([{"daily": 10}, {"daily": 35, "hourly": 45}, {"hourly": 60}, {"daily": 30}])
    change_limits({"daily": 60})
    one_at_a_time = Lock()

    def act(number: int) -> Status | None:
        if number % 20 == 10:
            with one_at_a_time:
                change_limits({"hourly": 90} | next(changes))
            return None
        for _ in range(20):
            with suppress(Unavailable):
                return post(number).status
        raise AssertionError("never answered")

    with ThreadPoolExecutor(12) as pool:
        verdicts = Counter(pool.map(act, range(80)))
    more = [post(number).status for number in range(100, 140)]

    assert counts_taken().in_day == len([lead for lead in stored() if lead.status is Status.ACCEPTED])
    assert counts_taken().in_day == max(30, verdicts[Status.ACCEPTED])
    assert more.count(Status.ACCEPTED) == counts_taken().in_day - verdicts[Status.ACCEPTED]


def test_CAM_10_the_row_of_an_earlier_release_is_continued() -> None:
    for number in range(7):
        former_limits.take(former_limits.read(NOW), NOW + number * 10)
    save(limits=Limits(daily=20, hourly=9))

    statuses = [post(number, NOW + 60).status for number in range(3)]

    assert statuses == [Status.ACCEPTED] * 2 + [Status.REJECTED]
    assert counts_taken().in_day == 9


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("later", [0, 60, HOUR])
def test_CAM_10_a_function_of_an_earlier_release_takes_no_place_beside_the_rows(
    exists: bool, later: int
) -> None:
    if exists:
        former_limits.take(former_limits.read(NOW), NOW)
    read = former_limits.read(NOW)
    configure(limits=Limits(daily=20))

    for state in (read, former_limits.read(NOW)):
        with pytest.raises(batch.Cancelled):
            former_limits.take(state, NOW + later)

    assert counts_taken().in_day == int(exists)


def test_CAM_10_a_return_to_an_earlier_release_and_back_counts_with_the_next_deal() -> None:
    configure(limits=Limits(daily=20))
    post(1)
    for row in FormerRow.scan(FormerRow.slot == "now"):
        if row.counter == former_limits.NAME:
            row.delete()  # as docs/data-model.md says
    for _ in range(3):
        former_limits.take(former_limits.read(NOW), NOW)

    change_limits({"daily": 21})

    assert counts_taken().in_day == 4
    assert former_limits.read(NOW).in_day == 0
    assert [post(number).status for number in range(2, 20)].count(Status.ACCEPTED) == 17


def partly(act: Callable[[], object]) -> Fault:
    """Answer only the first half of a batch read, and let `act` happen before the rest is read."""

    def does(attempt: Attempt) -> AWSResponse:
        name = settings.current().table_prefix + "counters"
        keys = attempt.body["RequestItems"][name]["Keys"]
        answer = json.loads(attempt.send().content)
        wanted = [key["counter"]["S"] for key in keys[: len(keys) // 2]]
        rows = [row for row in answer["Responses"][name] if row["counter"]["S"] in wanted]
        act()
        left = {name: {"Keys": keys[len(keys) // 2 :], "ConsistentRead": True}}
        return faults._answer(attempt, 200, {"Responses": {name: rows}, "UnprocessedKeys": left})

    return does


def test_CAM_10_rows_of_two_deals_are_read_again() -> None:
    configure(limits=Limits(daily=400))
    fill(lambda share: (0, 12 if share.number < 16 else 0, 0))

    def deal_again() -> None:
        before, after = save(limits=Limits(daily=401))
        deal_saved_limits(before.limits, after, NOW)

    with fault(partly(deal_again), on={"BatchGetItem"}, when=step(1)):
        rows = read_rows("cmp_1", NOW)

    assert {share.deal for share in rows.shares} == {2}
    assert sum(share.counts.in_day for share in rows.shares) == 12 * 16


def test_CAM_10_without_the_second_read_a_free_limit_would_seem_reached() -> None:
    configure(limits=Limits(daily=400))
    fill(lambda share: (0, 12 if share.number < 16 else 0, 0))

    def deal_again() -> None:
        before, after = save(limits=Limits(daily=200))
        deal_saved_limits(before.limits, after, NOW)

    with fault(partly(deal_again), on={"BatchGetItem"}, when=step(1)):
        rows = batch.read(store.keys("cmp_1", range(32)), NOW)

    seen = store.from_batch("cmp_1", range(32), rows)
    assert sum(share.counts.in_day for share in seen) > 200 > counts_taken().in_day


def test_CAM_10_leads_that_deal_at_once_deal_once() -> None:
    _, campaign = save(limits=Limits(daily=40))

    within = meanwhile(lambda: deal_limits(campaign, "UTC", NOW))

    with fault(within, on=TRANSACTION, when=step(1)), pytest.raises(batch.Cancelled):
        deal_limits(campaign, "UTC", NOW)

    again = deal_limits(campaign, "UTC", NOW)
    assert {share.deal for share in again} == {1}
