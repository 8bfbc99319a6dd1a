"""New leads from the stream of the table `leads`. A schedule finds the ones that the stream has lost."""

from typing import Any

from chalice.app import Blueprint, DynamoDBEvent

from chalicelib import clock, observability
from chalicelib.aws.events import TimeBudget, each_record, record_keys, retry_parked
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.intake.usecases.process_new_leads import process_new_leads
from chalicelib.observability import observe
from chalicelib.template import attribute

_RESERVE_S = 20
_FOLDING_S = 60

events = Blueprint(__name__)


@events.on_dynamodb_record(stream_arn=attribute("LeadsTable", "StreamArn"), batch_size=100)
@observe
def after_intake(event: DynamoDBEvent) -> dict[str, Any]:
    """Process every new lead by its id; on the schedule's event do what a day needs."""
    if "Records" in event.to_dict():
        return _process_records(event)
    return _process_day(TimeBudget(event.context, _RESERVE_S))


def _process_records(event: DynamoDBEvent) -> dict[str, Any]:
    complete = process_new_leads([keys["lead_id"] for keys in record_keys(event)], clock.now())
    return each_record(event, "after_intake", lambda keys: complete(keys["lead_id"]), clock.now())


def _process(keys: dict[str, str]) -> None:
    process_new_lead(keys["lead_id"], clock.now())


def _process_day(budget: TimeBudget) -> dict[str, Any]:
    """Try parked leads again, fold the statistics of earlier days, and process the missed leads.

    The missed leads come last, because they may take all the time; folding has at most a minute.
    """
    from chalicelib.intake.usecases.process_missed_leads import process_missed_leads  # for the schedule (B5)
    from chalicelib.reports.usecases.fold_statistics import fold_statistics

    retry_parked("after_intake", _process, budget.has_time, clock.now())
    until = clock.monotonic() + _FOLDING_S
    folded = fold_statistics(lambda: budget.has_time() and clock.monotonic() < until, clock.now())
    observability.log("INFO", "days of statistics folded", count=folded)
    sweep = process_missed_leads(budget.has_time, clock.now())
    observability.log("INFO", "missed leads processed", count=sweep.processed)
    observability.metric("LeadsMissed", sweep.processed + sweep.failed)
    return {}
