"""A stream record that fails for a reason of its own is parked, and the shard goes on (INT-10, events.md)."""

from collections.abc import Callable
from typing import Any

import pytest
from chalice.app import DynamoDBEvent

from chalicelib.aws.dynamodb import parked, rows
from chalicelib.aws.events import each_record, retry_parked
from chalicelib.core.errors import Unavailable
from chalicelib.core.times import DAY_S
from tests.aws.test_events import metrics, removal
from tests.factories.leads import NOW
from tests.harness.faults import WRITES, fault, unreachable

pytestmark = pytest.mark.usefixtures("aws")


def poison(keys: dict[str, str]) -> None:
    if keys["lead_id"] == "lead_2":
        raise ValueError("of a person")


def unavailable(keys: dict[str, str]) -> None:
    raise Unavailable("no answer")


def seen_by(take: Callable[[dict[str, str]], None], done: list[str]) -> Callable[[dict[str, str]], None]:
    def run(keys: dict[str, str]) -> None:
        take(keys)
        done.append(keys["lead_id"])

    return run


def batch_of(*lead_ids: str) -> DynamoDBEvent:
    records = [removal(n, {"lead_id": lead_id, "part": "lead"}) for n, lead_id in enumerate(lead_ids, 1)]
    return DynamoDBEvent({"Records": records}, {})


def failed(answer: dict[str, Any]) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def test_SEC_A3_a_poison_record_is_parked_at_its_third_failure(capsys: pytest.CaptureFixture[str]) -> None:
    # given a record that never succeeds, between two others
    done: list[str] = []
    take = seen_by(poison, done)

    # when Lambda delivers it, and again from the record that failed
    answers = [each_record(batch_of("lead_1", "lead_2", "lead_3"), "after_intake", take, NOW)]
    answers += [each_record(batch_of("lead_2", "lead_3"), "after_intake", take, NOW) for _ in range(2)]

    # then the shard goes on after the third failure, with an alarm, and the row has ids only
    assert [failed(answer) for answer in answers] == [["2"], ["1"], []]
    assert done == ["lead_1", "lead_3"]
    text = capsys.readouterr().out
    assert metrics(text)["RecordsParked"] == 1
    assert "of a person" not in text
    (row,) = rows.query(parked.ParkedRow, "parked#after_intake", NOW)
    assert (row.slot, row.n) == ('{"lead_id":"lead_2","part":"lead"}', 3)


def test_SEC_A3_unavailable_is_never_parked() -> None:
    for _ in range(10):
        assert failed(each_record(batch_of("lead_1"), "after_intake", unavailable, NOW)) == ["1"]
    assert rows.query(parked.ParkedRow, "parked#after_intake", NOW) == []


def test_SEC_A3_a_failure_that_cannot_be_counted_is_not_parked() -> None:
    for _ in range(4):
        with fault(unreachable, on=WRITES):
            assert failed(each_record(batch_of("lead_2"), "after_intake", poison, NOW)) == ["1"]


def test_SEC_A3_an_error_of_the_count_itself_stops_no_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> int:
        raise ValueError("of the count")

    monkeypatch.setattr(parked, "count_failure", fails)
    assert failed(each_record(batch_of("lead_2"), "after_intake", poison, NOW)) == ["1"]


def test_SEC_A3_each_function_and_record_has_its_own_count() -> None:
    for function in ("after_intake", "after_erasure"):
        for _ in range(2):
            assert failed(each_record(batch_of("lead_2"), function, poison, NOW)) == ["1"]
    assert failed(each_record(batch_of("lead_2"), "after_intake", poison, NOW)) == []
    assert failed(each_record(batch_of("lead_2"), "after_erasure", poison, NOW)) == []


def park(lead_id: str = "lead_2", at: int = NOW) -> None:
    for _ in range(3):
        each_record(batch_of(lead_id), "after_intake", poison, at)


def test_SEC_A3_the_daily_run_tries_a_parked_record_once_more() -> None:
    park()
    done: list[str] = []
    for _ in range(3):
        retry_parked("after_intake", seen_by(poison, done), lambda: True, NOW + DAY_S)
    (row,) = rows.query(parked.ParkedRow, "parked#after_intake", NOW)
    assert (row.n, done) == (4, [])


def test_SEC_A3_a_parked_record_that_succeeds_is_removed() -> None:
    park()
    done: list[str] = []
    retry_parked("after_intake", lambda keys: done.append(keys["lead_id"]), lambda: True, NOW + DAY_S)
    assert done == ["lead_2"]
    assert rows.query(parked.ParkedRow, "parked#after_intake", NOW) == []


def test_SEC_A3_a_parked_record_keeps_its_try_while_the_store_does_not_answer() -> None:
    park()
    retry_parked("after_intake", unavailable, lambda: True, NOW + DAY_S)
    assert parked.list_parked("after_intake", NOW + DAY_S, NOW) == [{"lead_id": "lead_2", "part": "lead"}]


def test_a_parked_record_waits_for_its_day_and_for_time() -> None:
    park()
    done: list[str] = []
    take = seen_by(lambda keys: None, done)
    retry_parked("after_intake", take, lambda: True, NOW + DAY_S - 1, older_than_s=DAY_S)
    retry_parked("after_intake", take, lambda: False, NOW + DAY_S)
    assert done == []
    retry_parked("after_intake", take, lambda: True, NOW + DAY_S, older_than_s=DAY_S)
    assert done == ["lead_2"]


def test_a_parked_record_is_gone_after_35_days() -> None:
    park()
    assert rows.query(parked.ParkedRow, "parked#after_intake", NOW + 35 * DAY_S) == []
