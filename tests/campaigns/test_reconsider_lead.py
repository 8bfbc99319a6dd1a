"""Rejected leads are decided on again under today's settings (CAM-26, USE-U7)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch, counters
from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.campaigns.domain.campaign import Assignment, Campaign
from chalicelib.campaigns.domain.campaign_settings import Duplicates, Quality
from chalicelib.core.access import Role
from chalicelib.core.errors import ConfirmationRequired, Conflict, Forbidden, NotFound
from chalicelib.core.retention import DeadlineOrigin, Policy
from chalicelib.core.times import utc_day
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.intake.usecases.reconsider_lead import reconsider_lead, reconsider_leads
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.leads.store import contact_index
from chalicelib.ledger import store as ledger
from chalicelib.organisation import store as configuration
from tests.factories.leads import (
    AGENT,
    DAY,
    ENTERS_AT_ONCE,
    LEAD,
    MANAGER,
    NOW,
    OUTSIDER,
    confirmation_of,
    confirmed,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
    stamps_of,
)
from tests.factories.quality import create_bare_campaign, status_counts
from tests.factories.work import history
from tests.harness.api import ApiHarness
from tests.harness.faults import WRITES, fault, lost, meanwhile, step

pytestmark = pytest.mark.usefixtures("aws")
TOO_MUCH = {"all": [{"field": "loan", "op": "at_least", "value": 300}]}
LATER = NOW + DAY
ACCESS = read_access(MANAGER, "replay")


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    create_organisation()
    create_bare_campaign(
        "cmp_w",
        criteria=TOO_MUCH,
        retention=Policy(10, 3),
        assignment=Assignment(AGENT.id),
        duplicates=ENTERS_AT_ONCE,
    )


def change(**settings: Any) -> None:
    before = configuration.get(Campaign, "cmp_w", NOW)
    assert before is not None
    batch.write(
        configuration.update(replace(before, **settings, version=before.version + 1)), clock.new_id("t")
    )
    configuration.clear_cache()


def rejected_lead(lead_id: str = "lead_1", **more: Any) -> Facts:
    facts = create_lead(lead_id, NOW, "cmp_w", {**LEAD, "loan": 200, **more})
    assert (facts.status, facts.reasons) == (Status.REJECTED, ("outside_criteria",))
    return facts


def reconsidered(lead_id: str = "lead_1", now: int = LATER) -> Facts:
    return confirmed(lambda given: reconsider_lead(ACCESS, lead_id, given, now))


def refusal(lead_id: str = "lead_1", now: int = LATER) -> str:
    with pytest.raises(Conflict) as caught:
        reconsider_lead(ACCESS, lead_id, None, now)
    return caught.value.code


def test_USE_U7_a_mended_criterion_takes_a_rejected_lead_in() -> None:
    rejected_lead()
    process_new_lead("lead_1", NOW)
    assert set(stamps_of("lead_1").values()) == {NOW + 3 * DAY}
    change(criteria=None)
    with pytest.raises(ConfirmationRequired) as caught:
        reconsider_lead(ACCESS, "lead_1", None, LATER)
    assert caught.value.effect.numbers["status"] == "accepted"
    assert facts_of("lead_1").status is Status.REJECTED
    facts = reconsidered()
    assert (facts.status, facts.reasons, facts.failed) == (Status.ACCEPTED, (), ())
    assert (facts.agent_id, facts.stage, facts.last_activity_at) == (AGENT.id, "new", LATER)
    assert (str(facts.price), facts.worklist) == ("15.00", f"open#prj_1#{AGENT.id}")
    assert facts == replace(facts_of("lead_1"), version=facts.version)
    assert status_counts("cmp_w") == {"accepted": 1}
    assert history("lead_1", LATER)[-1] == (
        "reconsidered",
        {"from": "outside_criteria", "to": "accepted"},
    )
    entries = ledger.list_subject("lead/lead_1", LATER)
    assert {("reconsidered", MANAGER.id), ("read", MANAGER.id)} <= {
        (entry.action, entry.actor_id) for entry in entries
    }


def test_RET_6_a_reconsidered_lead_has_the_main_policy() -> None:
    rejected_lead()
    change(criteria=None)
    facts = reconsidered()
    assert (facts.retention.due_at, facts.retention.due_origin) == (
        NOW + 10 * DAY,
        DeadlineOrigin.CAMPAIGN,
    )
    assert set(stamps_of("lead_1").values()) == {NOW + 10 * DAY}


def test_CAM_6_it_is_not_rejected_any_more_for_later_duplicates() -> None:
    facts = rejected_lead()
    change(criteria=None)
    reconsidered()
    marks = [
        original.rejected
        for row in contact_index.ContactRow.scan()
        if row.originals
        for window in contact_index.list_windows(row.ref)
        for original in window.originals
        if original.lead_id == facts.lead_id
    ]
    assert marks
    assert not any(marks)


def test_USE_U7_it_may_be_held_or_stay_rejected() -> None:
    rejected_lead()
    assert refusal() == "still_rejected"
    change(criteria=None, quality=Quality(hold_all=True))
    facts = reconsidered()
    assert (facts.status, facts.waiting_since, facts.worklist) == (Status.HELD, LATER, "quality#prj_1")
    assert refusal() == "not_rejected"


def test_INT_11_a_blocked_contact_is_not_taken_in() -> None:
    rejected_lead()
    change(criteria=None)
    block_contact(MANAGER, BlockRequest("phone", LEAD["phone"], "prj_1"), "request_1", LATER)
    assert refusal() == "blocked"


def test_USE_U7_a_lead_past_its_end_is_gone() -> None:
    rejected_lead()
    change(criteria=None)
    assert refusal(now=NOW + 3 * DAY) == "erased"


def test_RET_12_a_lost_answer_is_repeated_and_counts_once() -> None:
    rejected_lead()
    process_new_lead("lead_1", NOW)
    change(criteria=None)
    given = confirmation_of(lambda one: reconsider_lead(ACCESS, "lead_1", one, LATER))
    with fault(lost, on=WRITES, when=step(2)):
        reconsider_lead(ACCESS, "lead_1", given, LATER)
    again = reconsider_lead(ACCESS, "lead_1", given, LATER + 1)
    assert again.status is Status.ACCEPTED
    assert status_counts("cmp_w") == {"accepted": 1}
    change(price=None)
    with pytest.raises(Conflict):
        reconsider_lead(ACCESS, "lead_1", None, LATER)


@pytest.mark.parametrize("late", [False, True])
def test_CAM_26_statistics_are_the_same_whenever_the_stream_counts_it(late: bool) -> None:
    rejected_lead()
    change(criteria=None)
    if not late:
        process_new_lead("lead_1", NOW)
    reconsidered()
    process_new_lead("lead_1", LATER)
    numbers = counters.read_day("statistics#cmp_w", utc_day(NOW))
    shown = {name: number for name, number in numbers.items() if number}
    assert shown == {"accepted": 1, "cost:USD": 150_000}


def test_USE_U7_many_are_confirmed_once_and_each_is_its_own() -> None:
    rejected_lead("lead_1")
    rejected_lead("lead_2", phone="202-555-0148", email="b@example.com", loan=50)
    create_lead("lead_3", NOW, "cmp_1", phone="202-555-0149", email="c@example.com")
    change(criteria={"all": [{"field": "loan", "op": "at_least", "value": 100}]})
    ids = ["lead_1", "lead_2", "lead_3", "lead_0"]
    with pytest.raises(ConfirmationRequired) as caught:
        reconsider_leads(ACCESS, "prj_1", ids, None, LATER)
    assert caught.value.effect.numbers == {"accepted": 1, "held": 0, "unchanged": 3}
    results = confirmed(lambda given: reconsider_leads(ACCESS, "prj_1", ids, given, LATER))
    assert [result.error for result in results] == [None, "still_rejected", "not_rejected", "not_found"]


def test_ACC_4_agents_and_strangers_reconsider_nothing() -> None:
    rejected_lead()
    with pytest.raises(Forbidden):
        reconsider_lead(read_access(AGENT), "lead_1", None, LATER)
    with pytest.raises(NotFound):
        reconsider_lead(read_access(OUTSIDER), "lead_1", None, LATER)


def test_USE_U7_over_http(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)
    rejected_lead()
    rejected_lead("lead_2", phone="202-555-0148", email="b@example.com")
    change(criteria=None)
    manager = api.user(Role.MANAGER, "prj_1", user_id=MANAGER.id)
    first = manager.post("/v1/leads/lead_1/reconsider", {})
    assert (first.status, first.code) == (409, "confirmation_required")
    reply = manager.post("/v1/leads/lead_1/reconsider", {"confirm": first.json["confirm"]})
    assert (reply.status, reply.json["status"]) == (200, "accepted")
    body = {"lead_ids": ["lead_2"]}
    token = manager.post("/v1/projects/prj_1/reconsider", body).json["confirm"]
    reply = manager.post("/v1/projects/prj_1/reconsider", body | {"confirm": token})
    assert reply.json == {"results": [{"lead_id": "lead_2", "ok": True}]}


@pytest.mark.parametrize(
    "settings",
    [
        {"price": Decimal(99)},
        {"quality": Quality(hold_all=True)},
        {"retention": Policy(1)},
        {"assignment": Assignment(MANAGER.id)},
        {"criteria": {"all": [{"field": "loan", "op": "at_least", "value": 10}]}},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_RET_12_many_are_confirmed_for_the_settings_of_that_time(settings: dict[str, Any]) -> None:
    rejected_lead()
    change(criteria=None)
    given = confirmation_of(lambda one: reconsider_leads(ACCESS, "prj_1", ["lead_1"], one, LATER))
    change(**settings)
    with pytest.raises(ConfirmationRequired):
        reconsider_leads(ACCESS, "prj_1", ["lead_1"], given, LATER)
    assert facts_of("lead_1", LATER).status is Status.REJECTED


def test_RET_12_a_confirmed_request_for_many_may_be_repeated() -> None:
    rejected_lead()
    change(criteria=None)
    given = confirmation_of(lambda one: reconsider_leads(ACCESS, "prj_1", ["lead_1"], one, LATER))
    for now in (LATER, LATER + 1):
        (result,) = reconsider_leads(ACCESS, "prj_1", ["lead_1"], given, now)
        assert result.error is None
    assert status_counts("cmp_w")["accepted"] == 1


def two_equal_leads(policy: Policy) -> None:
    change(duplicates=Duplicates(enabled=True), retention=policy)
    rejected_lead("lead_1")
    rejected_lead("lead_2")
    change(criteria=None)


@pytest.mark.parametrize("policy", [Policy(10, 3), Policy(10)])
def test_I3_of_two_equal_rejected_leads_one_is_taken_in(policy: Policy) -> None:
    two_equal_leads(policy)
    ids = ["lead_2", "lead_1"]
    results = confirmed(lambda given: reconsider_leads(ACCESS, "prj_1", ids, given, LATER))
    assert [result.error for result in results] == [None, "duplicate"]
    assert refusal("lead_1") == "duplicate"


@pytest.mark.parametrize("policy", [Policy(10, 3), Policy(10)])
def test_I3_of_two_equal_leads_at_once_one_is_taken_in(policy: Policy) -> None:
    two_equal_leads(policy)
    first, second = (
        confirmation_of(lambda one, lead_id=lead_id: reconsider_lead(ACCESS, lead_id, one, LATER))  # type: ignore[misc]
        for lead_id in ("lead_1", "lead_2")
    )
    with (
        fault(meanwhile(lambda: reconsider_lead(ACCESS, "lead_2", second, LATER)), on=WRITES, when=step(2)),
        pytest.raises(Conflict, match="equal lead"),
    ):
        reconsider_lead(ACCESS, "lead_1", first, LATER)
    assert [facts_of(one, LATER).status for one in ("lead_1", "lead_2")] == [Status.REJECTED, Status.ACCEPTED]


@pytest.mark.parametrize(
    "settings", [Duplicates(), Duplicates(enabled=True, scope="campaign"), Duplicates(enabled=True, days=1)]
)
def test_CAM_5_only_a_lead_that_counts_makes_a_duplicate(settings: Duplicates) -> None:
    change(duplicates=Duplicates(enabled=True))
    create_lead("lead_0", NOW - DAY)
    rejected_lead()
    change(criteria=None, duplicates=settings)
    assert reconsidered(now=NOW + DAY).status is Status.ACCEPTED
