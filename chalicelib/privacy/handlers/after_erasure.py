"""Rows of people that went, by TTL or by our own hand (RET-15)."""

from typing import Any

from chalice.app import Blueprint, DynamoDBEvent

from chalicelib import clock, observability
from chalicelib.aws.events import each_record
from chalicelib.core.errors import Unavailable
from chalicelib.observability import observe
from chalicelib.privacy.usecases.finish_erasure import ErasureResult, ErasureStatus, finish_erasure
from chalicelib.template import attribute

_SKEW_S = 300

events = Blueprint(__name__)


@events.on_dynamodb_record(
    stream_arn=attribute("PeopleTable", "StreamArn"), batch_size=25, starting_position="TRIM_HORIZON"
)
@observe
def after_erasure(event: DynamoDBEvent) -> dict[str, Any]:
    """Finish the erasure of every lead a row was removed of; alarm where nobody ordered the removal (RET-16)."""
    return each_record(event, lambda keys: _finish(keys["lead_id"]))


def _finish(lead_id: str) -> None:
    _judge(lead_id, finish_erasure(lead_id, "stream", clock.now()))


def _judge(lead_id: str, outcome: ErasureResult) -> None:
    """Ask for the record again where clocks may differ; otherwise a removal before its due was not ours."""
    if outcome.status in (ErasureStatus.FINISHED, ErasureStatus.ALREADY):
        return
    if outcome.due_in_s is not None and outcome.due_in_s <= _SKEW_S:
        raise Unavailable("The lead is due within the tolerance of two clocks; the record comes again.")
    observability.metric("UnexpectedRemoval", 1)
    observability.log("ERROR", "a person's row was removed before its due", lead_id=lead_id)
