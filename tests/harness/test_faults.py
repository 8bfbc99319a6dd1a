"""The faults really happen, and the meter counts by the documented rules."""

from dataclasses import replace

import pytest

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import Block
from chalicelib.blocks.store import blocks
from chalicelib.core.errors import Unavailable
from tests.harness import units
from tests.harness.faults import (
    READS,
    WRITES,
    Crash,
    Fault,
    denied,
    dying,
    dying_after,
    fault,
    first,
    first_of_each_call,
    lost,
    metered,
    step,
    throttled,
    unprocessed,
    unreachable,
)

NOW = 1_700_000_000
BLOCK = Block("ref", "prj_1", NOW, None, "user", "usr_1", "…47")


def block() -> None:
    """Write one block."""
    batch.write([blocks.put(BLOCK, NOW)], "token")


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("does", [throttled, unreachable])
def test_a_fault_before_sending_is_retried_by_the_SDK(does: Fault) -> None:
    with fault(does, when=first(1)) as fired:
        block()

    assert [attempt.attempt for attempt in fired] == [1]
    assert blocks.get("ref", "prj_1", NOW) == BLOCK


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("does", [throttled, unreachable, denied])
def test_a_lasting_fault_applies_nothing(does: Fault) -> None:
    with fault(does) as fired, pytest.raises(Unavailable):
        block()

    assert len(fired) == (1 if does is denied else 3)
    assert blocks.get("ref", "prj_1", NOW) is None


@pytest.mark.usefixtures("aws")
def test_a_call_with_a_lost_answer_was_applied() -> None:
    with fault(lost) as fired, pytest.raises((Unavailable, batch.Cancelled)):
        block()

    assert fired
    assert blocks.get("ref", "prj_1", NOW) == BLOCK


@pytest.mark.usefixtures("aws")
def test_a_crash_before_applies_nothing_and_a_crash_after_applies() -> None:
    with fault(dying), pytest.raises(Crash):
        block()
    assert blocks.get("ref", "prj_1", NOW) is None

    with fault(dying_after), pytest.raises(Crash):
        block()
    assert blocks.get("ref", "prj_1", NOW) == BLOCK


@pytest.mark.usefixtures("aws")
def test_only_the_chosen_attempts_tables_and_operations_fail() -> None:
    with (
        fault(throttled, when=step(2)) as second,
        fault(throttled, table="people") as other,
        fault(throttled, on=READS) as reads,
    ):
        block()
        assert (second, other, reads) == ([], [], [])

        batch.write([blocks.put(replace(BLOCK, ref="ref2"), NOW)], "token")
        assert [attempt.number for attempt in second] == [2]
    assert blocks.get("ref2", "prj_1", NOW) is not None


@pytest.mark.usefixtures("aws")
def test_only_first_attempts_can_fail_while_retries_pass() -> None:
    with fault(throttled, when=first_of_each_call) as fired:
        block()
        batch.write([blocks.put(replace(BLOCK, ref="ref2"), NOW)], "token")

    assert [attempt.number for attempt in fired] == [1, 3]


@pytest.mark.usefixtures("aws")
def test_unprocessed_keys_are_requested_again() -> None:
    block()

    with fault(unprocessed, on={"BatchGetItem"}, when=first(2)) as fired:
        rows = batch.read(blocks.keys(["ref"], "prj_1"), NOW)

    assert len(fired) == 2
    assert blocks.from_batch(["ref"], "prj_1", rows) == [BLOCK]


@pytest.mark.usefixtures("aws")
def test_the_meter_counts_calls_rows_and_units() -> None:
    with metered() as meter:
        block()
        batch.read(blocks.keys(["ref", "other"], "prj_1"), NOW)

    assert meter.operations == {"TransactWriteItems": 1, "BatchGetItem": 1}
    assert meter.tables == {"blocks": 5}
    assert meter.write_units == 3  # twice one for the row, one for `by_scope`
    assert meter.read_units == 4  # a block and three absent rows
    assert meter.seconds > 0


@pytest.mark.usefixtures("aws")
def test_the_innermost_hook_is_called_first() -> None:
    with metered() as wire, fault(throttled, when=first(1)), metered() as code:
        block()

    assert (code.round_trips, wire.round_trips) == (2, 1)


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"ab": {"S": "é"}}, 4),
        ({"n": {"N": "1700000000"}}, 1 + 2),
        ({"n": {"N": "-12345"}}, 1 + 5),
        ({"b": {"BOOL": True}}, 2),
        ({"l": {"L": [{"S": "ab"}]}}, 1 + 3 + 1 + 2),
        ({"m": {"M": {"k": {"S": "v"}}}}, 1 + 3 + 1 + 1 + 1),
    ],
)
def test_item_sizes_follow_the_documented_rules(item: units.Item, size: int) -> None:
    assert units.item_bytes(item) == size


def test_a_write_costs_one_unit_a_KB_and_double_in_a_transaction() -> None:
    put = {"TableName": "t", "Item": {"a": {"S": "x" * 1023}}}
    more = {"TableName": "t", "Item": {"a": {"S": "x" * 1024}}}

    assert units.written("PutItem", put, lambda _: []) == 1
    assert units.written("PutItem", more, lambda _: []) == 2
    assert units.written("TransactWriteItems", {"TransactItems": [{"Put": more}]}, lambda _: []) == 4


def test_an_index_entry_costs_a_unit_only_with_both_keys() -> None:
    def index(_: str) -> list[units.Item]:
        keys = [{"AttributeName": name} for name in ("h", "r")]
        return [{"key_schema": keys, "projection": {"ProjectionType": "KEYS_ONLY"}}]

    both: units.Item = {"TableName": "t", "Item": {"h": {"S": "1"}, "r": {"N": "1"}}}
    hash_only: units.Item = {"TableName": "t", "Item": {"h": {"S": "1"}}}

    assert units.written("PutItem", both, index) == 2
    assert units.written("PutItem", hash_only, index) == 1


def test_reads_and_writes_do_not_overlap() -> None:
    assert not WRITES & READS
