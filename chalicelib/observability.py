"""Logs and metrics through powertools. Only named keys are allowed, so that no personal data is logged."""

import functools
import sys
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Literal, ParamSpec, TypeVar, cast

from chalicelib import clock, settings

if TYPE_CHECKING:
    from aws_lambda_powertools.logging import Logger

NAMESPACE = "Leadwarden"
KEYS = frozenset(
    "request_id function route method status ms kind frames lead_id job_id user_id count table code event_id".split()
)
_FRAMES = 12

P = ParamSpec("P")
R = TypeVar("R")
Value = str | int | float | list[str]


class EventFailed(Exception):
    """An event function failed. The message is the kind of the failure, without its values."""


def log(level: Literal["INFO", "WARNING", "ERROR"], message: str, **keys: Value) -> None:
    """Write one line; raise ValueError for keys outside `KEYS`, which could hold personal data."""
    if not keys.keys() <= KEYS:
        raise ValueError(f"these keys are not allowed in a log line: {sorted(keys.keys() - KEYS)}")
    getattr(_logger(), level.lower())(message, extra=keys)


def log_failure(error: BaseException | None, **keys: Value) -> None:
    """Log an exception by its type and the places in its traceback, without any value."""
    log("ERROR", "failed", kind=_kind(error), frames=_frames(error), **keys)


def metric(name: str, value: float, unit: str = "Count", **dimensions: str) -> None:
    """Write one count or measurement as an embedded metric, which CloudWatch reads from the log."""
    from aws_lambda_powertools.metrics import MetricUnit, single_metric  # 10 ms: most calls write no metric

    stage = {"stage": settings.current().stage}
    with single_metric(
        name, MetricUnit(unit), value, namespace=NAMESPACE, default_dimensions=stage
    ) as measured:
        for dimension, dimension_value in dimensions.items():
            measured.add_dimension(dimension, dimension_value)


def observe(function: Callable[P, R], *, name: str | None = None) -> Callable[P, R]:
    """Return the event function with logging. Its exceptions are replaced by EventFailed, without their values.

    `name` is the Lambda function's name, where it differs from the Python name.

    Example:
        >>> @observe
        ... def count_records(event: dict[str, list[str]]) -> int:
        ...     return len(event["Records"])
        >>> count_records({"Records": ["one", "two"]})  # doctest: +ELLIPSIS
        {"level":"INFO","message":"event",...,"function":"count_records","ms":...}
        2
    """
    called = name or function.__name__

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        started = clock.monotonic()
        try:
            answer = function(*args, **kwargs)
        except Exception as error:
            log_failure(error, function=called)
            metric("EventFailures", 1, function=called)
            failure = EventFailed(_kind(error))
        else:
            log("INFO", "event", function=called, ms=milliseconds(started))
            return answer
        raise failure

    return run


def milliseconds(started: float) -> float:
    """Return the milliseconds since `started`, a reading of `clock.monotonic`."""
    return round((clock.monotonic() - started) * 1000, 1)


def _kind(error: BaseException | None) -> str:
    return type(error).__qualname__


def _frames(error: BaseException | None) -> list[str]:
    frames = []
    step = error.__traceback__ if error else None
    while step is not None:
        code = step.tb_frame.f_code
        frames.append(f"{code.co_filename.rpartition('/')[2]}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    return frames[-_FRAMES:]


class _StandardOutput:
    """Standard output as it is when a line is written, not as it was when the logger was made."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


@functools.cache
def _logger() -> "Logger":
    from aws_lambda_powertools.logging import Logger  # 20 ms: import it only where a line is written

    return Logger(
        service="leadwarden",
        level=settings.current().log_level,
        stream=cast("IO[str]", _StandardOutput()),
        location=None,
        log_uncaught_exceptions=False,
    )
