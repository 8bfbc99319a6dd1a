"""A flood at one route (ACC-13): all are answered, and the buckets of the other routes stay full."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from chalicelib.routes import ROUTES
from infra.local import aws
from infra.local.api import Answer
from infra.throttles import group_of
from tests.e2e.stack import Stack

AT_ONCE = 64
STAGE = "api"
HEALTH = "/v1/health"


def at_once(count: int, call: Any) -> list[Answer]:
    """Call so often at the same time, with the number of the call, and return the answers."""
    with ThreadPoolExecutor(count) as callers:
        return list(callers.map(call, range(count)))


def test_ACC_13_sixty_four_leads_at_once_are_all_accepted(stack: Stack) -> None:
    campaign_id = stack.new_campaign()
    source, path = stack.source_of(campaign_id), f"/v1/campaigns/{campaign_id}/leads"

    answers = at_once(
        AT_ONCE, lambda number: source.post(path, {"first_name": "Gus", "phone": f"305-555-01{number:02}"})
    )

    assert Counter(answer.status for answer in answers) == {201: AT_ONCE}
    assert len({answer.body["lead_id"] for answer in answers}) == AT_ONCE


def test_ACC_13_the_stage_has_the_throttles_of_the_template(stack: Stack) -> None:
    settings = _gateway(stack).get_stage(restApiId=_api(stack), stageName=STAGE)["methodSettings"]
    template = aws.client(stack.config, "cloudformation").describe_stacks(StackName="leadwarden-local")
    values = {each["ParameterKey"]: each["ParameterValue"] for each in template["Stacks"][0]["Parameters"]}
    for route, place in ROUTES.items():
        method, path = route.split(" ")
        group = group_of(place)
        assert (f"{path}/{method}" in settings) is (group is not None), route
        setting = settings[f"{path}/{method}" if group else "*/*"]
        assert setting["throttlingRateLimit"] == float(values[f"{group or 'Api'}Rate"]), route
        assert setting["throttlingBurstLimit"] == int(values[f"{group or 'Api'}Burst"]), route


def test_ACC_13_a_flooded_public_route_starves_no_other_route(stack: Stack) -> None:
    with _burst(stack, HEALTH, 2):
        answers = at_once(8, lambda _: stack.stranger.get(HEALTH))

        assert Counter(answer.status for answer in answers) == {200: 2, 429: 6}
        assert stack.post_lead("305-555-0177").status == 201
        assert stack.stranger.get("/v1/openapi.json").status == 200
        assert stack.user("manager").get("/v1/me").status == 200


@contextmanager
def _burst(stack: Stack, path: str, burst: int) -> Iterator[None]:
    """Let a GET route take so many requests at once, and then one in a thousand seconds, for a `with` block."""
    before = _gateway(stack).get_stage(restApiId=_api(stack), stageName=STAGE)["methodSettings"]
    setting = before[f"{path}/GET"]
    _throttle(stack, path, "0.001", str(burst))
    try:
        yield
    finally:
        rate, burst = setting["throttlingRateLimit"], setting["throttlingBurstLimit"]
        _throttle(stack, path, str(rate), str(burst))


def _throttle(stack: Stack, path: str, rate: str, burst: str) -> None:
    of_route = f"/{path.replace('/', '~1')}/GET/throttling"
    values = {"rateLimit": rate, "burstLimit": burst}
    operations = [
        {"op": "replace", "path": f"{of_route}/{name}", "value": value} for name, value in values.items()
    ]
    _gateway(stack).update_stage(restApiId=_api(stack), stageName=STAGE, patchOperations=operations)


def _gateway(stack: Stack) -> Any:
    return aws.client(stack.config, "apigateway")


def _api(stack: Stack) -> str:
    """Return the id of the API, which its address holds."""
    return str(stack.described["api_url"].split("/")[-2])
