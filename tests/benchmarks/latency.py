"""B4: the service's own share of the p99 latency of intake, on a separate local stack."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chalicelib import clock
from chalicelib.aws.dynamodb import rows
from chalicelib.organisation import store as configuration
from infra.local import aws, commands, engine
from infra.local.stack_config import StackConfig, free_port
from tests.benchmarks.cpu import Context, event_of
from tests.benchmarks.environment import environment, lead
from tests.benchmarks.figures import Figure

_CALLS = 600
_WHAT = "intake: own share of p99 latency (the SDK's calls taken out)"


def figures() -> list[Figure]:
    """Return B4, or the reason why it was not measured."""
    place = StackConfig(home=Path(tempfile.mkdtemp()), port=free_port(), throwaway=True)
    if not place.engine_python.exists():
        return [Figure("B4", _WHAT, "ms", 0.25, note="the local stack's engine is not installed")]
    try:
        described = commands.up(place)
        with environment(_environment(place)):
            own, total = _own_and_whole(described["campaign_id"], described["source_token"])
    finally:
        engine.stop(place)
    return [Figure("B4", _WHAT, "ms", 0.25, own * 1000, total * 1000)]


def _own_and_whole(campaign_id: str, token: str) -> tuple[float, float]:
    """Return the service's own time and the total time of the request at the 99th percentile."""
    import app

    taken = []
    with _timed_calls() as inside:
        for number in range(_CALLS):
            event = event_of(campaign_id, _values(number), token)
            inside.clear()
            began = time.perf_counter()
            answer = app.app(event, Context())
            total = time.perf_counter() - began
            assert answer["statusCode"] == 201, answer["body"]
            if number >= _CALLS // 10:
                taken.append((total, total - sum(inside)))
    total, own = sorted(taken)[int(len(taken) * 0.99)]
    return own, total


def _values(number: int) -> dict[str, Any]:
    return lead(number) | {"external_id": clock.new_id("x")}


@contextmanager
def _timed_calls() -> Iterator[list[float]]:
    """Yield the duration in seconds of each SDK call."""
    configuration.ConfigRow._get_connection()
    client: Any = rows.connection().client
    call, inside = client._make_api_call, list[float]()

    def timed(*args: Any) -> Any:
        began = time.perf_counter()
        try:
            return call(*args)
        finally:
            inside.append(time.perf_counter() - began)

    client._make_api_call = timed
    yield inside


def _environment(config: StackConfig) -> dict[str, str]:
    """Return the environment of the stack's intake function, for the stack's root user."""
    functions = aws.client(config, "lambda").list_functions()["Functions"]
    variables = [item.get("Environment", {}).get("Variables", {}) for item in functions]
    (intake,) = [variable for variable in variables if variable.get("ROUTE_GROUP") == "intake"]
    return {**intake, **aws.credentials(config), "ROUTE_GROUP": ""}
