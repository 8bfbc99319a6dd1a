"""Follow what the functions write, one line each, as CloudWatch would keep it."""

import time
from collections.abc import Iterator
from typing import Any

from infra.local import aws
from infra.local.deploy import STACK
from infra.local.stack_config import StackConfig

_PREFIX = f"/aws/lambda/{STACK}-"
_LAMBDAS_OWN = ("START ", "END ", "REPORT ")
_POLL_S = 1


def follow(config: StackConfig, since_s: int) -> None:
    """Print the functions' lines of the last `since_s` seconds and go on until interrupted."""
    client = aws.client(config, "logs")
    shown: set[tuple[int, str]] = set()
    start_ms = int(time.time() - since_s) * 1000
    while True:
        fresh = sorted(set(_lines(client, start_ms)) - shown)
        for _, line in fresh:
            print(line, flush=True)
        shown.update(fresh)
        time.sleep(_POLL_S)


def _lines(client: Any, start_ms: int) -> Iterator[tuple[int, str]]:
    for group in client.describe_log_groups(logGroupNamePrefix=_PREFIX)["logGroups"]:
        name = group["logGroupName"]
        for event in client.filter_log_events(logGroupName=name, startTime=start_ms)["events"]:
            if not event["message"].startswith(_LAMBDAS_OWN):
                line = f"{name.removeprefix(_PREFIX):<16} {event['message'].rstrip()}"
                yield event["timestamp"], line
