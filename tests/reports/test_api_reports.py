"""The leads and costs of a campaign over HTTP, and corrected prices (INT-4, CAM-23, data-model.md, Statistics)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Assignment
from chalicelib.campaigns.domain.campaign_settings import Quality, Service
from chalicelib.campaigns.domain.services.result import ServiceResult
from chalicelib.campaigns.usecases import ask_services
from chalicelib.core.access import Permission, Role
from chalicelib.core.times import utc_day
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.jobs.usecases.continue_jobs import continue_jobs
from chalicelib.organisation import store as configuration
from tests.factories.leads import DAY, LEAD, NOW, create_organisation
from tests.factories.quality import create_bare_campaign
from tests.harness.api import ApiHarness, Caller, Reply

ENOUGH = {"all": [{"field": "loan", "op": "at_least", "value": 100}]}
TODAY = utc_day(NOW)


@pytest.fixture
def manager(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> Caller:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    create_organisation()
    create_bare_campaign("cmp_w", criteria=ENOUGH)
    return api.user(Role.MANAGER, "prj_1", user_id="usr_manager")


def post(api: ApiHarness, number: int, campaign_id: str = "cmp_w", **more: Any) -> str:
    """Post a lead. The stream processes it twice, as it may."""
    values = LEAD | {"phone": f"202-555-01{number:02d}", "loan": 200} | more
    lead_id = api.stranger().post(f"/v1/campaigns/{campaign_id}/leads", values).json.get("lead_id")
    for _ in range(2 if lead_id else 0):
        process_new_lead(lead_id, NOW)
    return str(lead_id)


def ask(caller: Caller, first: str = TODAY, last: str = TODAY, campaign_id: str = "cmp_w") -> Reply:
    return caller.get(f"/v1/campaigns/{campaign_id}/report?from={first}&to={last}")


def total(caller: Caller, campaign_id: str = "cmp_w") -> Any:
    reply = ask(caller, campaign_id=campaign_id)
    assert reply.status == 200, reply.text
    assert all({**day, "date": 0} == {**reply.json["total"], "date": 0} for day in reply.json["by_day"])
    return reply.json["total"]


def test_CAM_23_the_report_is_by_status_and_reason_with_costs(api: ApiHarness, manager: Caller) -> None:
    for number in range(3):
        post(api, number)
    post(api, 3, loan=50)
    post(api, 4, test=True)
    create_bare_campaign("cmp_closed", status="closed")
    post(api, 5, "cmp_closed")
    assert total(manager) == {
        "leads": {"accepted": 3, "rejected": 1},
        "reasons": {"outside_criteria": 1},
        "refused": {},
        "erased": 0,
        "cost": {"USD": "45"},
        "services": {},
        "services_cost": {},
        "by_category": {},
        "by_group": {},
    }
    assert total(manager, "cmp_closed")["refused"] == {"campaign_not_active": 1}


def test_CAM_23_services_are_counted_with_their_cost(
    api: ApiHarness, manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = {"line_type": ServiceResult(passed=True), "city_state": ServiceResult(ran=False)}
    monkeypatch.setattr(
        ask_services, "ask_services", lambda *_, only, budget_s: {name: result[name] for name in only}
    )
    services = {name: Service(True, Decimal("0.0125")) for name in result}
    create_bare_campaign("cmp_s", services=services, criteria=ENOUGH)
    first = post(api, 1, "cmp_s")
    post(api, 2, "cmp_s")
    post(api, 3, "cmp_s", loan=50)
    numbers = total(manager, "cmp_s")
    assert (numbers["services"], numbers["services_cost"]) == ({"line_type": 2}, {"line_type": "0.025"})
    assert manager.get(f"/v1/leads/{first}").json["costs"] == {"line_type": "0.0125"}


def test_CAM_23_the_report_is_by_day_and_in_total(
    api: ApiHarness, manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(api, 1)
    monkeypatch.setattr(clock, "now", lambda: NOW - DAY)
    post(api, 2)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    reply = ask(manager, utc_day(NOW - DAY), TODAY).json
    assert [(day["date"], day["leads"]) for day in reply["by_day"]] == [
        (utc_day(NOW - DAY), {"accepted": 1}),
        (TODAY, {"accepted": 1}),
    ]
    assert reply["total"]["leads"] == {"accepted": 2}
    assert ask(manager).json["total"]["leads"] == {"accepted": 1}


def test_data_model_groups_under_five_are_hidden_without_lead_access(
    api: ApiHarness, manager: Caller
) -> None:
    for number in range(5):
        post(api, number)
    post(api, 5, loan=50)
    blind = api.user(Role.MANAGER, "prj_1", user_id="usr_2", withdrawn=(Permission.LEADS_READ,))
    numbers = total(blind)
    assert numbers["leads"] == {"accepted": 5, "rejected": None}
    assert numbers["reasons"] == {"outside_criteria": None}
    assert total(manager)["leads"] == {"accepted": 5, "rejected": 1}


def test_data_model_costs_do_not_reveal_hidden_groups(api: ApiHarness, manager: Caller) -> None:
    for number in range(3):
        post(api, number)
    blind = api.user(Role.MANAGER, "prj_1", user_id="usr_2", withdrawn=(Permission.LEADS_READ,))
    assert (total(blind)["leads"], total(blind)["cost"]) == ({"accepted": None}, {"USD": None})
    assert total(manager)["cost"] == {"USD": "45"}


def test_data_model_the_total_does_not_reveal_hidden_days(
    api: ApiHarness, manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        post(api, number)
    monkeypatch.setattr(clock, "now", lambda: NOW - DAY)
    post(api, 6)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    blind = api.user(Role.MANAGER, "prj_1", user_id="usr_2", withdrawn=(Permission.LEADS_READ,))
    reply = ask(blind, utc_day(NOW - DAY), TODAY).json
    assert [day["leads"] for day in reply["by_day"]] == [{"accepted": None}, {"accepted": 6}]
    assert (reply["total"]["leads"], reply["total"]["cost"]) == ({"accepted": None}, {"USD": None})


def test_data_model_hidden_days_are_summed_if_five_or_more(
    api: ApiHarness, manager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        monkeypatch.setattr(clock, "now", lambda day=number % 2: NOW - day * DAY)
        post(api, number)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    blind = api.user(Role.MANAGER, "prj_1", user_id="usr_2", withdrawn=(Permission.LEADS_READ,))
    reply = ask(blind, utc_day(NOW - DAY), TODAY).json
    assert [day["leads"] for day in reply["by_day"]] == [{"accepted": None}] * 2
    assert (reply["total"]["leads"], reply["total"]["cost"]) == ({"accepted": 6}, {"USD": "90"})


def test_CAM_23_the_report_is_by_stamped_category_and_group(api: ApiHarness, manager: Caller) -> None:
    stamping = Assignment(category="solar: roof", group="north")
    campaign = create_bare_campaign("cmp_s", assignment=stamping, criteria=ENOUGH)
    for number in range(2):
        post(api, number, "cmp_s")
    post(api, 2, "cmp_s", loan=50)
    stamping = Assignment(category="cost")
    later = replace(campaign, assignment=stamping, quality=Quality(hold_all=True), version=2)
    batch.write(configuration.update(later), batch.token_of("test", "later"))
    held = post(api, 3, "cmp_s")
    manager.post(f"/v1/leads/{held}/release", {})
    numbers = total(manager, "cmp_s")
    assert numbers["by_category"] == {
        "cost": {"leads": {"accepted": 1}, "cost": {"USD": "15"}},
        "solar: roof": {"leads": {"accepted": 2, "rejected": 1}, "cost": {"USD": "30"}},
    }
    assert numbers["by_group"] == {"north": {"leads": {"accepted": 2, "rejected": 1}, "cost": {"USD": "30"}}}
    blind = api.user(Role.MANAGER, "prj_1", user_id="usr_2", withdrawn=(Permission.LEADS_READ,))
    assert (total(blind, "cmp_s")["by_category"], total(blind, "cmp_s")["by_group"]) == (None, None)


@pytest.mark.parametrize(
    "period",
    [
        "",
        "?from=2026-01-02",
        "?from=2026-01-02&to=2026-01-01",
        "?from=2025-01-01&to=2026-01-02",
        "?from=2026-02-30&to=2026-03-01",
        "?from=2026-1-2&to=2026-01-03",
    ],
)
def test_CAM_23_a_period_is_at_most_a_year(manager: Caller, period: str) -> None:
    assert manager.get(f"/v1/campaigns/cmp_w/report{period}").status == 422


def test_CAM_23_a_year_of_366_days_is_allowed(manager: Caller) -> None:
    assert ask(manager, "2025-01-01", "2026-01-01").status == 200


def test_ACC_4_only_permitted_users_read_a_report(api: ApiHarness, manager: Caller) -> None:
    assert ask(api.stranger()).status == 401
    assert ask(api.source("cmp_w")).status == 403
    assert ask(api.user(Role.AGENT, "prj_1", user_id="usr_4")).status == 403
    assert ask(api.user(Role.MANAGER, "prj_2", user_id="usr_3")).status == 404


def test_CAM_15_release_and_reject_change_the_report(api: ApiHarness, manager: Caller) -> None:
    create_bare_campaign("cmp_q", quality=Quality(hold_all=True))
    ids = [post(api, number, "cmp_q") for number in range(3)]
    assert total(manager, "cmp_q")["leads"] == {"held": 3}
    manager.post(f"/v1/leads/{ids[0]}/release", {})
    rejecting = {"reason": "fraud"}
    first = manager.post(f"/v1/leads/{ids[1]}/reject", rejecting)
    if first.status == 409:
        manager.post(f"/v1/leads/{ids[1]}/reject", {**rejecting, "confirm": first.json["confirm"]})
    for lead_id in ids:
        process_new_lead(lead_id, NOW)
    numbers = total(manager, "cmp_q")
    assert numbers["leads"] == {"accepted": 1, "held": 1, "rejected": 1}
    assert (numbers["reasons"], numbers["cost"]) == ({"fraud": 1}, {"USD": "15"})


def test_INT_4_a_price_correction_is_a_job(api: ApiHarness, manager: Caller) -> None:
    lead_id = post(api, 1)
    post(api, 2)
    body = {"from": TODAY, "to": TODAY, "price": "9.99"}
    started = manager.post("/v1/campaigns/cmp_w/price-correction", body)
    assert started.status == 202
    path = f"/v1/jobs/{started.json['job_id']}"
    assert manager.get(path).json["state"] == "running"
    continue_jobs(lambda: NOW, lambda: True)
    job = manager.get(path).json
    assert (job["state"], job["result"], job["progress"]) == ("done", {"corrected": 2}, {"done": 1, "of": 1})
    assert manager.get(f"/v1/leads/{lead_id}").json["price"] == "9.99"
    assert total(manager)["cost"] == {"USD": "19.98"}


@pytest.mark.parametrize(
    "body",
    [
        {"from": TODAY, "to": TODAY, "price": "-1"},
        {"from": TODAY, "to": TODAY, "price": -1},
        {"from": TODAY, "to": TODAY},
        {"from": TODAY, "to": "2020-01-01", "price": "1"},
        {"from": TODAY, "to": utc_day(NOW + DAY), "price": "1"},
    ],
)
def test_INT_4_a_correction_needs_a_period_and_a_price(manager: Caller, body: dict[str, Any]) -> None:
    assert manager.post("/v1/campaigns/cmp_w/price-correction", body).status == 422


def test_ACC_4_only_permitted_users_correct_prices(api: ApiHarness, manager: Caller) -> None:
    body = {"from": TODAY, "to": TODAY, "price": "1"}
    path = "/v1/campaigns/cmp_w/price-correction"
    assert api.stranger().post(path, body).status == 401
    assert api.user(Role.AGENT, "prj_1", user_id="usr_4").post(path, body).status == 403
    assert api.user(Role.MANAGER, "prj_2", user_id="usr_3").post(path, body).status == 404
