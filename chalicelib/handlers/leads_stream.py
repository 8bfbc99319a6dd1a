"""New leads, from the stream of the table `leads`; a schedule looks for those the stream has lost."""

from typing import Any

from chalice.app import Blueprint, DynamoDBEvent

from chalicelib import clock, observability
from chalicelib.handlers.streams import each_record
from chalicelib.observability import observe
from chalicelib.template import attribute
from chalicelib.usecases.take_up_lead import process_new_lead
from chalicelib.usecases.take_up_missed import process_missed_leads

_RESERVE_MS = 20_000

leads_stream = Blueprint(__name__)


@leads_stream.on_dynamodb_record(stream_arn=attribute("LeadsTable", "StreamArn"), batch_size=100)
@observe
def after_intake(event: DynamoDBEvent) -> dict[str, Any]:
    """Take up every new lead by its id, reading it afresh; on the schedule's event, those that were missed."""
    if "Records" in event.to_dict():
        return each_record(event, lambda keys: process_new_lead(keys["lead_id"], clock.now()))
    return _take_up_missed(event.context)


def _take_up_missed(context: Any) -> dict[str, Any]:
    sweep = process_missed_leads(clock.now(), lambda: context.get_remaining_time_in_millis() > _RESERVE_MS)
    observability.log("INFO", "missed leads taken up", count=sweep.processed)
    observability.metric("LeadsMissed", sweep.processed + sweep.failed)
    return {}
