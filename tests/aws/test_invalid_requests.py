"""What AWS refuses as invalid can never succeed: it is a fault of ours, and never `Unavailable` (SEC-A3)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from chalicelib.aws import clients
from chalicelib.aws.dynamodb import batch, rows
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core.errors import LeadwardenError, NotFound, RequestFault, Unavailable
from chalicelib.leads.store import leads, people
from chalicelib.leads.store.leads_rows import FactsRow
from tests.factories.rows import DUE, NOW, PERSON, create_facts
from tests.harness.faults import fault, metered, too_large

pytestmark = pytest.mark.usefixtures("aws")
HUGE = replace(PERSON, extras={"a": "x" * 410_000})
TOO_LARGE = batch.Put(people.update("lead_1", HUGE, DUE, NOW).row, None)
TOKEN = batch.token_of("test")


@pytest.mark.parametrize(
    "request_it",
    [
        lambda: batch.write([TOO_LARGE, leads.insert(create_facts())], TOKEN),
        lambda: batch.write_one(TOO_LARGE),
        lambda: rows.get(FactsRow, "", "lead", NOW),
    ],
    ids=["transaction", "single write", "read"],
)
def test_SEC_A3_an_invalid_request_is_a_fault_of_ours(request_it: Callable[[], object]) -> None:
    leads.get("lead_9", NOW)
    with metered() as meter, pytest.raises(RequestFault):
        request_it()
    assert sum(meter.operations.values()) == 1


def test_SEC_A3_a_transaction_that_is_cancelled_as_invalid_is_not_tried_again() -> None:
    leads.get("lead_9", NOW)
    with fault(too_large) as fired, pytest.raises(RequestFault):
        retrying(
            lambda _: batch.write([leads.insert(create_facts()), people.insert("lead_1", PERSON, DUE, NOW)], TOKEN),
            tries=8,
            message="never",
        )  # fmt: skip
    assert len(fired) == 1


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "PutObject")


def error_of(code: str) -> LeadwardenError:
    return NotFound("gone") if code == "NoSuchKey" else Unavailable("no answer")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (client_error("KeyTooLongError"), RequestFault),
        (client_error("ValidationException"), RequestFault),
        (client_error("InvalidParameterException"), RequestFault),
        (ParamValidationError(report="a value"), RequestFault),
        (client_error("NoSuchKey"), NotFound),
        (client_error("SlowDown"), Unavailable),
        (client_error("AccessDenied"), Unavailable),
    ],
)
def test_SEC_A3_a_service_that_refuses_a_request_is_not_unavailable(
    error: Any, kind: type[Exception]
) -> None:
    with (
        pytest.raises(Exception, match=r"gone|no answer|invalid") as raised,
        clients.translate_errors(error_of),
    ):
        raise error
    assert type(raised.value) is kind
    assert "a value" not in str(raised.value)
