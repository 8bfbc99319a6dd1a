"""Shared parts of event functions: the time they have left, their schedule, the records of a stream."""

import functools
from collections.abc import Callable
from typing import Any

import urllib3  # noqa: F401 - first, from a small depth: see `findings/imports-slow-at-some-depths.sh`
from chalice.app import Blueprint, CloudWatchEvent, DynamoDBEvent

from chalicelib.aws.dynamodb import parked
from chalicelib.core.errors import Unavailable
from chalicelib.observability import log_failure, metric, observe

Take = Callable[[dict[str, str]], None]


class TimeBudget:
    """The time a Lambda invocation has left, less a reserve for finishing the work it has begun.

    `event_id` is the id of its event. Lambda repeats a failed invocation with the same event, once that has ended. So
    the id says which leases the failed try has left.
    """

    def __init__(self, context: Any, reserve_s: int, event_id: str | None = None) -> None:
        """Take Lambda's context, the reserve in seconds, and the event's id."""
        self.event_id = event_id
        self._context = context
        self._reserve_ms = reserve_s * 1000

    def has_time(self) -> bool:
        """Return whether more than the reserve is left, so that more work may begin."""
        return bool(self._context.get_remaining_time_in_millis() > self._reserve_ms)


def scheduled(
    events: Blueprint, expression: str, *, reserve_s: int = 20, name: str | None = None
) -> Callable[[Callable[[TimeBudget], None]], Callable[[dict[str, Any], Any], None]]:
    """Register a function on a schedule, with its log lines; it receives its time budget.

    `name` is the Lambda function's name, also in logs and metrics, if it differs from the Python name.

    Example: clean up every hour, while there is time.

        @scheduled(events, "rate(1 hour)", reserve_s=20)
        def clean_up(budget: TimeBudget) -> None:
            use_case.clean_up(budget.has_time, clock.now())
    """

    def register(function: Callable[[TimeBudget], None]) -> Callable[[dict[str, Any], Any], None]:
        @functools.wraps(function)
        def run(event: CloudWatchEvent) -> None:
            function(TimeBudget(event.context, reserve_s, event.event_id or None))

        registered: Callable[[dict[str, Any], Any], None] = events.schedule(expression, name=name)(
            observe(run, name=name)
        )
        return registered

    return register


def each_record(event: DynamoDBEvent, function: str, take: Take, now: int) -> dict[str, Any]:
    """Call `take` with the keys of every record; return the first that failed, so that the batch resumes there.

    A stream is read in order: Lambda continues from the lowest sequence number that is returned. A record that fails
    for a reason of its own is parked at its third failure, and the shard goes on without it. `Unavailable` is never
    counted: the record waits until the store answers.
    """
    for record, keys in zip(event.to_dict()["Records"], record_keys(event), strict=True):
        try:
            take(keys)
        except Exception as error:  # noqa: BLE001  # one bad record must not stop the others
            log_failure(error, function=function, event_id=record["eventID"])
            if not _is_parked(error, function, keys, now):
                return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def record_keys(event: DynamoDBEvent) -> list[dict[str, str]]:
    """Return the keys of every record."""
    keys = (record["dynamodb"]["Keys"] for record in event.to_dict()["Records"])
    return [{name: value["S"] for name, value in each.items()} for each in keys]


def retry_parked(
    function: str, take: Take, has_time: Callable[[], bool], now: int, *, older_than_s: int = 0
) -> None:
    """Call `take` once more with each parked record. A record that fails again stays in the table for 35 days.

    A record that cannot be processed because the store does not answer keeps its try.
    """
    for keys in parked.list_parked(function, now - older_than_s, now):
        if not has_time():
            return
        try:
            take(keys)
            parked.remove(function, keys)
        except Exception as error:  # noqa: BLE001  # one bad record must not stop the others
            log_failure(error, function=function)
            _is_parked(error, function, keys, now)


def _is_parked(error: Exception, function: str, keys: dict[str, str], now: int) -> bool:
    """Count a failure that is the record's own; return True from the third on. Without a count it is not parked."""
    if isinstance(error, Unavailable):
        return False
    try:
        failures = parked.count_failure(function, keys, now)
    except Exception as problem:  # noqa: BLE001  # the record waits, and the batch is answered
        log_failure(problem, function=function)
        return False
    if failures < parked.TRIES:
        return False
    metric("RecordsParked", 1)
    return True
