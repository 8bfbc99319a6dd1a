"""The way from the SDK to the service: everything above botocore's `before-send` is real.

Serialising, retries, parsing and error classes are botocore's. No request is signed, and none leaves the process.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from typing import Any

import botocore
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

from tests.harness import faults
from tests.harness.conflicts.service import AnswerLost, Service
from tests.harness.conflicts.tables.operations import ServiceError
from tests.harness.faults import Attempt

OPERATIONS = faults.ALL | {"Scan", "TransactGetItems"}
_SIGNER = "choose-signer.dynamodb"


@contextmanager
def answering(client: Any, service: Service) -> Iterator[None]:
    """Let a service answer the calls of a client about rows."""

    def answer(attempt: Attempt) -> AWSResponse:
        try:
            answer = service.call(attempt.operation, attempt.body)
            return _dated(faults._answer(attempt, 200, answer), service.line.now)
        except ServiceError as refused:
            return faults._error(attempt, 400, refused.code, refused.message, **refused.details)
        except AnswerLost:
            raise ReadTimeoutError(endpoint_url=attempt.url) from None

    endpoint = client._endpoint
    events = endpoint._event_emitter
    endpoint._event_emitter = faults._Hook(endpoint, events, answer, OPERATIONS)
    client.meta.events.register(_SIGNER, _unsigned)
    try:
        yield
    finally:
        client.meta.events.unregister(_SIGNER, _unsigned)
        endpoint._event_emitter = events


def _dated(answer: AWSResponse, now: float) -> AWSResponse:
    """Date an answer by the simulated time, as the store's clock."""
    answer.headers["date"] = formatdate(now, usegmt=True)
    return answer


def _unsigned(**_: Any) -> Any:
    return botocore.UNSIGNED
