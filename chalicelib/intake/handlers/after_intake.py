"""New leads from the stream of the table `leads`. A schedule finds the ones that the stream has lost."""

from typing import Any

from chalice.app import Blueprint, DynamoDBEvent

from chalicelib import clock, observability
from chalicelib.aws.events import TimeBudget, each_record, retry_parked
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.observability import observe
from chalicelib.template import attribute

_RESERVE_S = 20

events = Blueprint(__name__)


@events.on_dynamodb_record(stream_arn=attribute("LeadsTable", "StreamArn"), batch_size=100)
@observe
def after_intake(event: DynamoDBEvent) -> dict[str, Any]:
    """Process every new lead by its id; on the schedule's event try the parked ones again, then the missed ones."""
    if "Records" in event.to_dict():
        return each_record(event, "after_intake", _process, clock.now())
    return _process_missed(TimeBudget(event.context, _RESERVE_S))


def _process(keys: dict[str, str]) -> None:
    process_new_lead(keys["lead_id"], clock.now())


def _process_missed(budget: TimeBudget) -> dict[str, Any]:
    from chalicelib.intake.usecases.process_missed_leads import process_missed_leads  # for the schedule (B5)

    retry_parked("after_intake", _process, budget.has_time, clock.now())
    sweep = process_missed_leads(budget.has_time, clock.now())
    observability.log("INFO", "missed leads processed", count=sweep.processed)
    observability.metric("LeadsMissed", sweep.processed + sweep.failed)
    return {}
