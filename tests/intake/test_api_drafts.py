"""Replays after the data of a decision was corrected, and under drafts with their own limits (CAM-20)."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Calculated, Consent, Duplicates, Limits
from chalicelib.core.access import Role
from chalicelib.core.retention import Policy
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.leads.store import people
from chalicelib.organisation import store as configuration
from tests.factories.configuration import confirmed_post
from tests.factories.leads import DAY, LEAD, NOW, create_organisation, facts_of
from tests.factories.quality import create_bare_campaign
from tests.harness.api import ApiHarness, Caller

INTAKE_PATH = "/v1/campaigns/cmp_w/leads"
WOULD = "/v1/campaigns/cmp_w/what-would-change"
OURS = {"all": [{"field": "email", "op": "ends_with", "value": "@example.com", "name": "ours, not theirs"}]}


@pytest.fixture
def manager(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> Caller:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    create_organisation()
    create_bare_campaign("cmp_w", retention=Policy(60))
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


def set_now(monkeypatch: pytest.MonkeyPatch, instant: int) -> None:
    monkeypatch.setattr(clock, "now", lambda: instant)


def post(source: Caller, number: int = 47, **more: Any) -> str:
    return str(source.post(INTAKE_PATH, LEAD | {"phone": f"202-555-01{number:02d}"} | more).json["lead_id"])


def correct(manager: Caller, lead_id: str, **person: Any) -> None:
    body = {"version": facts_of(lead_id).version, "person": person}
    assert manager.patch(f"/v1/leads/{lead_id}", body).status == 200


def replay(manager: Caller, lead_id: str) -> tuple[Any, ...]:
    reply = manager.get(f"/v1/leads/{lead_id}/decision").json
    return reply["then"], reply.get("then_reason"), reply["same"]


def trace_line(manager: Caller, lead_id: str, check: str) -> Any:
    reply = manager.get(f"/v1/leads/{lead_id}/decision").json
    return next(entry for entry in reply["again"]["trace"] if entry["check"] == check)


def changes_under(manager: Caller, draft: dict[str, Any], **more: Any) -> dict[str, str]:
    """Return the leads for which a draft decides otherwise, all pages together."""
    result: dict[str, str] = {}
    cursor = None
    while True:
        body = {"draft": draft, "days": 3} | more | ({"cursor": cursor} if cursor else {})
        page = manager.post(WOULD, body)
        assert page.status == 200, page.text
        result |= {item["lead_id"]: item.get("now_reason", item["now"]) for item in page.json["items"]}
        cursor = page.json["next"]
        if cursor is None:
            return result


@pytest.mark.parametrize(
    ("sent", "corrected", "then"),
    [
        ("ada@example.com", "ada@example.org", "accepted"),
        ("ada@example.org", "ada@example.com", "rejected"),
        ("ada@example.com", None, "accepted"),
    ],
)
def test_CAM_20_a_corrected_contact_does_not_change_criteria_results(
    manager: Caller, source: Caller, sent: str, corrected: str | None, then: str
) -> None:
    change(criteria=OURS)
    lead_id = post(source, email=sent)
    correct(manager, lead_id, email=corrected)
    assert replay(manager, lead_id)[::2] == (then, True)
    detail = trace_line(manager, lead_id, "criteria").get("detail")
    assert detail == (None if then == "accepted" else {"criterion": "ours, not theirs", "why": "kept"})
    person = people.get(lead_id, NOW)
    assert person is not None
    assert sent not in str(person)


def test_CAM_19_a_criterion_name_is_one_code_whatever_its_characters(manager: Caller, source: Caller) -> None:
    change(criteria=OURS)
    assert facts_of(post(source, email="ada@example.org")).failed == ("criteria/CAM-3/ours, not theirs",)


def test_CAM_20_an_appended_contact_does_not_change_criteria_results(manager: Caller, source: Caller) -> None:
    change(criteria=OURS, duplicates=Duplicates(enabled=True, append=True))
    first = post(source)
    change(criteria=None)
    second = post(source, email="ada@example.org")
    process_new_lead(second, NOW)
    assert facts_of(second).appended_at == NOW
    assert [replay(manager, item) for item in (first, second)] == [
        ("accepted", None, True),
        ("duplicate", "duplicate", True),
    ]


def test_CAM_20_a_value_calculated_from_a_contact_is_kept(manager: Caller, source: Caller) -> None:
    own = Calculated("own", "lead.email.endsWith('@example.com')")
    change(calculated=(own,), criteria={"all": [{"field": "own", "op": "equals", "value": True}]})
    lead_id = post(source)
    correct(manager, lead_id, email="ada@example.org")
    assert replay(manager, lead_id) == ("accepted", None, True)


def test_CAM_20_a_value_added_by_a_correction_is_ignored(manager: Caller, source: Caller) -> None:
    change(criteria={"any": [{"field": "loan", "op": "exists"}, {"field": "email", "op": "exists"}]})
    lead_id = post(source, email=None)
    correct(manager, lead_id, loan=5, email="ada@example.com")
    assert replay(manager, lead_id) == ("rejected", "outside_criteria", True)
    assert changes_under(manager, {"criteria": {"all": [{"field": "phone", "op": "missing"}]}}) == {}


def test_CAM_20_an_equal_draft_uses_stored_results_and_another_evaluates(
    manager: Caller, source: Caller
) -> None:
    change(criteria=OURS)
    lead_id = post(source)
    correct(manager, lead_id, email="ada@example.org")
    assert changes_under(manager, {"tell_source_reasons": True}) == {}
    theirs = {"all": [{"field": "email", "op": "ends_with", "value": "@example.org"}]}
    assert changes_under(manager, {"criteria": theirs}) == {}
    assert changes_under(manager, {"criteria": {"all": [*OURS["all"], *theirs["all"]]}}) == {
        lead_id: "outside_criteria"
    }


def test_CAM_20_criteria_that_are_new_in_the_draft_are_evaluated(manager: Caller, source: Caller) -> None:
    change(criteria=OURS, consent=Consent(enabled=True))
    lead_id = post(source, email="ada@example.org")
    correct(manager, lead_id, email="ada@example.net")
    assert replay(manager, lead_id) == ("rejected", "no_consent", True)
    assert changes_under(manager, {"consent": {"enabled": False}}) == {lead_id: "outside_criteria"}


@pytest.mark.parametrize("personal", [True, False])
def test_CAM_20_a_draft_evaluates_its_own_calculated_fields(
    manager: Caller, source: Caller, personal: bool
) -> None:
    few = {"all": [{"field": "ratio", "op": "at_most", "value": 5}]}
    change(calculated=(Calculated("ratio", "double(lead.loan) / 100.0", personal),), criteria=few)
    lead_id = post(source, loan=200)
    endless = "double(lead.loan) / (double(lead.loan) - double(lead.loan))"
    nothing = {"key": "ratio", "expression": endless, "personal": personal}
    assert changes_under(manager, {"calculated": [nothing]}) == {lead_id: "outside_criteria"}
    assert changes_under(manager, {"criteria": few}) == {}


def post_in_turn(
    source: Caller, monkeypatch: pytest.MonkeyPatch, numbers: range, since: int = NOW
) -> list[str]:
    """Post leads one second after the other, and set the clock back to the present."""
    ids = []
    for number in numbers:
        set_now(monkeypatch, since + number)
        ids.append(post(source, number))
    set_now(monkeypatch, NOW + 99)
    return ids


@pytest.mark.parametrize("page", [100, 2])
def test_CAM_20_a_draft_with_limits_counts_the_leads_it_accepts(
    manager: Caller, source: Caller, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    free = post_in_turn(source, monkeypatch, range(5), NOW - DAY)
    assert changes_under(manager, {"limits": {"daily": 2}}, limit=page) == dict.fromkeys(
        free[2:], "over_limit"
    )
    change(limits=Limits(daily=3))
    limited = post_in_turn(source, monkeypatch, range(10, 16))
    assert changes_under(manager, {"limits": {"daily": 9}}, limit=page) == dict.fromkeys(
        limited[3:], "accepted"
    )
    assert changes_under(manager, {"limits": {"daily": 4}}, limit=page) == {
        free[4]: "over_limit",
        limited[3]: "accepted",
    }
    assert changes_under(manager, {"limits": {"hourly": 5}}, limit=page) == dict.fromkeys(
        limited[3:5], "accepted"
    )
    assert changes_under(manager, {"limits": {"monthly": 7}}, limit=page) == {limited[2]: "over_limit"}
    assert changes_under(manager, {"limits": {"daily": 0}}, limit=page) == dict.fromkeys(
        [*free, *limited[:3]], "over_limit"
    )


def test_CAM_20_a_place_left_free_by_the_draft_goes_to_another_lead(
    manager: Caller, source: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(limits=Limits(daily=2))
    loans = [50, 500, 50, 500]
    ids = []
    for number, loan in enumerate(loans):
        set_now(monkeypatch, NOW + number)
        ids.append(post(source, number, loan=loan))
    expected = {"all": [{"field": "loan", "op": "at_least", "value": 100}]}
    assert changes_under(manager, {}) == {}
    assert changes_under(manager, {"criteria": expected}) == {
        ids[0]: "outside_criteria",
        ids[2]: "outside_criteria",
        ids[3]: "accepted",
    }


def test_CAM_20_places_from_before_the_period_stay_counted(
    manager: Caller, source: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(limits=Limits(monthly=25))  # two rows: both are read
    post_in_turn(source, monkeypatch, range(3), NOW - 4 * DAY)
    later = post_in_turn(source, monkeypatch, range(3, 6))
    assert changes_under(manager, {"limits": {"monthly": 5}}, days=1) == {later[2]: "over_limit"}


def test_CAM_20_an_erased_lead_keeps_its_place(
    manager: Caller, source: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = post_in_turn(source, monkeypatch, range(3))
    path = f"/v1/leads/{ids[0]}/forget"
    assert confirmed_post(manager, "POST", path, {"keep_out": False}).status in (200, 202)
    reply = manager.post(WOULD, {"draft": {"limits": {"daily": 2}}, "days": 1})
    assert [item["lead_id"] for item in reply.json["items"]] == [ids[2]]
    assert reply.json["examined"] == 2


@pytest.mark.parametrize("password", ["a new one", None])
def test_CAM_20_a_draft_with_a_password_rejects_no_stored_lead(
    manager: Caller, source: Caller, password: str | None
) -> None:
    post(source)
    draft = {"password": password, "confirm": "x"}
    reply = manager.post(WOULD, {"draft": draft, "days": 1})
    assert reply.status == 200, reply.text
    assert (reply.json["items"], reply.json["examined"]) == ([], 1)
