"""Counters without personal data (data-model.md, Counters)."""

import pytest
from pynamodb.expressions.operand import Path

from chalicelib.aws.dynamodb import counters
from tests.factories.rows import NOW, write
from tests.harness.faults import fault, first, lost

pytestmark = pytest.mark.usefixtures("aws")
TODAY = "2023-11-14"


def test_INT_11_rejections_are_counted_by_day_and_reason() -> None:
    for number, reason in enumerate(("blocked", "blocked", "campaign_not_active")):
        write(counters.add_rejection("cmp_1", reason, "anyone", f"lead_{number}", NOW))
    write(counters.add_rejection("cmp_1", "blocked", "anyone", "lead_3", NOW + 86_400))

    assert counters.read_day("refusals#cmp_1", TODAY) == {"blocked": 2, "campaign_not_active": 1}
    assert counters.read_day("refusals#cmp_1", "2023-11-15") == {"blocked": 1}
    assert counters.read_day("refusals#cmp_2", TODAY) == {}
    assert counters.read_days("refusals#cmp_1", TODAY, "2023-11-15") == {
        TODAY: {"blocked": 2, "campaign_not_active": 1},
        "2023-11-15": {"blocked": 1},
    }


def test_INT_8_rejections_of_a_day_are_summed_over_sixteen_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(counters, "_SLOTS_A_PAGE", 3)
    write(counters.add_statistic("cmp_1", NOW, "accepted", 1))
    for number in range(100):
        write(counters.add_rejection("cmp_1", "blocked", "anyone", f"lead_{number}", NOW))

    slots = [row.slot for row in counters.CounterRow.query("refusals#cmp_1")]
    assert len(slots) == 16
    assert counters.read_day("refusals#cmp_1", TODAY) == {"blocked": 100}


def test_INT_8_a_day_counted_in_one_row_is_summed_with_its_shards() -> None:
    counters.CounterRow("refusals#cmp_1", TODAY).update([Path(["blocked"]).add(3)])
    write(counters.add_rejection("cmp_1", "blocked", "anyone", "lead_1", NOW))

    assert counters.read_day("refusals#cmp_1", TODAY) == {"blocked": 4}


def test_data_model_statistics_are_counted_on_the_day_of_receipt() -> None:
    write(
        counters.add_statistic("cmp_1", NOW, "accepted", 1),
        counters.add_statistic("cmp_2", NOW, "accepted", 1),
    )
    write(counters.add_statistic("cmp_1", NOW, "accepted", -1))
    write(counters.add_statistic("cmp_1", NOW, "erased", 1))

    assert counters.read_day("statistics#cmp_1", TODAY) == {"accepted": 0, "erased": 1}
    assert counters.read_day("statistics#cmp_2", TODAY) == {"accepted": 1}


def test_a_name_reserved_by_DynamoDB_works() -> None:
    write(
        counters.add_statistic("cmp_1", NOW, "count", 2),
        counters.add_rejection("cmp_1", "ttl", "anyone", "lead_1", NOW),
    )

    assert counters.read_day("statistics#cmp_1", TODAY) == {"count": 2}


def test_ACC_9_bad_credentials_are_counted_by_minute_and_day() -> None:
    counted = [counters.count_failure("crd_1", NOW) for _ in range(3)]
    counters.count_failure("crd_1", NOW + 60)
    counters.count_failure("unknown", NOW)

    assert counted == [1, 2, 3]
    assert counters.failures_on("crd_1", TODAY, NOW) == 4
    assert counters.failures_on("crd_1", TODAY, NOW + 36 * 86_400) == 0
    assert counters.failures_on("crd_1", "2023-11-15", NOW) == 0


def test_ACC_9_a_lost_answer_never_counts_too_few() -> None:
    with fault(lost, when=first(1)):
        assert counters.count_failure("crd_1", NOW) >= 1


@pytest.mark.parametrize("days", [(TODAY, "2023-11-15"), ("2023-11-15", TODAY), (TODAY, TODAY)])
def test_ACC_2_the_last_use_is_the_latest_day(days: tuple[str, str]) -> None:
    assert counters.last_use("crd_1", NOW) is None

    for day in days:
        counters.record_use("crd_1", day)

    assert counters.last_use("crd_1", NOW) == max(days)
    assert counters.last_use("crd_2", NOW) is None


def test_ACC_2_a_lost_answer_stores_the_same_day() -> None:
    with fault(lost, when=first(1)):
        counters.record_use("crd_1", TODAY)

    assert counters.last_use("crd_1", NOW) == TODAY
