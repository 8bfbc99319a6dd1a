"""Requests that are sent as prepared JSON: each call sends its own, and never the stand-in (B6, INT-11)."""

import json
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.aws.dynamodb import batch, new_rows, rows
from chalicelib.aws.side_by_side import result_of_each
from chalicelib.blocks.store import blocks
from chalicelib.blocks.store.block_rows import BlockRow, block_of, json_of
from tests.factories.rows import NOW, create_block_row, write
from tests.harness.faults import fault, first, meanwhile, metered, step, throttled

pytestmark = pytest.mark.usefixtures("aws")
PLACES = [(f"ref_{number}", "prj_1") for number in range(8)]


@pytest.fixture(autouse=True)
def _eight_blocks(aws: None) -> None:
    write(*(blocks.put(create_block_row(ref), NOW) for ref, _ in PLACES))


def read(place: tuple[str, str]) -> list[str]:
    """Return the refs of the blocks that a batch read finds."""
    return [block.ref for block in blocks.find_all([place], NOW)]


def put(number: int) -> list[int]:
    """Put a new block; return the places of those that were not written."""
    row = json_of(create_block_row(f"new_{number}"))
    unless = "attribute_not_exists(blocked_at) OR expires_at <= :now"
    return new_rows.put_new(BlockRow, [[(row, unless)]], {":now": {"N": str(NOW)}}, f"test/{number}")


def test_a_prepared_read_is_sent_as_the_client_would_send_it() -> None:
    with metered() as meter:
        blocks.find_all(PLACES[:2], NOW)

    keys = [{"ref": {"S": ref}, "scope": {"S": scope}} for ref, scope in PLACES[:2]]
    asked = {batch.table_of(BlockRow): {"Keys": keys, "ConsistentRead": True}}
    assert [attempt.body for attempt in meter.attempts] == [{"RequestItems": asked}]


def test_a_retry_sends_the_same_request() -> None:
    with metered() as meter, fault(throttled, on={"BatchGetItem"}, when=first(2)) as fired:
        assert read(PLACES[3]) == ["ref_3"]

    assert (len(fired), len(meter.attempts)) == (2, 1)
    assert len({json.dumps(attempt.body) for attempt in (*fired, *meter.attempts)}) == 1


@pytest.mark.parametrize("operation", ["BatchGetItem", "TransactWriteItems"])
def test_another_call_of_the_thread_meanwhile_sends_its_own_request(operation: str) -> None:
    seen: list[Any] = []

    def act() -> None:
        seen.extend([read(PLACES[1]), put(1)])
        write(blocks.put(create_block_row("other"), NOW))

    with fault(meanwhile(act), on={operation}, when=step(1)) as fired:
        seen.extend([read(PLACES[2]), put(2)])

    assert len(fired) == 1
    assert sorted(seen) == [[], [], ["ref_1"], ["ref_2"]]
    assert blocks.get("other", "prj_1", NOW) == create_block_row("other")
    assert {read((f"new_{number}", "prj_1"))[0] for number in (1, 2)} == {"new_1", "new_2"}


@pytest.fixture
def _meeting() -> Iterator[None]:
    """Hold every call back, after its request is prepared, until all callers have prepared theirs."""
    barrier, events = threading.Barrier(len(PLACES), timeout=60), rows.connection().client.meta.events

    def meet(**_: object) -> None:
        barrier.wait()

    names = [f"provide-client-params.dynamodb.{name}" for name in ("BatchGetItem", "TransactWriteItems")]
    for name in names:
        events.register(name, meet)
    yield
    for name in names:
        events.unregister(name, meet)


@pytest.mark.usefixtures("_meeting")
def test_threads_send_requests_of_their_own() -> None:
    def put_and_read(place: tuple[str, str]) -> tuple[list[int], list[str]]:
        return put(int(place[0].rpartition("_")[2])), read(place)

    assert result_of_each(put_and_read, PLACES) == [([], [ref]) for ref, _ in PLACES]
    assert {block.ref for block in map(block_of, BlockRow.scan())} == {
        *(ref for ref, _ in PLACES),
        *(f"new_{number}" for number in range(len(PLACES))),
    }


def test_INT_11_an_answer_to_the_stand_in_is_never_an_empty_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client may have lost the hook that puts the request in its place; here it does not find it."""
    events: Any = rows.connection().client.meta.events
    monkeypatch.setitem(events._emitter._lookup_cache, "before-call.dynamodb.BatchGetItem", deque())

    with pytest.raises(Exception, match=r"stand-in|refused a request"):
        read(PLACES[0])


def test_INT_11_an_answered_stand_in_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_replace_body", lambda **_: None)
    connection = rows.connection()
    monkeypatch.setattr(connection, "dispatch", lambda *_: {"Responses": {}})

    with pytest.raises(RuntimeError, match="stand-in"):
        read(PLACES[0])
