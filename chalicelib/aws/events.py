"""Records of a stream, one at a time, each failure reported on its own."""

from collections.abc import Callable
from typing import Any

from chalice.app import DynamoDBEvent

from chalicelib.observability import log_failure


def each_record(event: DynamoDBEvent, take: Callable[[dict[str, str]], None]) -> dict[str, Any]:
    """Hand the keys of every record to `take`; name the first that failed, so that the batch resumes there.

    A stream is read in order: Lambda continues from the lowest sequence number that is named.
    """
    for record in event.to_dict()["Records"]:
        change = record["dynamodb"]
        try:
            take({name: value["S"] for name, value in change["Keys"].items()})
        except Exception as error:  # noqa: BLE001  # one bad record must not hold the others
            log_failure(error, function=take.__module__, event_id=record["eventID"])
            return {"batchItemFailures": [{"itemIdentifier": change["SequenceNumber"]}]}
    return {"batchItemFailures": []}
