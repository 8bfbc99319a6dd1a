"""A reviewer releases a held lead (CAM-15, INT-11, INT-9, WRK-2)."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Permission, Role
from chalicelib.core.errors import Conflict, Forbidden, NotFound, Unavailable
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.intake.usecases.receive_lead import Submission, receive_lead
from chalicelib.leads.domain.lead_work import BulkItemResult
from chalicelib.leads.domain.leads import Status
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import EntryKind
from chalicelib.organisation import store as configuration
from chalicelib.privacy.usecases.forget_lead import forget_lead
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from chalicelib.work.store import notifications
from chalicelib.work.usecases.release_lead import release_lead, release_leads
from tests.factories.leads import (
    AGENT,
    DAY,
    LEAD,
    MANAGER,
    NOW,
    OUTSIDER,
    confirmed,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
    stamps_of,
)
from tests.factories.quality import HOLDING, create_held_lead, create_holding_campaign, status_counts
from tests.factories.work import actions, changes, history, managed_leads, own_leads, set_disabled
from tests.harness.faults import (
    conflicting,
    fault,
    first,
    first_of_each_call,
    leaving,
    lost,
    meanwhile,
    step,
    throttled,
)

pytestmark = pytest.mark.usefixtures("aws")
WRITE = {"TransactWriteItems"}
ADMIN = replace(MANAGER, role=Role.ADMIN, id="usr_admin")
PHONE = "+12025550147"


@pytest.fixture
def held_lead(aws: None) -> None:
    """One held lead, of a campaign with a default user."""
    create_organisation()
    create_holding_campaign(AGENT.id)
    create_held_lead()


def block(contact: str = PHONE) -> None:
    block_contact(ADMIN, BlockRequest("phone", contact, "prj_1"), clock.new_id("req"), NOW)


def refusal(lead_id: str = "lead_1", now: int = NOW) -> str:
    with pytest.raises(Conflict) as caught:
        release_lead(MANAGER, lead_id, now)
    return caught.value.code


@pytest.mark.usefixtures("held_lead")
def test_CAM_15_a_released_lead_is_as_if_accepted_now() -> None:
    facts = release_lead(MANAGER, "lead_1", NOW + 60)
    assert facts == facts_of("lead_1")
    assert (facts.status, facts.reasons, facts.price) == (Status.ACCEPTED, (), Decimal("15.00"))
    assert (facts.agent_id, facts.stage, facts.last_activity_at) == (AGENT.id, "new", NOW + 60)
    assert facts.first_agent_id is None
    assert own_leads(now=NOW + 60) == ["lead_1"]
    assert managed_leads("quality", now=NOW + 60) == []
    assert notifications.list_waiting(NOW + 60) == {AGENT.id: ["lead_1"]}


@pytest.mark.usefixtures("held_lead")
def test_PRI_27_history_and_ledger_name_actor_and_changes() -> None:
    release_lead(MANAGER, "lead_1", NOW + 60)
    assert history() == [("released", {"user_id": AGENT.id})]
    (entry,) = changes()
    assert (entry.action, entry.actor_id, entry.at) == ("released", MANAGER.id, NOW + 60)
    assert [(field.name, field.before, field.after) for field in entry.fields] == [
        ("status", "held", "accepted"),
        ("agent_id", None, AGENT.id),
    ]


def test_WRK_1_without_a_valid_user_it_waits_unassigned_from_now() -> None:
    create_organisation()
    create_holding_campaign(AGENT.id)
    create_held_lead()
    set_disabled(AGENT.id)
    configuration.clear_cache()
    facts = release_lead(MANAGER, "lead_1", NOW + 60)
    assert (facts.agent_id, facts.worklist_at) == (None, NOW + 60)
    assert managed_leads("unassigned", now=NOW + 60) == ["lead_1"]
    assert notifications.list_waiting(NOW + 60) == {}


@pytest.mark.usefixtures("held_lead")
def test_INT_9_the_source_still_gets_its_first_answer() -> None:
    before = facts_of("lead_1").answer
    release_lead(MANAGER, "lead_1", NOW)
    assert facts_of("lead_1").answer == before
    repeated = receive_lead(Submission(HOLDING, LEAD, None, "lead_1"), NOW + 1)
    assert repeated.facts is not None
    assert repeated.facts.answer == before
    assert before is not None
    assert before.status is Status.HELD


@pytest.mark.usefixtures("held_lead")
def test_INT_4_the_price_is_that_of_the_deciding_settings() -> None:
    campaign = configuration.get(Campaign, HOLDING, NOW)
    assert campaign is not None
    dearer = replace(campaign, price=Decimal("99.00"), version=2)
    batch.write(configuration.update(dearer), clock.new_id("t"))
    configuration.clear_cache()
    assert release_lead(MANAGER, "lead_1", NOW).price == Decimal("15.00")


@pytest.mark.usefixtures("held_lead")
def test_INT_11_a_blocked_lead_stays_held() -> None:
    block()
    assert refusal() == "blocked"
    assert facts_of("lead_1").status is Status.HELD
    assert managed_leads("quality") == ["lead_1"]


def look_ups(lead_id: str) -> list[tuple[str, str | None]]:
    entries = ledger.list_subject(f"lead/{lead_id}", NOW + DAY)
    return [(entry.actor_id, entry.through) for entry in entries if entry.kind is EntryKind.ACCESS]


@pytest.mark.usefixtures("held_lead")
def test_PRI_5_a_release_refused_as_blocked_is_recorded_like_a_search() -> None:
    block()
    for times in (1, 2):
        assert refusal(now=NOW + times) == "blocked"
        assert look_ups("lead_1") == [(MANAGER.id, "search")] * times


def test_PRI_5_each_blocked_lead_of_many_is_recorded(held_lead: None) -> None:
    create_held_lead("lead_2", phone="+12025550148")
    block()

    results = release_leads(MANAGER, "prj_1", ["lead_1", "lead_2"], NOW)

    assert [one.error for one in results] == ["blocked", None]
    assert [look_ups(lead_id) for lead_id in ("lead_1", "lead_2")] == [[(MANAGER.id, "search")], []]


@pytest.mark.usefixtures("held_lead")
def test_PRI_5_a_look_up_that_cannot_be_recorded_is_not_answered() -> None:
    block()
    with fault(throttled, on={"PutItem"}, table="ledger"), pytest.raises(Unavailable):
        release_lead(MANAGER, "lead_1", NOW)


@pytest.mark.usefixtures("held_lead")
def test_PRI_17_a_block_made_between_check_and_write_is_respected() -> None:
    with fault(meanwhile(block), on=WRITE, when=step(1)) as fired:
        assert refusal() == "blocked"
    assert fired
    assert (facts_of("lead_1").status, changes()) == (Status.HELD, [])


@pytest.mark.usefixtures("held_lead")
def test_PRI_17_a_contact_corrected_meanwhile_is_looked_up() -> None:
    block("+12025550148")

    def correct() -> None:
        correct_lead(read_access(), "lead_1", 1, {"phone": "+12025550149"}, NOW)
        block("+12025550149")

    with fault(meanwhile(correct), on=WRITE, when=step(1)):
        assert refusal() == "blocked"


@pytest.mark.usefixtures("held_lead")
def test_INT_11_with_an_unreadable_list_nothing_is_decided() -> None:
    with fault(leaving("blocks"), on={"BatchGetItem"}, table="blocks"), pytest.raises(Unavailable):
        release_lead(MANAGER, "lead_1", NOW)
    assert facts_of("lead_1").status is Status.HELD


@pytest.mark.usefixtures("held_lead")
def test_INT_10_a_lost_answer_or_a_conflict_releases_it_once() -> None:
    with fault(conflicting, on=WRITE, when=first(1)), fault(lost, on=WRITE, when=first_of_each_call) as fired:
        release_lead(MANAGER, "lead_1", NOW)
    assert fired
    assert (facts_of("lead_1").version, actions()) == (2, ["released"])
    assert status_counts() == {"held": -1, "accepted": 1}


def test_CAM_15_only_a_held_lead_is_released() -> None:
    create_organisation()
    create_holding_campaign()
    create_lead("lead_accepted")
    create_held_lead("lead_twice")
    release_lead(MANAGER, "lead_twice", NOW)
    assert [refusal("lead_accepted"), refusal("lead_twice")] == ["not_held", "not_held"]


def test_RET_14_a_lead_past_its_deadline_or_a_test_is_not_released() -> None:
    create_organisation()
    create_holding_campaign()
    create_held_lead("lead_due")
    create_held_lead("lead_test", test=True)
    assert refusal("lead_test") == "test_lead"
    assert refusal("lead_due", NOW + 10 * DAY) == "erased"


def test_RET_19_a_lead_kept_only_by_a_legal_hold_is_not_released() -> None:
    create_organisation()
    create_holding_campaign()
    create_held_lead()
    place_legal_hold(MANAGER, "lead_1", "litigation", NOW + 20 * DAY, NOW)
    assert refusal(now=NOW + 10 * DAY) == "legal_hold"
    assert release_lead(MANAGER, "lead_1", NOW + 10 * DAY - 1).status is Status.ACCEPTED


@pytest.mark.usefixtures("held_lead")
def test_ACC_3_it_needs_quality_review_and_the_project() -> None:
    unable = replace(MANAGER, permissions=MANAGER.permissions - {Permission.QUALITY_REVIEW})
    for actor in (unable, AGENT):
        with pytest.raises(Forbidden):
            release_lead(actor, "lead_1", NOW)
        with pytest.raises(Forbidden):
            release_leads(actor, "prj_1", ["lead_1"], NOW)
    with pytest.raises(NotFound):
        release_lead(OUTSIDER, "lead_1", NOW)
    with pytest.raises(NotFound):
        release_leads(OUTSIDER, "prj_1", ["lead_1"], NOW)


def test_CAM_15_one_impossible_lead_stops_no_other() -> None:
    create_organisation()
    create_holding_campaign()
    for name in ("a", "b", "c"):
        create_held_lead(f"lead_{name}", phone=f"202-555-010{ord(name) - 96}")
    block("+12025550102")
    create_lead("lead_accepted")
    lead_ids = ["lead_a", "lead_b", "lead_none", "lead_accepted", "lead_c"]
    assert release_leads(MANAGER, "prj_1", lead_ids, NOW) == [
        BulkItemResult("lead_a"),
        BulkItemResult("lead_b", "blocked"),
        BulkItemResult("lead_none", "not_found"),
        BulkItemResult("lead_accepted", "not_held"),
        BulkItemResult("lead_c"),
    ]
    assert managed_leads("quality") == ["lead_b"]


@pytest.mark.parametrize("order", ["before", "after", "between", "repeated"])
def test_data_model_a_released_lead_counts_once_whenever_it_is_processed(order: str) -> None:
    create_organisation()
    create_holding_campaign()
    create_held_lead()
    if order in ("before", "repeated"):
        process_new_lead("lead_1", NOW)
    if order == "between":
        with fault(meanwhile(lambda: release_lead(MANAGER, "lead_1", NOW)), on=WRITE, when=step(1)):
            process_new_lead("lead_1", NOW)
    else:
        release_lead(MANAGER, "lead_1", NOW)
    process_new_lead("lead_1", NOW + 1)
    assert status_counts() == {"accepted": 1}


def forget_confirmed() -> None:
    confirmed(lambda token: forget_lead(MANAGER, "lead_1", False, token, NOW))


@pytest.mark.usefixtures("held_lead")
@pytest.mark.parametrize(
    ("act", "code"), [(forget_confirmed, "erased"), (lambda: release_lead(ADMIN, "lead_1", NOW), "not_held")]
)
def test_CAM_15_the_first_action_wins_and_the_other_changes_nothing(
    act: Callable[[], object], code: str
) -> None:
    with fault(meanwhile(act), on=WRITE, when=step(1)):
        assert refusal() == code
    assert actions().count("released") == (code == "not_held")
    assert (stamps_of("lead_1") == {}) is (code == "erased")
