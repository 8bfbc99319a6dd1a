"""A campaign's services: the fields each needs, its results, and its time (CAM-13, CAM-25)."""

import hashlib
import hmac
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib import settings
from chalicelib.aws import outbound_http
from chalicelib.campaigns import gateways as geodata
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Service
from chalicelib.campaigns.domain.services.result import ServiceResult
from chalicelib.campaigns.usecases.ask_services import (
    ServiceQuestions,
    ServiceResults,
    ask_services,
    available_services,
)
from chalicelib.organisation.domain.fields import ParsedSubmission
from chalicelib.organisation.domain.grading import SERVICES
from tests.harness.fake_provider import FakeProvider, answering, providing, slow
from tests.harness.ip_database import create_database
from tests.harness.patience import quickest

NUMBER = "+12025550147"
LEAD = {
    "street": "123 Main Street",
    "city": "Beverly Hills",
    "state": "California",
    "postal_code": "90210-1234",
    "phone": NUMBER,
    "email": "ada@example.com",
}


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SERVICES_LOOPBACK", "allowed")
    # a busy machine is not a slow service
    monkeypatch.setattr("chalicelib.campaigns.usecases.ask_services.BUDGET_S", 60.0)
    settings.current.cache_clear()
    geodata.clear_cache()
    outbound_http.clear_cache()
    yield
    geodata.clear_cache()


def reading(
    fields: Mapping[str, Any] | None = None, *, test: bool = False, **evidence: Any
) -> ParsedSubmission:
    values = LEAD if fields is None else fields
    kinds = (("phone", "phone"), ("phone", "phone2"), ("email", "email"))
    contacts = tuple((kind, key, values[key]) for kind, key in kinds if key in values)
    return ParsedSubmission(dict(values), {}, evidence, contacts, (), test)


def campaign(*, version: int = 1, **services: Any) -> Campaign:
    return Campaign(
        id="cmp_1",
        version=version,
        name="A",
        project_id="prj_1",
        lead_type_id="lt_1",
        source="web",
        services={name: Service(True, Decimal("0.01"), dict(options)) for name, options in services.items()},
    )


def ask(name: str, lead: ParsedSubmission | None = None, region: str = "US", **options: str) -> ServiceResult:
    services: dict[str, Any] = {name: options}
    return ask_services(campaign(**services), lead or reading(), {}, region)[name]


def a_secret(name: str = "partner", **content: str) -> None:
    held = json.dumps({"host": "127.0.0.1", **content})
    boto3.client("secretsmanager").create_secret(Name=f"leadwarden-test-service-{name}", SecretString=held)


def has_database(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("GEO_DATABASE", create_database(folder / "geo.mmdb"))
    settings.current.cache_clear()


# --- the address, the city


def test_CAM_13_the_standard_address_is_stored_with_the_original() -> None:
    lead = reading()
    result = ask("address", lead)

    assert result.passed is True
    assert result.values["address_line_1"] == "123 MAIN ST"
    assert result.values["postal_code"] == "90210-1234"
    assert lead.fields == LEAD


@pytest.mark.parametrize("fields", [{"phone": NUMBER}, {**LEAD, "country": "DE"}])
def test_CAM_13_without_an_address_of_the_country_it_does_not_run(
    fields: dict[str, str],
) -> None:
    result = ask("address", reading(fields))
    assert (result.ran, result.failed, result.passed) == (False, False, None)


def test_CAM_13_an_unknown_address_is_neutral_unless_set_to_reject() -> None:
    odd = reading({**LEAD, "street": "asdf", "postal_code": "00000"})
    for name in ("address", "city_state"):
        assert ask(name, odd).passed is None
        assert ask(name, odd).ran
        assert ask(name, odd, reject_unknown="true").passed is False


def test_CAM_13_city_and_state_are_added_from_the_postal_code() -> None:
    result = ask("city_state", reading({"postal_code": "90210-1234"}))
    assert result == ServiceResult(
        passed=True, values={"city": "Beverly Hills", "state": "CA", "country": "US"}
    )


@pytest.mark.parametrize(
    ("fields", "region", "why"),
    [
        ({"city": "Boston"}, "US", "no_postal_code"),
        ({"postal_code": " "}, "US", "no_postal_code"),
        ({"postal_code": "10115"}, "DE", "country"),
        ({"postal_code": "10115", "country": "DE"}, "US", "country"),
    ],
)
def test_CAM_13_without_a_postal_code_nothing_is_looked_up_or_billed(
    fields: dict[str, str], region: str, why: str
) -> None:
    result = ask("city_state", reading(fields), region)
    assert result == ServiceResult(ran=False, detail={"why": why})


def test_CAM_1_a_service_can_use_a_calculated_field() -> None:
    request = ask_services(campaign(city_state={}), reading({}), {"postal_code": "10001"}, "US")
    assert request["city_state"].values["city"] == "New York"


# --- the line


def test_CAM_13_the_line_type_comes_from_the_numbering_plan() -> None:
    assert ask("line_type").values == {"line_type": "either", "by": "numbering_plan"}
    assert ask("line_type").passed is True
    assert ask("line_type", accept="mobile,either").passed is True
    assert ask("line_type", accept="voip").passed is False
    assert ask("line_type", reading({})).detail == {"why": "no_phone"}
    assert ask("line_type", reading({**LEAD, "phone2": "+18002345678"}), field="phone2").values == {
        "line_type": "toll_free",
        "by": "numbering_plan",
    }
    premium = reading({"phone": "+19002345678"})
    assert ask("line_type", premium).passed is None
    assert ask("line_type", premium, accept="mobile").passed is None
    assert ask("line_type", premium, accept="mobile", reject_unknown="true").passed is False
    assert ask("line_type", premium, accept="unknown").passed is True


def test_CAM_13_a_provider_decides_the_line_type() -> None:
    with providing(answering({"line_type": "nonFixedVoip", "name": "Ada"})) as service:
        result = ask("line_type", url=service.url, accept="mobile")

    assert service.last_body == {"phone": NUMBER}
    assert result.passed is False
    assert result.values == {"line_type": "voip", "by": "provider"}
    assert result.detail == {"line_type": "voip"}


@pytest.mark.usefixtures("aws")
def test_CAM_13_a_provider_gets_its_own_secret() -> None:
    a_secret("lookup", authorization="Bearer s3cret")
    with providing(answering({"line_type": "mobile"})) as service:
        assert ask("line_type", url=service.url, secret="lookup").passed is True
        assert b"Authorization: Bearer s3cret" in service.requests[0]
        missing = ask("line_type", url=service.url, secret="missing")

    assert (missing.failed, missing.detail) == (True, {"why": "secret"})
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "answer", [{}, {"line_type": None}, {"line_type": "Ada Lovelace"}, {"line_type": ["mobile"]}]
)
def test_CAM_13_an_unknown_line_type_is_a_failure(answer: dict[str, Any]) -> None:
    with providing(answering(answer)) as service:
        result = ask("line_type", url=service.url)
    assert result == ServiceResult(ran=False, failed=True, detail={"why": "bad_answer"})


# --- the ip address


def test_CAM_13_an_ip_address_is_checked_against_accepted_countries(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    has_database(monkeypatch, tmp_path)
    lead = reading(ip_address="8.8.8.8")

    assert ask("geolocation", lead).values == {"country": "US", "region": "CA"}
    assert ask("geolocation", lead, accept="CA, US").passed is True
    assert ask("geolocation", lead, accept="DE").passed is False
    assert ask("geolocation", lead, accept="DE").detail == {"country": "US"}
    assert ask("geolocation", reading(ip_address="10.0.0.1"), accept="DE").passed is None
    assert ask("geolocation", reading()).detail == {"why": "no_ip_address"}
    assert ask("geolocation", reading(ip_address="2001:db8::1")).failed  # this database has IPv4 only


def test_CAM_21_geolocation_needs_a_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert available_services() == set(SERVICES) - {"geolocation"}
    assert ask("geolocation", reading(ip_address="8.8.8.8")).failed
    has_database(monkeypatch, tmp_path)
    assert available_services() == set(SERVICES)


# --- the duplicate in another system


@pytest.mark.usefixtures("aws")
def test_CAM_25_another_system_gets_keyed_contacts() -> None:
    a_secret(key="shared")
    with providing(answering({"duplicate": True})) as service:
        result = ask("external_duplicate", url=service.url, secret="partner")

    assert (result.passed, result.failed) == (False, False)
    expected = hmac.digest(b"shared", f"phone:{NUMBER}".encode(), hashlib.sha256).hex()
    assert service.last_body["contact"] == "keyed"
    assert service.last_body["contacts"][0] == {"kind": "phone", "value": expected}
    assert NUMBER not in service.requests[0].decode()
    assert "ada@example.com" not in service.requests[0].decode()


def test_CAM_25_another_system_gets_plain_contacts_if_set() -> None:
    with providing(answering({"duplicate": False})) as service:
        result = ask("external_duplicate", url=service.url, contact="plain")

    assert result.passed is True
    assert service.last_body == {
        "contact": "plain",
        "contacts": [{"kind": "phone", "value": NUMBER}, {"kind": "email", "value": "ada@example.com"}],
    }


@pytest.mark.usefixtures("aws")
def test_CAM_25_without_the_key_nothing_is_sent() -> None:
    a_secret(authorization="Bearer x")
    with providing(answering({"duplicate": False})) as service:
        assert ask("external_duplicate", url=service.url).failed
        for name in ("partner", "missing"):
            assert ask("external_duplicate", url=service.url, secret=name).failed
    assert service.requests == []


@pytest.mark.parametrize("answer", [{}, {"duplicate": "yes"}, {"duplicate": 1}, {"duplicate": None}])
def test_CAM_25_an_unclear_answer_is_a_failure(answer: dict[str, Any]) -> None:
    with providing(answering(answer)) as service:
        assert ask("external_duplicate", url=service.url, contact="plain").failed


def test_CAM_25_test_leads_and_leads_without_contacts_are_not_sent() -> None:
    with providing(answering({"duplicate": True})) as service:
        for lead in (reading(test=True), reading({"street": "1 Elm St"})):
            result = ask("external_duplicate", lead, url=service.url, contact="plain")
            assert (result.ran, result.failed, result.passed) == (False, False, None)
    assert service.requests == []


# --- all together


def test_CAM_13_services_run_in_parallel() -> None:
    met = threading.Barrier(2, timeout=60)

    def wait_and_answer(provider: FakeProvider, connection: Any) -> None:
        met.wait()
        answering({"line_type": "mobile", "duplicate": False})(provider, connection)

    with providing(wait_and_answer) as service:
        example = campaign(
            line_type={"url": service.url},
            external_duplicate={"url": service.url, "contact": "plain"},
            address={},
        )
        results = ask_services(example, reading(), {}, "US")
    assert {name: result.passed for name, result in results.items()} == {
        "line_type": True,
        "external_duplicate": True,
        "address": True,
    }


def test_CAM_13_only_enabled_services_run() -> None:
    off = Campaign(
        id="cmp_1",
        name="A",
        project_id="prj_1",
        lead_type_id="lt_1",
        source="web",
        services={"address": Service(), "city_state": Service(enabled=True)},
    )
    assert set(ask_services(off, reading(), {}, "US")) == {"city_state"}
    assert ServiceQuestions(campaign(), reading(), {}, "US").all() == {}


def test_CAM_13_a_lead_is_sent_once_also_when_retried() -> None:
    with providing(answering({"line_type": "mobile"})) as service:
        request: ServiceResults = {}
        for version in (1, 1, 2):
            ask_again = ServiceQuestions(
                campaign(version=version, line_type={"url": service.url}), reading(), {}, "US", request
            )
            assert ask_again.all() == ask_again.all()
        assert len(service.requests) == 2  # once for each version of the settings
        ServiceQuestions(campaign(version=1, line_type={"url": service.url}), reading(), {}, "US").all()
        assert len(service.requests) == 3


def test_CAM_13_a_crashed_service_is_a_failure_without_details(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "geo.mmdb"
    broken.write_bytes(b"not a database")
    monkeypatch.setenv("GEO_DATABASE", str(broken))
    settings.current.cache_clear()

    result = ask("geolocation", reading(ip_address="8.8.8.8"))

    assert result == ServiceResult(ran=False, failed=True, detail={"why": "InvalidDatabaseError"})
    assert capfd.readouterr() == ("", "")


def test_PRI_no_service_detail_is_personal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    has_database(monkeypatch, tmp_path)
    lead = reading({**LEAD, "street": "asdf Lovelace"}, ip_address="8.8.8.8")
    for behaves in (
        answering({"line_type": NUMBER, "duplicate": NUMBER}),
        answering({"line_type": "mobile"}),
    ):
        with providing(behaves) as service:
            options = {"url": service.url}
            example = campaign(
                address={},
                city_state={},
                line_type=options,
                geolocation={},
                external_duplicate={**options, "contact": "plain"},
            )
            results = ask_services(example, lead, {}, "US")
        text = json.dumps([dict(result.detail) for result in results.values()])
        assert not any(value in text for value in (*lead.fields.values(), "8.8.8.8", "Beverly", "127.0.0.1"))


def test_CAM_13_a_slow_service_keeps_to_the_shared_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.campaigns.usecases.ask_services.BUDGET_S", 0.5)
    with providing(slow) as service:
        options = {"url": service.url, "contact": "plain"}
        asking = campaign(line_type={"url": service.url}, external_duplicate=options, city_state={})
        results, waited = quickest(lambda _: ask_services(asking, reading(), {}, "US"), below=1)
        assert waited < 1
    assert results["line_type"].failed
    assert results["external_duplicate"].failed
    assert results["city_state"].passed is True


def test_B5_service_modules_load_only_when_a_campaign_uses_them() -> None:
    code = (
        "import sys, chalicelib.intake.usecases.receive_lead\n"
        "print([name for name in ('usaddress', 'pycrfsuite', 'maxminddb', 'phonenumbers',\n"
        "  'chalicelib.campaigns.usecases.run_services', 'chalicelib.campaigns.gateways',\n"
        "  'chalicelib.aws.outbound_http',\n"
        "  'chalicelib.campaigns.domain.services.address') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True
    )
    assert process.stdout.strip() == "[]"
