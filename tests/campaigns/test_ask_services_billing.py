"""Services that could not run are not billed; `either` is no rejection; two addresses are found (CAM-13)."""

from collections.abc import Iterator

import pytest

from chalicelib import settings
from chalicelib.aws import outbound_http
from chalicelib.campaigns.domain.services.result import ServiceResult
from tests.campaigns.test_ask_services import LEAD, ask, reading
from tests.harness.fake_provider import answering, providing


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SERVICES_LOOPBACK", "allowed")
    monkeypatch.setattr("chalicelib.campaigns.usecases.ask_services.BUDGET_S", 60.0)
    settings.current.cache_clear()
    outbound_http.clear_cache()
    yield
    settings.current.cache_clear()


def test_USE_U13_either_is_no_rejection_unless_asked_for() -> None:
    for accept in ("mobile", "fixed", "mobile,voip"):
        assert ask("line_type", accept=accept).passed is None
        assert ask("line_type", accept=accept).detail == {"line_type": "either"}
        assert ask("line_type", accept=accept, reject_unknown="true").passed is None
        assert ask("line_type", accept=accept, reject_either="true").passed is False
        with providing(answering({"line_type": "fixed_line_or_mobile"})) as service:
            assert ask("line_type", url=service.url, accept=accept).passed is None


@pytest.mark.parametrize(
    ("without", "why"), [("city", "no_city"), ("state", "no_state"), ("postal_code", "no_postal_code")]
)
def test_USE_U13_an_address_without_a_part_it_needs_is_not_billed(without: str, why: str) -> None:
    lead = reading({key: value for key, value in LEAD.items() if key != without})
    assert ask("address", lead) == ServiceResult(ran=False, detail={"why": why})
    rejected = ServiceResult(ran=False, passed=False, detail={"why": why})
    assert ask("address", lead, reject_unknown="true") == rejected


def test_FILE_C5_two_addresses_are_told() -> None:
    for street in ("12 Main St 456 Oak Ave", "12 Main St, 456 Oak Ave", "PO Box 7, 12 Main St"):
        result = ask("address", reading({**LEAD, "street": street}))
        assert result == ServiceResult(detail={"why": "two_numbers"})
