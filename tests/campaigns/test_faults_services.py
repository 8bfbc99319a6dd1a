"""A validation provider that is slow, down, or answers badly (fault row 16); each also without its protection."""

import math
import socket
import time
from dataclasses import replace
from decimal import Decimal
from http.client import HTTPResponse
from typing import Any, Literal

import pytest

from chalicelib import clock, settings
from chalicelib.aws import outbound_http
from chalicelib.aws.outbound_http import ProviderError
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Duplicates, Quality, Service
from chalicelib.campaigns.usecases import run_services
from chalicelib.campaigns.usecases.ask_services import BUDGET_S
from chalicelib.core.retention import Policy
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.leads.store import people
from tests.factories.leads import DAY, NOW, create_lead, create_organisation
from tests.harness.api import add_item
from tests.harness.fake_provider import (
    Behaviour,
    answering,
    dripping,
    dripping_for,
    dripping_headers,
    huge,
    providing,
    saying,
    slow,
)
from tests.harness.faults import fault, meanwhile, step
from tests.harness.patience import happens, quickest

SHORT_S = 0.5
SLACK_S = 1.0
BAD: dict[str, Behaviour] = {
    "slow": slow,
    "dripping": dripping,
    "dripping headers": dripping_headers,
    "error": answering({"line_type": "mobile", "duplicate": False}, "500 Internal Server Error"),
    "gone": answering({}, "404 Not Found"),
    "redirect": answering({}, "307 Temporary Redirect", {"Location": "http://127.0.0.1:1/"}),
    "huge": huge,
    "no JSON": saying(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<p>hi"),
    "other JSON": answering([True]),
    "nothing": saying(b""),
}


@pytest.fixture(autouse=True)
def _on_this_machine(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICES_LOOPBACK", "allowed")
    settings.current.cache_clear()
    create_organisation(Policy(10))


@pytest.fixture
def _long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.campaigns.usecases.ask_services.BUDGET_S", 60.0)


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.campaigns.usecases.ask_services.BUDGET_S", SHORT_S)


def create_asking_campaign(url: str, on_failure: Literal["hold", "continue"] = "hold", **more: Any) -> None:
    """Create a campaign with two external services and one of ours, each with a price."""
    price = Decimal("0.02")
    asking = Campaign(
        id="cmp_asking",
        version=1,
        name="Asking",
        project_id="prj_1",
        lead_type_id="lt_1",
        source="site",
        services={
            "line_type": Service(True, price, {"url": url}),
            "external_duplicate": Service(True, price, {"url": url, "contact": "plain"}),
            "city_state": Service(True, price),
        },
        quality=Quality(on_service_failure=on_failure),
    )
    add_item(replace(asking, **more))


def post_timed(below: float = math.inf) -> tuple[Facts, float]:
    """Post a lead. Return its facts, and the seconds that the source waited."""
    return quickest(lambda _: create_lead(clock.new_id("lead"), campaign_id="cmp_asking"), below)


@pytest.mark.usefixtures("_short")
@pytest.mark.parametrize(("on_failure", "status"), [("hold", Status.HELD), ("continue", Status.ACCEPTED)])
@pytest.mark.parametrize("disturbance", BAD)
def test_row_16_a_bad_provider_is_handled_within_the_time_limit(
    disturbance: str, on_failure: Literal["hold", "continue"], status: Status
) -> None:
    with providing(BAD[disturbance]) as service:
        create_asking_campaign(service.url, on_failure)
        facts, waited = post_timed(SHORT_S + SLACK_S)

    assert facts.status is status
    assert waited < SHORT_S + SLACK_S
    assert (
        facts.costs == ()
    )  # a service without an answer is not billed, and one without its fields did not run
    person = people.get(facts.lead_id, NOW + DAY)
    assert person is not None
    assert {name: service["failed"] for name, service in person.decided["services"].items()} == {
        "line_type": True,
        "external_duplicate": True,
        "city_state": False,
    }


def test_row_16_the_default_budget_is_kept() -> None:
    with providing(dripping) as service:
        create_asking_campaign(service.url)
        facts, waited = post_timed(BUDGET_S + SLACK_S)

    assert facts.status is Status.HELD
    assert BUDGET_S - 0.5 < waited < BUDGET_S + SLACK_S


@pytest.mark.usefixtures("_short")
def test_row_16_an_unreachable_provider_is_a_failure() -> None:
    with providing(slow) as service:
        url = service.url
    create_asking_campaign(url)
    facts, waited = post_timed(SHORT_S + SLACK_S)

    assert facts.status is Status.HELD
    assert waited < SHORT_S + SLACK_S


def test_row_16_a_good_answer_counts_while_another_provider_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    with providing(slow) as hanging, providing(answering({"duplicate": True})) as good:
        price = Decimal("0.02")
        services = {
            "line_type": Service(True, price, {"url": hanging.url}),
            "external_duplicate": Service(True, price, {"url": good.url, "contact": "plain"}),
        }
        create_asking_campaign(hanging.url, services=services)
        for budget in (SHORT_S, 2.0, 8.0, 20.0):  # a busy machine may need more for the good answer
            monkeypatch.setattr("chalicelib.campaigns.usecases.ask_services.BUDGET_S", budget)
            facts, waited = post_timed(budget + SLACK_S)
            if facts.status is Status.DUPLICATE:
                break

    assert facts.status is Status.DUPLICATE
    assert facts.costs == ("external_duplicate=0.02",)
    assert waited < budget + SLACK_S


@pytest.mark.usefixtures("_long")
def test_row_16_a_good_provider_is_waited_for() -> None:
    with providing(answering({"line_type": "mobile", "duplicate": False})) as service:
        create_asking_campaign(service.url)
        facts, _ = post_timed()

    assert facts.status is Status.ACCEPTED
    assert facts.costs == ("external_duplicate=0.02", "line_type=0.02")


@pytest.mark.usefixtures("_long")
def test_CAM_13_a_paid_call_of_a_retried_write_is_billed() -> None:
    with providing(answering({"line_type": "mobile", "duplicate": False})) as service:
        create_asking_campaign(service.url, duplicates=Duplicates(enabled=True))
        earlier = meanwhile(lambda: create_lead("lead_0", campaign_id="cmp_asking"))
        with fault(earlier, on={"TransactWriteItems"}, when=step(1)):
            facts, _ = post_timed()

    assert facts.status is Status.DUPLICATE
    assert facts.costs == ("external_duplicate=0.02", "line_type=0.02")


@pytest.mark.usefixtures("_short")
def test_row_16_a_failed_name_lookup_ends_the_wait_and_not_the_lead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbound_http, "_addresses", _slow_lookup(2.0))
    create_asking_campaign("https://api.example.com/")
    facts, waited = post_timed(SHORT_S + SLACK_S)

    assert facts.status is Status.HELD
    assert waited < SHORT_S + SLACK_S


@pytest.mark.usefixtures("_short")
def test_row_16_without_threads_the_lead_would_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbound_http, "_addresses", _slow_lookup(2.0))
    monkeypatch.setattr(run_services, "Thread", _ImmediateThread)
    create_asking_campaign("https://api.example.com/")
    _, waited = post_timed()

    assert waited > SHORT_S + SLACK_S


def test_row_16_without_a_total_time_a_slow_answer_would_be_awaited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with providing(dripping_for(2.5)) as service:
        with pytest.raises(ProviderError, match="timeout"):
            outbound_http.post_json(service.url, {}, until=time.monotonic() + SHORT_S)
        monkeypatch.setattr(outbound_http, "_left", lambda until: SHORT_S)  # each read has its own time limit
        began = time.monotonic()
        assert outbound_http.post_json(service.url, {}, until=began + SHORT_S)["line_type"] == "mobile"
        assert time.monotonic() - began > SHORT_S + SLACK_S


def test_row_16_without_the_size_cap_a_large_answer_would_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    large = {"line_type": "mobile", "more": "x" * 1_000_000}
    with providing(answering(large)) as service:
        with pytest.raises(ProviderError, match="too_large"):
            outbound_http.post_json(service.url, {}, until=time.monotonic() + 60)
        monkeypatch.setattr(outbound_http, "LARGEST", 10**9)
        assert outbound_http.post_json(service.url, {}, until=time.monotonic() + 60) == large


def test_row_16_without_the_status_check_an_error_would_count(monkeypatch: pytest.MonkeyPatch) -> None:
    with providing(BAD["error"]) as service:
        with pytest.raises(ProviderError, match="status"):
            outbound_http.post_json(service.url, {}, until=time.monotonic() + 60)
        real = HTTPResponse.begin

        def begun(answer: Any) -> None:
            real(answer)
            answer.status = 200

        monkeypatch.setattr(HTTPResponse, "begin", begun)
        assert outbound_http.post_json(service.url, {}, until=time.monotonic() + 60)["line_type"] == "mobile"


def test_row_16_without_the_address_check_an_internal_host_would_be_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SERVICES_LOOPBACK")
    settings.current.cache_clear()
    with providing(saying(b"")) as inside:
        url = inside.url.replace("http://", "https://")
        with pytest.raises(ProviderError, match="address"):
            outbound_http.post_json(url, {}, until=time.monotonic() + 60)
        assert inside.reached == 0
        monkeypatch.setattr(outbound_http, "_is_allowed", lambda ip: True)
        with pytest.raises(ProviderError, match=r"unreachable|timeout"):
            outbound_http.post_json(url, {}, until=time.monotonic() + 3)
        assert happens(lambda: inside.reached == 1)


def _slow_lookup(seconds: float) -> Any:
    def look_up(host: str, port: int) -> list[tuple[str, int]]:
        time.sleep(seconds)
        raise socket.gaierror

    return look_up


class _ImmediateThread:
    """A stand-in for a thread that runs the work at once."""

    def __init__(self, target: Any, args: tuple[Any, ...], daemon: bool) -> None:
        self._work = (target, args)

    def start(self) -> None:
        target, args = self._work
        target(*args)
