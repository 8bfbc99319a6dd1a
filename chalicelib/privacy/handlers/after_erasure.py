"""Rows of persons that TTL or the system removed, from the stream of the table `people` (RET-15)."""

import functools
from typing import Any

from chalice.app import Blueprint, DynamoDBEvent

from chalicelib import clock, observability
from chalicelib.aws.events import each_record
from chalicelib.core.errors import Unavailable
from chalicelib.leads.store import people
from chalicelib.observability import observe
from chalicelib.privacy.usecases.finish_erasure import ErasureResult, ErasureStatus, finish_erasure
from chalicelib.privacy.usecases.require_clock import require_clock
from chalicelib.template import attribute

_SKEW_S = 300

events = Blueprint(__name__)


@events.on_dynamodb_record(
    stream_arn=attribute("PeopleTable", "StreamArn"), batch_size=25, starting_position="TRIM_HORIZON"
)
@observe
def after_erasure(event: DynamoDBEvent) -> dict[str, Any]:
    """Finish the erasure of every lead that lost a row; alarm for a removal before its time (RET-16)."""
    checked = functools.cache(lambda: require_clock(clock.now()))

    def finish_checked(keys: dict[str, str]) -> None:
        checked()
        finish(keys)

    return each_record(event, "after_erasure", finish_checked, clock.now())


def finish(keys: dict[str, str]) -> None:
    """Finish the erasure of the lead with these keys, and check that its time had come."""
    lead_id = keys["lead_id"]
    if lead_id.startswith(people.ATTEMPTS):
        return  # a refused post after its day
    _check_result(lead_id, finish_erasure(lead_id, "stream", clock.now()))


def _check_result(lead_id: str, result: ErasureResult) -> None:
    """Ask for the record again if two clocks may differ; otherwise alarm, because the row was removed too early."""
    if result.status in (ErasureStatus.FINISHED, ErasureStatus.ALREADY):
        return
    if result.due_in_s is not None and result.due_in_s <= _SKEW_S:
        raise Unavailable(
            "The lead's end is within the tolerance of two clocks; the stream repeats the record."
        )
    observability.metric("UnexpectedRemoval", 1)
    observability.log("ERROR", "a person's row was removed before its end", lead_id=lead_id)
