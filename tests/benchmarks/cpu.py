"""B3: CPU of the intake handler, with stubs for the stores, ÷ a bare Chalice dispatch."""

import gc
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from chalice.app import Chalice

from chalicelib import clock, observability
from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns import store as limits
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.share_deals import deal_shares
from chalicelib.core.shares import Share
from chalicelib.leads.store import contact_index, leads, people
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import LeadType, Project
from tests.benchmarks.environment import in_memory, lead, strict_lead
from tests.benchmarks.figures import Figure, least_of

_WINDOW_S = 0.002
PATH = "/v1/campaigns/{campaign_id}/leads"


def figures(rounds: int = 300) -> list[Figure]:
    """Return B3 with all settings off, and with 20 criteria, duplicates, limits and consent on. No access is logged."""
    return [
        _figure("everything off", "cmp_lean", lead(1, email=False), 8, rounds),
        _figure("20 criteria, duplicates, limits, consent", "cmp_strict", strict_lead(1), 16, rounds),
    ]


def _figure(what: str, campaign_id: str, values: dict[str, Any], bar: float, rounds: int) -> Figure:
    with in_memory(), _warnings_only(), _stubbed(campaign_id):
        import app

        event = event_of(campaign_id, values)
        bare = _bare()
        assert app.app(event, Context())["statusCode"] == 201
        assert bare(event, Context())["statusCode"] == 200
        gc.freeze()  # the rest of this process is not part of a function
        floor, own = least_of(rounds, _seconds(bare, event), _seconds(app.app, event))
    return Figure("B3", f"intake handler, {what}: CPU", "µs", bar, own * 1e6, floor * 1e6)


@contextmanager
def _warnings_only() -> Iterator[None]:
    """Log as under `LOG_LEVEL=WARNING`. The logger is the process's: other tests get its level back."""
    logger = observability._logger()
    level = logger.log_level
    logger.setLevel("WARNING")
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def _stubbed(campaign_id: str) -> Iterator[None]:
    """Answer every read of a store with the present row (no earlier lead), and accept every write."""
    now = clock.now()
    named = [(Campaign, campaign_id), (LeadType, campaign_id.replace("cmp", "lt")), (Project, "prj_1")]
    items = {item_id: configuration.get(cls, item_id, now) for cls, item_id in named}
    nothing, dealt = batch.BatchRows({}), _dealt(configuration.get(Campaign, campaign_id, now), now)
    stubs: list[tuple[object, Callable[..., Any], Callable[..., Any]]] = [
        (batch, batch.read, lambda keys, now: nothing),
        (batch, batch.write, lambda writes, token: None),
        (
            configuration,
            configuration.cached,
            lambda cls, item_id, now, absent=None: items.get(item_id, absent),
        ),
        (configuration, configuration.from_batch, lambda cls, item_id, batch_rows: items[item_id]),
        (leads, leads.insert, lambda facts: None),
        (people, people.insert, lambda *parts: None),
        (contact_index, contact_index.put_lead, lambda *entry: None),
        (contact_index, contact_index.put_window, lambda *entry: None),
        (limits, limits.from_batch, lambda campaign_id, numbers, rows: [dealt[number] for number in numbers]),
        (limits, limits.take, lambda *entry: None),
    ]
    with ExitStack() as stack:
        for store, function, stub in stubs:
            stack.enter_context(patch.object(store, function.__name__, stub))
        yield


def _dealt(campaign: Campaign | None, now: int) -> list[Share]:
    """Return the rows of the campaign's limits, of which nothing is taken."""
    if campaign is None or not campaign.limits.are_set:
        return []
    return deal_shares([], limits.measures(campaign.limits), campaign.version, now, "UTC")


def _bare() -> Chalice:
    """Return an app with one route of the same path that returns a constant."""
    bare = Chalice("bare", configure_logs=False)

    @bare.route(PATH, methods=["POST"])
    def store_lead(campaign_id: str) -> dict[str, str]:
        return {"lead_id": "lead_1", "status": "accepted"}

    return bare


def _seconds(handler: Callable[[Any, Any], Any], event: dict[str, Any]) -> Callable[[], float]:
    """Return a measure of one call, averaged over as many calls as fit into a fixed time."""
    context = Context()

    def seconds_a_call(calls: int) -> float:
        began = time.process_time()
        for _ in range(calls):
            handler(event, context)
        return (time.process_time() - began) / calls

    fitting = max(1, round(_WINDOW_S / min(seconds_a_call(10) for _ in range(20))))
    return lambda: seconds_a_call(fitting)


def event_of(campaign_id: str, values: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    """Return the event that API Gateway passes to the function."""
    headers = {"content-type": "application/json", "x-forwarded-proto": "https", "host": "api.example.com"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    return {
        "resource": PATH,
        "path": PATH.format(campaign_id=campaign_id),
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"campaign_id": campaign_id},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": PATH,
            "httpMethod": "POST",
            "requestId": "request",
            "identity": {"sourceIp": "198.51.100.7"},
        },
        "body": json.dumps(values),
        "isBase64Encoded": False,
    }


class Context:
    """The context that Lambda passes to a function besides the event."""

    function_name = "leadwarden-test-intake"
    function_version = "1"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:leadwarden-test-intake"
    aws_request_id = "request"

    def get_remaining_time_in_millis(self) -> int:
        """Return enough time."""
        return 29_000
