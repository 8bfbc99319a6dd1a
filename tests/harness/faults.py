"""Faults below the SDK: the failures of the network and of DynamoDB, caused on purpose.

Every call of the system to DynamoDB goes through one client (`rows.connection().client`), and botocore
announces each attempt as `before-send.dynamodb.<Operation>`. A hook there can answer in DynamoDB's place, let
the attempt pass and lose its answer, or end the process. Above the hook everything is real: serialising,
signing, retries, error classes. Below it is the service: moto in process, or the local stack.

    with fault(throttled, on=WRITES, when=first(2)) as fired:
        receive_lead(submission, now)
    assert len(fired) == 2            # the fault really happened

A fault is a function of the `Attempt`. It returns the answer, or raises the error of the network:

    throttled     the answer is: too many requests; nothing is applied
    unreachable   the connection times out before anything is applied
    conflicting   a transaction is cancelled by another one (TransactionConflict); nothing is applied
    too_large     a transaction is cancelled as invalid (ValidationError); nothing is applied
    denied        the role lacks the permission; nothing is applied
    lost          applied, and then the answer is lost (the read times out)
    unprocessed   the answer leaves every item of a batch read or write unprocessed
    leaving(t)    the answer leaves only the keys of table `t` unprocessed in a batch read
    dying         the process ends before the attempt is sent (`Crash`)
    dying_after   the process ends after the attempt was applied (`Crash`)
    meanwhile(f)  `f` runs first, then the call continues: a race with a known outcome

`when` chooses the attempts that fail: `always`, `first(n)`, `step(n)` (the n-th only), `first_of_each_call`
(the first attempt of every call; its retries pass), or any function of the attempt. `on` names operations,
`table` narrows to calls that touch a table (`"people"`).

`metered()` counts instead: calls by operation and table, seconds spent below the hook, and read and write units
by DynamoDB's documented size rules (`units.py`), from the requests that are sent.
"""

import io
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import botocore.endpoint
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from botocore.hooks import first_non_none_response

from chalicelib import settings
from chalicelib.aws.dynamodb import rows
from chalicelib.organisation import store as configuration
from tests.harness import units

WRITES = frozenset({"TransactWriteItems", "BatchWriteItem", "PutItem", "UpdateItem", "DeleteItem"})
READS = frozenset({"BatchGetItem", "GetItem", "Query"})
ALL = WRITES | READS
_ATTEMPT = re.compile(rb"attempt=(\d+)")


class Crash(BaseException):
    """The process ends here: no `except Exception` of the code under test catches it."""


@dataclass(frozen=True)
class Attempt:
    """One attempt to send one call."""

    number: int
    operation: str
    body: dict[str, Any]
    attempt: int
    url: str
    send: Callable[[], AWSResponse]

    @property
    def tables(self) -> Counter[str]:
        """Return the tables that the call touches, by short name, with the number of rows."""
        prefix = settings.current().table_prefix
        return Counter(name.removeprefix(prefix) for name in units.tables_of(self.operation, self.body))


Fault = Callable[[Attempt], AWSResponse | None]
When = Callable[[Attempt], bool]


def always(attempt: Attempt) -> bool:
    """Hit every attempt."""
    return True


def first(count: int) -> When:
    """Hit the first `count` matching attempts."""
    return lambda attempt: attempt.number <= count


def step(number: int) -> When:
    """Hit the `number`-th matching attempt only."""
    return lambda attempt: attempt.number == number


def first_of_each_call(attempt: Attempt) -> bool:
    """Hit the first attempt of every call, and let the SDK's retries through."""
    return attempt.attempt == 1


def throttled(attempt: Attempt) -> AWSResponse:
    """Answer that there are too many requests."""
    return _error(attempt, 400, "ProvisionedThroughputExceededException", "Rate exceeded")


def denied(attempt: Attempt) -> AWSResponse:
    """Answer that the role may not do this."""
    return _error(attempt, 400, "AccessDeniedException", "not authorized")


def conflicting(attempt: Attempt) -> AWSResponse | None:
    """Cancel a transaction as if another one writes its first row. Other operations pass."""
    return _cancelled(attempt, "TransactionConflict")


def too_large(attempt: Attempt) -> AWSResponse | None:
    """Cancel a transaction as if its first row became too large. Other operations pass."""
    return _cancelled(attempt, "ValidationError")


def _cancelled(attempt: Attempt, reason: str) -> AWSResponse | None:
    if attempt.operation != "TransactWriteItems":
        return None
    none: dict[str, Any] = {"Code": "None"}
    reasons = [{"Code": reason, "Message": "of the service"}]
    reasons += [none] * (len(attempt.body["TransactItems"]) - 1)
    code = "TransactionCanceledException"
    return _error(attempt, 400, code, "Transaction cancelled", CancellationReasons=reasons)


def unreachable(attempt: Attempt) -> AWSResponse:
    """Fail to connect."""
    raise ConnectTimeoutError(endpoint_url=attempt.url)


def lost(attempt: Attempt) -> AWSResponse:
    """Apply the call, then lose its answer."""
    attempt.send()
    raise ReadTimeoutError(endpoint_url=attempt.url)


def unprocessed(attempt: Attempt) -> AWSResponse:
    """Answer a batch read or write with every item unprocessed."""
    if attempt.operation == "BatchWriteItem":
        return _answer(attempt, 200, {"UnprocessedItems": attempt.body["RequestItems"]})
    return _answer(attempt, 200, {"Responses": {}, "UnprocessedKeys": attempt.body["RequestItems"]})


def leaving(table: str) -> Fault:
    """Answer a batch read completely except for one table, whose keys are left unprocessed."""

    def does(attempt: Attempt) -> AWSResponse:
        name = settings.current().table_prefix + table
        answer = json.loads(attempt.send().content)
        answer["Responses"].pop(name, None)
        left = {
            table_name: keys
            for table_name, keys in attempt.body["RequestItems"].items()
            if table_name == name
        }
        return _answer(attempt, 200, {**answer, "UnprocessedKeys": left})

    return does


def dying(attempt: Attempt) -> AWSResponse:
    """End the process before the call is sent."""
    raise Crash(f"before {attempt.operation}")


def dying_after(attempt: Attempt) -> AWSResponse:
    """End the process after the call was applied."""
    attempt.send()
    raise Crash(f"after {attempt.operation}")


def meanwhile(act: Callable[[], object]) -> Fault:
    """Run another action before the call continues. Choose one attempt (`when=step(1)`): the action calls, too."""

    def does(attempt: Attempt) -> None:
        act()

    return does


@contextmanager
def fault(
    does: Fault,
    *,
    on: Collection[str] = WRITES,
    when: When = always,
    table: str | None = None,
) -> Iterator[list[Attempt]]:
    """Apply `does` to the matching attempts. Yield the list of the attempts that it changed.

    The SDK's pauses between attempts are skipped, so that no test waits.
    """
    fired: list[Attempt] = []
    seen = iter(range(1, 1 << 62))

    def hook(attempt: Attempt) -> AWSResponse | None:
        if table is not None and table not in attempt.tables:
            return None
        numbered = Attempt(next(seen), *_rest(attempt))
        if not when(numbered):
            return None
        fired.append(numbered)
        return does(numbered)

    with _hooked(hook, on), _without_pauses():
        yield fired


@dataclass
class Meter:
    """The requests that were sent while it ran."""

    attempts: list[Attempt] = field(default_factory=list)
    seconds: float = 0.0
    read_units: float = 0.0
    write_units: float = 0.0

    @property
    def round_trips(self) -> int:
        """Return how often the system waited for the store."""
        return len(self.attempts)

    @property
    def operations(self) -> Counter[str]:
        """Return the calls by operation."""
        return Counter(attempt.operation for attempt in self.attempts)

    @property
    def tables(self) -> Counter[str]:
        """Return the rows touched by table."""
        return sum((attempt.tables for attempt in self.attempts), Counter())


@contextmanager
def metered() -> Iterator[Meter]:
    """Count every call, the time below the hook, and the units it costs by the documented rules."""
    meter = Meter()

    def hook(attempt: Attempt) -> AWSResponse:
        began = time.perf_counter()
        answer = attempt.send()
        meter.seconds += time.perf_counter() - began
        meter.attempts.append(attempt)
        meter.write_units += units.written(attempt.operation, attempt.body, indexes_of)
        meter.read_units += units.read(attempt.operation, attempt.body, json.loads(answer.content))
        return answer

    with _hooked(hook, ALL):
        yield meter


@contextmanager
def _hooked(hook: Callable[[Attempt], AWSResponse | None], on: Collection[str]) -> Iterator[None]:
    """Install a hook under the shared client. The hook of the innermost `with` is called first."""
    configuration.ConfigRow._get_connection()
    endpoint: Any = rows.connection().client._endpoint
    events = endpoint._event_emitter
    endpoint._event_emitter = _Hook(endpoint, events, hook, on)
    try:
        yield
    finally:
        endpoint._event_emitter = events


class _Hook:
    """The endpoint's emitter of events, with a hook before everything that answers `before-send`.

    An ordinary handler is not enough: botocore calls all handlers, so moto would apply a call that an earlier
    handler has refused.
    """

    def __init__(
        self, endpoint: Any, events: Any, hook: Callable[[Attempt], AWSResponse | None], on: Collection[str]
    ) -> None:
        self._endpoint, self._events, self._hook = endpoint, events, hook
        self._on = {f"before-send.dynamodb.{operation}" for operation in on}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._events, name)

    def emit(self, event_name: str, **kwargs: Any) -> Any:
        """Call the hook first. Only without its answer, call the handlers that were there before."""
        if event_name in self._on:
            answer = self._hook(self._attempt(event_name, kwargs["request"]))
            if answer is not None:
                return [(self._hook, answer)]
        return self._events.emit(event_name, **kwargs)

    def _attempt(self, event_name: str, request: Any) -> Attempt:
        def send() -> AWSResponse:
            answer = first_non_none_response(self._events.emit(event_name, request=request))
            sent: AWSResponse = answer or self._endpoint.http_session.send(request)
            return sent

        shown_values = request.headers.get("amz-sdk-request", b"attempt=1")
        number = _ATTEMPT.search(shown_values if isinstance(shown_values, bytes) else shown_values.encode())
        operation = event_name.rpartition(".")[2]
        return Attempt(
            0, operation, json.loads(request.body), int(number[1]) if number else 1, request.url, send
        )


@contextmanager
def _without_pauses() -> Iterator[None]:
    """Skip the SDK's sleep between two attempts."""
    endpoint: Any = botocore.endpoint
    clock = endpoint.time
    endpoint.time = _Sleepless()
    try:
        yield
    finally:
        endpoint.time = clock


class _Sleepless:
    """The `time` module for botocore's endpoint, without sleep."""

    def sleep(self, seconds: float) -> None:
        """Do not sleep."""

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


def _rest(attempt: Attempt) -> tuple[str, dict[str, Any], int, str, Callable[[], AWSResponse]]:
    return attempt.operation, attempt.body, attempt.attempt, attempt.url, attempt.send


def indexes_of(table: str) -> list[dict[str, Any]]:
    """Return the schemas of a table's indexes."""
    short = table.removeprefix(settings.current().table_prefix)
    models = [model for model in rows.Row.__subclasses__() if short == model.TABLE]
    return [dict(index._get_schema()) for model in models for index in model._indexes.values()]


def _error(attempt: Attempt, status: int, code: str, message: str, **more: Any) -> AWSResponse:
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message, **more}
    return _answer(attempt, status, body)


def _answer(attempt: Attempt, status: int, body: dict[str, Any]) -> AWSResponse:
    headers: Any = HeadersDict({"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": "injected"})
    return AWSResponse(attempt.url, status, headers, _Raw(json.dumps(body).encode()))


class _Raw(io.BytesIO):
    """A body as urllib3 returns it."""

    def stream(self, *args: Any, **kwargs: Any) -> Iterator[bytes]:
        """Return the whole body at once."""
        yield self.read()
