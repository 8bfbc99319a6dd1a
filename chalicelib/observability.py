"""Logs and metrics: one JSON object a line on standard output, with named keys only, so that no person slips in.

Written with the standard library because every function loads it: powertools' logger and metrics cost more to
import than this project's event functions may, and more per line than a whole Chalice dispatch.
"""

import functools
import json
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from chalicelib import clock, settings

NAMESPACE = "Leadwarden"
KEYS = frozenset(
    "request_id function route method status ms kind frames lead_id job_id count table code event_id".split()
)
_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}
_FRAMES = 12
_ENCODER = json.JSONEncoder(separators=(",", ":"))

P = ParamSpec("P")
R = TypeVar("R")
Value = str | int | float | list[str]


class EventFailed(Exception):
    """An event function failed; carries the kind of the failure, never its values."""


def log(level: str, message: str, **keys: Value) -> None:
    """Write one line; keys outside `KEYS` are refused, so that nobody logs a person by accident."""
    if not keys.keys() <= KEYS:
        raise ValueError(f"not keys of a log line: {sorted(keys.keys() - KEYS)}")
    if _LEVELS[level] >= _LEVELS.get(settings.current().log_level, 20):
        _write({"level": level, "message": message, "at": clock.now(), **keys})


def log_failure(error: BaseException | None, **keys: Value) -> None:
    """Log an exception by its type and the places it passed through, without any value it carries."""
    log("ERROR", "failed", kind=_kind(error), frames=_frames(error), **keys)


def metric(name: str, value: float, unit: str = "Count", **dimensions: str) -> None:
    """Count or measure one thing, as an embedded metric that CloudWatch picks out of the log."""
    declared = {
        "Namespace": NAMESPACE,
        "Dimensions": [sorted(dimensions)],
        "Metrics": [{"Name": name, "Unit": unit}],
    }
    head = {"Timestamp": clock.now() * 1000, "CloudWatchMetrics": [declared]}
    _write({"_aws": head, name: value, **dimensions})


def observed(function: Callable[P, R]) -> Callable[P, R]:
    """Give an event function its log lines; its exceptions leave it without the values they carry."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        started = clock.monotonic()
        try:
            answer = function(*args, **kwargs)
        except Exception as error:
            log_failure(error, function=function.__name__)
            metric("EventFailures", 1, function=function.__name__)
            failure = EventFailed(_kind(error))
        else:
            log("INFO", "event", function=function.__name__, ms=milliseconds(started))
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


def _write(line: dict[str, object]) -> None:
    sys.stdout.write(_ENCODER.encode(line) + "\n")
