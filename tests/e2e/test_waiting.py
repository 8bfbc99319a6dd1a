"""Erasure by the clock alone (`make waiting`): no test calls the schedule (RET-14, RET-15).

The engine's time to live and the local schedule run every minute. `max_lag` is a minute unless a test sets it.
"""

import time
from collections.abc import Callable

import pytest

from tests.e2e.stack import Stack, eventually
from tests.e2e.test_retention import ends_soon
from tests.e2e.toggles import without_stream, without_time_to_live

pytestmark = pytest.mark.waiting
_CADENCE_S = 240


def _is_finished(stack: Stack, lead_id: str) -> Callable[[], bool]:
    def finished() -> bool:
        receipts = [
            row for row in stack.rows("ledger", "subject", f"lead/{lead_id}") if "receipt" in str(row["kind"])
        ]
        left = stack.rows("people", "lead_id", lead_id)
        directory = [row for row in stack.scan("contacts") if lead_id in str(row)]
        return bool(receipts) and not left and not directory

    return finished


def test_RET_15_ttl_stream_and_schedule_finish_the_erasure(stack: Stack) -> None:
    stack.set_max_lag("PT1M")
    lead_id, _ = ends_soon(stack, "+1 202-555-0180")
    eventually(_is_finished(stack, lead_id), _CADENCE_S)


def test_RET_15_the_schedule_finishes_the_erasure_without_the_stream(stack: Stack) -> None:
    stack.set_max_lag("PT1M")
    with without_stream(stack):
        lead_id, _ = ends_soon(stack, "+1 202-555-0181")
        eventually(_is_finished(stack, lead_id), _CADENCE_S)


def test_RET_15_the_schedule_finishes_the_erasure_without_ttl(stack: Stack) -> None:
    stack.set_max_lag("PT0S")
    with without_time_to_live(stack):
        lead_id, until = ends_soon(stack, "+1 202-555-0182")
        eventually(_is_finished(stack, lead_id), _CADENCE_S)
    assert time.time() >= until
