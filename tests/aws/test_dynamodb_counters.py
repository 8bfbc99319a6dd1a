"""Counters without personal data (data-model.md, Counters)."""

import pytest
from pynamodb.expressions.operand import Path

from chalicelib.aws.dynamodb import counters, rows
from chalicelib.aws.dynamodb.batch import Update
from tests.factories.rows import NOW, write
from tests.harness.faults import fault, first, lost

pytestmark = pytest.mark.usefixtures("aws")
TODAY = "2023-11-14"


def count(name: str, amount: int, *, write_id: str = "one", campaign_id: str = "cmp_1") -> Update:
    return counters.add_statistics(campaign_id, NOW, {name: amount}, write_id)


def _numbers(slot: str) -> dict[str, int]:
    """Return the numbers of one row."""
    items = rows.page(
        counters.CounterRow, "statistics#cmp_1", limit=1, between=counters.CounterRow.slot == slot
    ).items
    return {name: int(value["N"]) for name, value in items[0].items() if "N" in value}


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


def test_INT_8_rejections_of_a_day_are_summed_over_32_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "_SLOTS_A_PAGE", 3)
    write(count("accepted", 1))
    for number in range(200):
        write(counters.add_rejection("cmp_1", "blocked", "anyone", f"lead_{number}", NOW))

    slots = [row.slot for row in counters.CounterRow.query("refusals#cmp_1")]
    assert len(slots) == 32
    assert counters.read_day("refusals#cmp_1", TODAY) == {"blocked": 200}


def test_INT_8_a_day_counted_in_one_row_is_summed_with_its_shards() -> None:
    counters.CounterRow("refusals#cmp_1", TODAY).update([Path(["blocked"]).add(3)])
    write(counters.add_rejection("cmp_1", "blocked", "anyone", "lead_1", NOW))

    assert counters.read_day("refusals#cmp_1", TODAY) == {"blocked": 4}


def test_data_model_statistics_are_counted_on_the_day_of_receipt() -> None:
    write(count("accepted", 1), count("accepted", 1, campaign_id="cmp_2"))
    write(count("accepted", -1, write_id="other"))
    write(count("erased", 1))

    assert counters.read_day("statistics#cmp_1", TODAY) == {"accepted": 0, "erased": 1}
    assert counters.read_day("statistics#cmp_2", TODAY) == {"accepted": 1}


def test_data_model_statistics_of_a_day_are_summed_over_32_rows_also_negative_ones() -> None:
    for number in range(200):
        write(count("accepted", 2, write_id=f"count {number}"))
        write(count("accepted", -1, write_id=f"review {number}"))

    found = list(counters.CounterRow.query("statistics#cmp_1"))
    assert {row.slot for row in found} == {TODAY, *(f"{TODAY}#{number:02d}" for number in range(1, 32))}
    assert min(_numbers(row.slot)["accepted"] for row in found) < 0
    assert counters.read_day("statistics#cmp_1", TODAY) == {"accepted": 200}


def test_data_model_a_day_counted_in_one_row_by_an_earlier_release_counts_too() -> None:
    counters.CounterRow("statistics#cmp_1", TODAY).update([Path(["accepted"]).add(3)])
    for number in range(9):
        write(count("accepted", 1, write_id=f"count {number}"))

    assert counters.read_day("statistics#cmp_1", TODAY) == {"accepted": 12}


def test_data_model_each_write_leaves_another_mark_on_its_row() -> None:
    """The row of these two writes is the same: only its mark shows that it was written in between."""
    marks = set()
    for write_id in ("count 0", "count 0 again 33"):
        write(count("accepted", 1, write_id=write_id))
        (item,) = rows.page(counters.CounterRow, "statistics#cmp_1", limit=9).items
        marks.add(item["w"]["S"])

    assert len(marks) == 2


def test_a_name_reserved_by_DynamoDB_works() -> None:
    write(count("count", 2), counters.add_rejection("cmp_1", "ttl", "anyone", "lead_1", NOW))

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
