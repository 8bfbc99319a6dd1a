"""Decisions made again after what they went by was corrected, and under drafts with limits of their own (CAM-20)."""

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

DOOR = "/v1/campaigns/cmp_w/leads"
WOULD = "/v1/campaigns/cmp_w/what-would-change"
OURS = {"all": [{"field": "email", "op": "ends_with", "value": "@example.com", "name": "ours, not theirs"}]}


@pytest.fixture
def manager(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> Caller:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    create_organisation()
    create_bare_campaign("cmp_w", retention=Policy(60))
    return api.user(Role.MANAGER, "prj_1", user_id="usr_manager")


@pytest.fixture
def door(api: ApiHarness, manager: Caller) -> Caller:
    return api.stranger()


def change(**settings: Any) -> None:
    before = configuration.get(Campaign, "cmp_w", NOW)
    assert before is not None
    after = replace(before, **settings, version=before.version + 1)
    batch.write(configuration.update(after), clock.new_id("t"))
    configuration.clear_cache()


def at(monkeypatch: pytest.MonkeyPatch, instant: int) -> None:
    monkeypatch.setattr(clock, "now", lambda: instant)


def post(door: Caller, number: int = 47, **more: Any) -> str:
    return str(door.post(DOOR, LEAD | {"phone": f"202-555-01{number:02d}"} | more).json["lead_id"])


def correct(manager: Caller, lead_id: str, **person: Any) -> None:
    body = {"version": facts_of(lead_id).version, "person": person}
    assert manager.patch(f"/v1/leads/{lead_id}", body).status == 200


def again(manager: Caller, lead_id: str) -> tuple[Any, ...]:
    reply = manager.get(f"/v1/leads/{lead_id}/decision").json
    return reply["then"], reply.get("then_reason"), reply["same"]


def line(manager: Caller, lead_id: str, check: str) -> Any:
    reply = manager.get(f"/v1/leads/{lead_id}/decision").json
    return next(one for one in reply["again"]["trace"] if one["check"] == check)


def would(manager: Caller, draft: dict[str, Any], **more: Any) -> dict[str, str]:
    """What a draft would make of the leads it judges otherwise, all pages together."""
    found: dict[str, str] = {}
    cursor = None
    while True:
        body = {"draft": draft, "days": 3} | more | ({"cursor": cursor} if cursor else {})
        page = manager.post(WOULD, body)
        assert page.status == 200, page.text
        found |= {one["lead_id"]: one.get("now_reason", one["now"]) for one in page.json["items"]}
        cursor = page.json["next"]
        if cursor is None:
            return found


@pytest.mark.parametrize(
    ("sent", "corrected", "then"),
    [
        ("ada@example.com", "ada@example.org", "accepted"),
        ("ada@example.org", "ada@example.com", "rejected"),
        ("ada@example.com", None, "accepted"),
    ],
)
def test_CAM_20_a_corrected_contact_does_not_change_criteria_results(
    manager: Caller, door: Caller, sent: str, corrected: str | None, then: str
) -> None:
    change(criteria=OURS)
    lead_id = post(door, email=sent)
    correct(manager, lead_id, email=corrected)
    assert again(manager, lead_id)[::2] == (then, True)
    detail = line(manager, lead_id, "criteria").get("detail")
    assert detail == (None if then == "accepted" else {"criterion": "ours, not theirs", "why": "kept"})
    person = people.get(lead_id, NOW)
    assert person is not None
    assert sent not in str(person)


def test_CAM_19_a_criterion_name_is_one_code_whatever_its_characters(manager: Caller, door: Caller) -> None:
    change(criteria=OURS)
    assert facts_of(post(door, email="ada@example.org")).failed == ("criteria/CAM-3/ours, not theirs",)


def test_CAM_20_an_appended_contact_does_not_change_criteria_results(manager: Caller, door: Caller) -> None:
    change(criteria=OURS, duplicates=Duplicates(enabled=True, append=True))
    first = post(door)
    change(criteria=None)
    second = post(door, email="ada@example.org")
    process_new_lead(second, NOW)
    assert facts_of(second).appended_at == NOW
    assert [again(manager, one) for one in (first, second)] == [
        ("accepted", None, True),
        ("duplicate", "duplicate", True),
    ]


def test_CAM_20_a_value_calculated_from_a_contact_is_kept(manager: Caller, door: Caller) -> None:
    own = Calculated("own", "lead.email.endsWith('@example.com')")
    change(calculated=(own,), criteria={"all": [{"field": "own", "op": "equals", "value": True}]})
    lead_id = post(door)
    correct(manager, lead_id, email="ada@example.org")
    assert again(manager, lead_id) == ("accepted", None, True)


def test_CAM_20_a_value_added_by_a_correction_is_ignored(manager: Caller, door: Caller) -> None:
    change(criteria={"any": [{"field": "loan", "op": "exists"}, {"field": "email", "op": "exists"}]})
    lead_id = post(door, email=None)
    correct(manager, lead_id, loan=5, email="ada@example.com")
    assert again(manager, lead_id) == ("rejected", "outside_criteria", True)
    assert would(manager, {"criteria": {"all": [{"field": "phone", "op": "missing"}]}}) == {}


def test_CAM_20_an_equal_draft_uses_stored_results_and_another_evaluates(
    manager: Caller, door: Caller
) -> None:
    change(criteria=OURS)
    lead_id = post(door)
    correct(manager, lead_id, email="ada@example.org")
    assert would(manager, {"tell_source_reasons": True}) == {}
    theirs = {"all": [{"field": "email", "op": "ends_with", "value": "@example.org"}]}
    assert would(manager, {"criteria": theirs}) == {}
    assert would(manager, {"criteria": {"all": [*OURS["all"], *theirs["all"]]}}) == {
        lead_id: "outside_criteria"
    }


def test_CAM_20_criteria_that_are_new_in_the_draft_are_evaluated(manager: Caller, door: Caller) -> None:
    change(criteria=OURS, consent=Consent(enabled=True))
    lead_id = post(door, email="ada@example.org")
    correct(manager, lead_id, email="ada@example.net")
    assert again(manager, lead_id) == ("rejected", "no_consent", True)
    assert would(manager, {"consent": {"enabled": False}}) == {lead_id: "outside_criteria"}


@pytest.mark.parametrize("personal", [True, False])
def test_CAM_20_a_draft_evaluates_its_own_calculated_fields(
    manager: Caller, door: Caller, personal: bool
) -> None:
    few = {"all": [{"field": "ratio", "op": "at_most", "value": 5}]}
    change(calculated=(Calculated("ratio", "double(lead.loan) / 100.0", personal),), criteria=few)
    lead_id = post(door, loan=200)
    nothing = {"key": "ratio", "expression": "double(lead.loan) / 0.0", "personal": personal}
    assert would(manager, {"calculated": [nothing]}) == {lead_id: "outside_criteria"}
    assert would(manager, {"criteria": few}) == {}


def in_turn(door: Caller, monkeypatch: pytest.MonkeyPatch, numbers: range, since: int = NOW) -> list[str]:
    """Post leads one second after the other, and come back to the present."""
    ids = []
    for number in numbers:
        at(monkeypatch, since + number)
        ids.append(post(door, number))
    at(monkeypatch, NOW + 99)
    return ids


@pytest.mark.parametrize("page", [100, 2])
def test_CAM_20_a_draft_with_limits_counts_the_leads_it_accepts(
    manager: Caller, door: Caller, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    free = in_turn(door, monkeypatch, range(5), NOW - DAY)
    assert would(manager, {"limits": {"daily": 2}}, limit=page) == dict.fromkeys(free[2:], "over_limit")
    change(limits=Limits(daily=3))
    limited = in_turn(door, monkeypatch, range(10, 16))
    assert would(manager, {"limits": {"daily": 9}}, limit=page) == dict.fromkeys(limited[3:], "accepted")
    assert would(manager, {"limits": {"daily": 4}}, limit=page) == {
        free[4]: "over_limit",
        limited[3]: "accepted",
    }
    assert would(manager, {"limits": {"hourly": 5}}, limit=page) == dict.fromkeys(limited[3:5], "accepted")
    assert would(manager, {"limits": {"monthly": 7}}, limit=page) == {limited[2]: "over_limit"}
    assert would(manager, {"limits": {"daily": 0}}, limit=page) == dict.fromkeys(
        [*free, *limited[:3]], "over_limit"
    )


def test_CAM_20_a_place_left_free_by_the_draft_goes_to_another_lead(
    manager: Caller, door: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(limits=Limits(daily=2))
    loans = [50, 500, 50, 500]
    ids = []
    for number, loan in enumerate(loans):
        at(monkeypatch, NOW + number)
        ids.append(post(door, number, loan=loan))
    wanted = {"all": [{"field": "loan", "op": "at_least", "value": 100}]}
    assert would(manager, {}) == {}
    assert would(manager, {"criteria": wanted}) == {
        ids[0]: "outside_criteria",
        ids[2]: "outside_criteria",
        ids[3]: "accepted",
    }


def test_CAM_20_places_from_before_the_period_stay_counted(
    manager: Caller, door: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(limits=Limits(monthly=100))
    in_turn(door, monkeypatch, range(3), NOW - 4 * DAY)
    later = in_turn(door, monkeypatch, range(3, 6))
    assert would(manager, {"limits": {"monthly": 5}}, days=1) == {later[2]: "over_limit"}


def test_CAM_20_an_erased_lead_keeps_its_place(
    manager: Caller, door: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = in_turn(door, monkeypatch, range(3))
    path = f"/v1/leads/{ids[0]}/forget"
    assert confirmed_post(manager, "POST", path, {"keep_out": False}).status in (200, 202)
    reply = manager.post(WOULD, {"draft": {"limits": {"daily": 2}}, "days": 1})
    assert [one["lead_id"] for one in reply.json["items"]] == [ids[2]]
    assert reply.json["examined"] == 2
