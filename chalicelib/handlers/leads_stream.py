"""New leads, from the stream of the table `leads`."""

from typing import Any

from chalice.app import Blueprint, DynamoDBEvent

from chalicelib import clock
from chalicelib.handlers.streams import each_record
from chalicelib.observability import observed
from chalicelib.template import attribute
from chalicelib.usecases.take_up_lead import take_up_lead

leads_stream = Blueprint(__name__)


@leads_stream.on_dynamodb_record(stream_arn=attribute("LeadsTable", "StreamArn"), batch_size=100)
@observed
def after_intake(event: DynamoDBEvent) -> dict[str, Any]:
    """Take up every new lead by its id, reading it afresh."""
    return each_record(event, lambda keys: take_up_lead(keys["lead_id"], clock.now()))
