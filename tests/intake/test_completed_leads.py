"""Services that complete a lead run before the criteria that need them (CAM-3, CAM-13)."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chalicelib import clock
from chalicelib import settings as app_settings
from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Calculated, Quality, Service
from chalicelib.core.access import Role
from chalicelib.core.retention import Policy
from chalicelib.leads.store import people
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Field, LeadType
from tests.factories.leads import LEAD, NOW, create_organisation, facts_of
from tests.factories.quality import create_bare_campaign
from tests.harness.api import ApiHarness, Caller

INTAKE_PATH = "/v1/campaigns/cmp_w/leads"
IN_NEW_YORK = {"all": [{"field": "state", "op": "equals", "value": "NY"}]}
CITY_STATE = {"city_state": Service(True, Decimal("0.02"))}


@pytest.fixture
def manager(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> Caller:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr("chalicelib.campaigns.usecases.ask_services.BUDGET_S", 60.0)
    create_organisation()
    create_bare_campaign("cmp_w", retention=Policy(60))
    campaign = configuration.get(Campaign, "cmp_w", NOW)
    assert campaign is not None
    lead_type = configuration.get(LeadType, campaign.lead_type_id, NOW)
    assert lead_type is not None
    parts: tuple[Field, ...] = (
        Field("city", "City"),
        Field("state", "State"),
        Field("postal_code", "Code", "postal_code"),
        Field("country", "Country", "country"),
    )
    own = tuple(field for field in lead_type.fields if field.key not in {part.key for part in parts})
    wider = replace(lead_type, fields=(*own, *parts), version=lead_type.version + 1)
    batch.write(configuration.update(wider), clock.new_id("t"))
    configuration.clear_cache()
    return api.user(Role.MANAGER, "prj_1", user_id="usr_manager")


@pytest.fixture
def source(api: ApiHarness, manager: Caller) -> Caller:
    return api.stranger()


def change(**settings: Any) -> None:
    before = configuration.get(Campaign, "cmp_w", NOW)
    assert before is not None
    after = replace(before, **settings, version=before.version + 1)
    batch.write(configuration.update(after), clock.new_id("t"))
    configuration.clear_cache()


def post(source: Caller, **more: Any) -> dict[str, Any]:
    values = {key: value for key, value in LEAD.items() if key not in ("city", "state", "postal_code")}
    return source.post(INTAKE_PATH, values | more).json  # type: ignore[no-any-return]


def line(manager: Caller, check: str, **more: Any) -> dict[str, Any]:
    """Return the line of a check in the trace of a dry run."""
    values = {key: value for key, value in LEAD.items() if key not in ("city", "state", "postal_code")}
    trace = manager.post(f"{INTAKE_PATH}/explain", values | more).json["trace"]
    return next(entry for entry in trace if entry["check"] == check)


@pytest.mark.parametrize(
    ("code", "status"), [("10001", "accepted"), ("90210", "rejected"), ("00000", "rejected")]
)
def test_USE_U14_a_criterion_sees_the_state_of_the_postal_code(
    manager: Caller, source: Caller, code: str, status: str
) -> None:
    change(criteria=IN_NEW_YORK, services=CITY_STATE)
    reply = post(source, postal_code=code)
    assert reply["status"] == status
    person = people.get(reply["lead_id"], NOW)
    assert person is not None
    assert "state" not in person.fields  # the original values are not changed
    assert facts_of(reply["lead_id"]).costs == ("city_state=0.02",)  # once, also where the criteria reject


@pytest.mark.parametrize(
    "settings",
    [
        {"criteria": {"all": [{"expression": "lead.state == 'NY' && lead.city == 'New York'"}]}},
        {"criteria": {"any": [{"field": "city", "op": "equals", "value": "new york"}]}},
        {
            "criteria": {"all": [{"field": "place", "op": "equals", "value": "New York, NY"}]},
            "calculated": (Calculated("place", "lead.city + ', ' + lead.state"),),
        },
        {
            "criteria": {"all": [{"field": "short", "op": "equals", "value": 2}]},
            "calculated": (Calculated("place", "lead.state"), Calculated("short", "size(lead.place)")),
        },
    ],
)
def test_USE_U14_expressions_and_calculated_fields_see_it_too(
    manager: Caller, source: Caller, settings: dict[str, Any]
) -> None:
    change(**settings, services=CITY_STATE)
    assert post(source, postal_code="10001")["status"] == "accepted"
    change(services={})
    assert post(source, postal_code="10001")["status"] == "rejected"


def test_USE_U14_a_value_of_the_lead_is_never_replaced(manager: Caller, source: Caller) -> None:
    change(criteria=IN_NEW_YORK, services=CITY_STATE)
    assert post(source, postal_code="10001", state="NJ")["status"] == "rejected"
    assert post(source, postal_code="90210", state="NY")["status"] == "accepted"


def test_USE_U14_the_trace_names_the_completed_fields(manager: Caller) -> None:
    change(criteria=IN_NEW_YORK, services=CITY_STATE)
    assert line(manager, "criteria", postal_code="10001")["detail"] == {
        "completed": ["city", "country", "state"]
    }
    outside = line(manager, "criteria", postal_code="90210")["detail"]
    assert (outside["completed"], outside["criterion"]) == (["city", "country", "state"], "state.equals")
    assert "detail" not in line(manager, "criteria", postal_code="10001", state="NY")


@pytest.mark.parametrize(
    ("settings", "lead"),
    [
        ({"criteria": {"all": [{"field": "phone", "op": "missing"}]}}, {"postal_code": "10001"}),
        ({"criteria": {"all": [{"field": "state", "op": "equals", "value": "X"}]}}, {"state": "NY"}),
        (
            {"criteria": {"all": [{"expression": "lead.state == 'X'"}]}},
            {"state": "NY", "postal_code": "10001"},
        ),
    ],
)
def test_USE_U14_without_need_nothing_runs_before_the_criteria(
    manager: Caller, source: Caller, settings: dict[str, Any], lead: dict[str, str]
) -> None:
    change(**settings, services=CITY_STATE)
    reply = post(source, **lead)
    assert reply["status"] == "rejected"
    assert facts_of(reply["lead_id"]).costs == ()


def test_USE_U14_only_the_completing_service_runs_early_and_the_rest_later(
    manager: Caller, source: Caller
) -> None:
    services = {**CITY_STATE, "line_type": Service(True, Decimal("0.01"))}
    change(criteria=IN_NEW_YORK, services=services)
    rejected, accepted = post(source, postal_code="90210"), post(source, postal_code="10001")
    assert facts_of(rejected["lead_id"]).costs == ("city_state=0.02",)
    assert facts_of(accepted["lead_id"]).costs == ("city_state=0.02", "line_type=0.01")


@pytest.mark.parametrize("code", ["10001", "90210"])
def test_USE_U14_a_replay_has_the_same_result(manager: Caller, source: Caller, code: str) -> None:
    change(criteria=IN_NEW_YORK, services=CITY_STATE)
    lead_id = post(source, postal_code=code)["lead_id"]
    reply = manager.get(f"/v1/leads/{lead_id}/decision").json
    assert reply["same"] is True
    entry = next(entry for entry in reply["again"]["trace"] if entry["check"] == "criteria")
    assert entry["detail"]["completed"] == ["city", "country", "state"]


@pytest.mark.parametrize(("on_failure", "status"), [("hold", "held"), ("continue", "rejected")])
def test_USE_U14_a_service_that_fails_holds_the_lead_or_is_ignored(
    manager: Caller,
    source: Caller,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    on_failure: Any,
    status: str,
) -> None:
    broken = tmp_path / "geo.mmdb"
    broken.write_bytes(b"not a database")
    monkeypatch.setenv("GEO_DATABASE", str(broken))
    app_settings.current.cache_clear()
    from_us = {"all": [{"field": "country", "op": "equals", "value": "US"}]}
    quality = Quality(on_service_failure=on_failure)
    change(criteria=from_us, services={"geolocation": Service(True, Decimal(1))}, quality=quality)
    reply = post(source, ip_address="8.8.8.8")
    app_settings.current.cache_clear()
    assert reply["status"] == status
    assert facts_of(reply["lead_id"]).costs == ()
