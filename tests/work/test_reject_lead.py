"""A reviewer rejects a held lead; the rejected retention applies (CAM-15, CAM-17, RET-6, RET-12)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib import clock
from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.campaigns.domain.campaign_settings import Duplicates
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import ConfirmationRequired, Conflict, Forbidden, NotFound
from chalicelib.core.retention import DeadlineOrigin, Policy
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.intake.usecases.receive_lead import Submission, receive_lead
from chalicelib.leads.domain.lead_retention import RetentionRequest
from chalicelib.leads.domain.lead_work import BulkItemResult
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.leads.store import contact_index, people
from chalicelib.leads.usecases.set_retention import set_retention
from chalicelib.privacy.usecases.forget_lead import forget_lead
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from chalicelib.work.usecases.reject_lead import reject_lead, reject_leads
from chalicelib.work.usecases.release_lead import release_lead
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
    create_comments,
    create_lead,
    create_organisation,
    facts_of,
    stamps_of,
)
from tests.factories.quality import HOLDING, create_held_lead, create_holding_campaign, status_counts
from tests.factories.work import actions, changes, history, managed_leads
from tests.harness.faults import Crash, dying_after, fault, first_of_each_call, lost, meanwhile, step

pytestmark = pytest.mark.usefixtures("aws")
WRITE = {"TransactWriteItems"}
OTHER = replace(MANAGER, id="usr_other")
DUE = NOW + 3 * DAY


def rejection(now: int = NOW, lead_id: str = "lead_1") -> Callable[[Confirmation | None], Facts]:
    return lambda token: reject_lead(MANAGER, lead_id, "fraud", token, now)


def bulk_rejection(now: int, *lead_ids: str) -> Callable[[Confirmation | None], list[BulkItemResult]]:
    return lambda token: reject_leads(MANAGER, "prj_1", lead_ids, "fraud", token, now)


def refusal(now: int = NOW, lead_id: str = "lead_1") -> str:
    with pytest.raises(Conflict) as caught:
        reject_lead(MANAGER, lead_id, "fraud", None, now)
    return caught.value.code


def set_up(policy: Policy = Policy(10, 3), **settings: object) -> None:  # noqa: B008  # a frozen value
    create_organisation()
    create_holding_campaign(AGENT.id, retention=policy, **{"duplicates": ENTERS_AT_ONCE, **settings})
    create_held_lead()
    create_held_lead()


def rejected_originals() -> list[bool]:
    person = people.get("lead_1", NOW)
    assert person is not None
    windows = [window for ref in person.windows for window in contact_index.list_windows(ref)]
    return [
        original.rejected
        for window in windows
        for original in window.originals
        if original.lead_id == "lead_1"
    ]


def test_CAM_17_the_rejected_days_count_from_receipt_for_every_part() -> None:
    set_up()
    create_comments("lead_1", 2)
    facts = confirmed(rejection(NOW + DAY))
    assert facts == facts_of("lead_1")
    assert (facts.status, facts.reasons, facts.price) == (Status.REJECTED, ("fraud",), None)
    assert (facts.retention.origin, facts.erase_at) == (DeadlineOrigin.REJECTED, DUE)
    assert facts.retention.base_due_at == NOW + 10 * DAY
    assert set(stamps_of("lead_1").values()) == {DUE}
    assert len(stamps_of("lead_1")) == 6
    assert managed_leads("quality", now=NOW + DAY) == []


def test_RET_6_longer_rejected_days_move_the_deadline_back() -> None:
    set_up(Policy(3, 10))
    assert confirmed(rejection()).erase_at == NOW + 10 * DAY
    assert set(stamps_of("lead_1").values()) == {NOW + 10 * DAY}


def test_RET_12_a_moved_deadline_is_confirmed_first() -> None:
    set_up()
    with pytest.raises(ConfirmationRequired) as caught:
        rejection()(None)
    numbers = caught.value.effect.numbers
    assert (numbers["leads"], numbers["days"], numbers["due_now"]) == (1, 3, 0)
    assert facts_of("lead_1").status is Status.HELD
    token = confirmation_of(rejection())
    with pytest.raises(ConfirmationRequired):
        reject_lead(MANAGER, "lead_1", "other", token, NOW)
    assert (changes(), set(stamps_of("lead_1").values())) == ([], {NOW + 10 * DAY})


@pytest.mark.parametrize("policy", [Policy(10), Policy(10, 10), Policy()])
def test_RET_12_an_unmoved_deadline_needs_no_confirmation(policy: Policy) -> None:
    set_up(policy)
    due_at = facts_of("lead_1").erase_at
    facts = rejection()(None)
    assert (facts.status, facts.erase_at) == (Status.REJECTED, due_at)
    assert facts == facts_of("lead_1")
    assert rejected_originals() == [True]


def test_RET_12_a_late_rejection_erases_the_person_at_once() -> None:
    set_up()
    late = NOW + 5 * DAY
    with pytest.raises(ConfirmationRequired) as caught:
        rejection(late)(None)
    assert caught.value.effect.numbers["due_now"] == 1
    assert "erased immediately" in caught.value.effect.summary
    facts = confirmed(rejection(late))
    assert (facts.erased_at, facts.erase_at) == (late, DUE)
    assert stamps_of("lead_1") == {}
    assert facts_of("lead_1").basis == "retention"


def test_RET_16_the_lag_of_a_late_rejection_counts_from_the_rejection(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up()
    confirmed(rejection(NOW + 5 * DAY))
    assert '"ErasureLagSeconds":[0.0]' in capsys.readouterr().out.replace(" ", "")


def test_RET_12_the_confirmed_call_repeated_after_a_crash_completes_it() -> None:
    set_up()
    late = NOW + 5 * DAY
    token = confirmation_of(rejection(late))
    with pytest.raises(Crash), fault(dying_after, on=WRITE, when=step(1)):
        rejection(late)(token)
    assert not facts_of("lead_1", late).is_live(late)
    assert stamps_of("lead_1") != {}
    assert rejection(late)(token).erased_at == late
    assert stamps_of("lead_1") == {}
    assert status_counts() == {"held": -1, "rejected": 1, "erased": 1}


def test_RET_12_a_repeated_call_changes_nothing() -> None:
    set_up()
    token = confirmation_of(rejection())
    assert rejection()(token) == rejection()(token)
    assert (actions(), refusal()) == (["rejected"], "not_held")


def test_INT_10_lost_answers_reject_it_once() -> None:
    set_up()
    token = confirmation_of(rejection())
    with fault(lost, on=WRITE, when=first_of_each_call) as fired:
        facts = rejection()(token)
    assert fired
    assert (facts.status, facts_of("lead_1").version, actions()) == (Status.REJECTED, 2, ["rejected"])
    assert status_counts() == {"held": -1, "rejected": 1}
    process_new_lead("lead_1", NOW)
    assert status_counts() == {"rejected": 1}


def test_PRI_27_history_and_ledger_have_reason_and_effect() -> None:
    set_up()
    confirmed(rejection())
    assert history() == [("rejected", {"reason": "fraud", "due_at": "2027-01-18T08:00:00Z"})]
    (entry,) = changes()
    assert (entry.action, entry.actor_id) == ("rejected", MANAGER.id)
    assert entry.detail is not None
    assert entry.detail["reason"] == "fraud"
    assert ("status", "held", "rejected") in [
        (field.name, field.before, field.after) for field in entry.fields
    ]


def test_INT_9_the_source_still_gets_its_first_answer() -> None:
    set_up()
    before = facts_of("lead_1").answer
    confirmed(rejection())
    repeated = receive_lead(Submission(HOLDING, LEAD, None, "lead_1"), NOW + 1)
    assert repeated.facts is not None
    assert repeated.facts.answer == before


@pytest.mark.parametrize("check_rejected", [False, True])
def test_CAM_6_a_lead_rejected_in_review_counts_as_rejected(check_rejected: bool) -> None:
    set_up(duplicates=Duplicates(enabled=True, check_rejected=check_rejected))
    assert rejected_originals() == [False]
    confirmed(rejection())
    assert rejected_originals() == [True]
    newer = create_lead("lead_2", campaign_id=HOLDING)
    assert newer.status is (Status.DUPLICATE if check_rejected else Status.HELD)


def test_RET_11_past_the_base_deadline_the_lead_s_own_setting_stays() -> None:
    set_up()
    request = RetentionRequest(days=30)
    confirmed(lambda token: set_retention(MANAGER, "lead_1", request, token, NOW))
    facts = reject_lead(MANAGER, "lead_1", "other", None, NOW + 20 * DAY)
    assert (facts.status, facts.erase_at) == (Status.REJECTED, NOW + 30 * DAY)


def test_RET_11_at_its_deadline_a_lead_cannot_be_rejected() -> None:
    set_up()
    assert refusal(NOW + 10 * DAY) == "erased"
    assert confirmed(rejection(NOW + 10 * DAY - 1)).erased_at == NOW + 10 * DAY - 1


def test_CAM_15_only_a_held_live_real_lead_can_be_rejected() -> None:
    set_up()
    place_legal_hold(MANAGER, "lead_1", "litigation", NOW + 20 * DAY, NOW)
    create_held_lead("lead_test", test=True)
    create_lead("lead_accepted")
    assert refusal(NOW + 11 * DAY) == "legal_hold"
    assert refusal(lead_id="lead_test") == "test_lead"
    assert refusal(lead_id="lead_accepted") == "not_held"


def test_RET_19_a_late_rejection_under_a_legal_hold_keeps_the_person() -> None:
    set_up()
    place_legal_hold(MANAGER, "lead_1", "litigation", NOW + 20 * DAY, NOW)
    facts = confirmed(rejection(NOW + 5 * DAY))
    assert (facts.retention.due_at, facts.erase_at) == (DUE, NOW + 20 * DAY)
    assert facts.is_live(NOW + 20 * DAY - 1)
    assert set(stamps_of("lead_1").values()) == {NOW + 20 * DAY}


def test_ACC_3_it_needs_quality_review_and_the_project() -> None:
    set_up()
    with pytest.raises(Forbidden):
        reject_lead(AGENT, "lead_1", "fraud", None, NOW)
    with pytest.raises(NotFound):
        reject_lead(OUTSIDER, "lead_1", "fraud", None, NOW)
    with pytest.raises(Forbidden):
        reject_leads(AGENT, "prj_1", ["lead_1"], "fraud", None, NOW)
    with pytest.raises(NotFound):
        reject_leads(OUTSIDER, "prj_1", ["lead_1"], "fraud", None, NOW)


def test_RET_12_many_are_confirmed_at_once_with_a_count_of_erasures() -> None:
    create_organisation()
    create_holding_campaign()
    for number, days in ((1, 0), (2, 2), (3, 3)):
        create_held_lead(f"lead_{number}", NOW + days * DAY)
    ids, late = ("lead_1", "lead_2", "lead_3"), NOW + 5 * DAY
    with pytest.raises(ConfirmationRequired) as caught:
        bulk_rejection(late, *ids)(None)
    assert caught.value.effect.numbers == {"leads": 3, "moved": 3, "due_now": 2}
    token = confirmation_of(bulk_rejection(late, *ids))
    with pytest.raises(ConfirmationRequired):
        bulk_rejection(late, *ids[:2])(token)
    for _ in range(2):
        assert bulk_rejection(late, *reversed(ids))(token) == [BulkItemResult(item) for item in reversed(ids)]
    assert [facts_of(item, late).erased_at for item in ids] == [late, late, None]


def test_CAM_15_one_impossible_lead_stops_no_other() -> None:
    create_organisation()
    create_holding_campaign(retention=Policy(10))
    create_held_lead("lead_1")
    create_held_lead("lead_2")
    create_lead("lead_accepted")
    assert bulk_rejection(NOW, "lead_1", "lead_accepted", "lead_none", "lead_2")(None) == [
        BulkItemResult("lead_1"),
        BulkItemResult("lead_accepted", "not_held"),
        BulkItemResult("lead_none", "not_found"),
        BulkItemResult("lead_2"),
    ]


# races: exactly one of release, rejection, forget and block wins


def release() -> None:
    release_lead(OTHER, "lead_1", NOW)


def forget_confirmed() -> None:
    confirmed(lambda token: forget_lead(OTHER, "lead_1", False, token, NOW))


def reject() -> None:
    confirmed(lambda token: reject_lead(OTHER, "lead_1", "other", token, NOW))


def block() -> None:
    block_contact(OTHER, BlockRequest("phone", "+12025550147", "prj_1"), clock.new_id("req"), NOW)


@pytest.mark.parametrize(
    ("act", "code", "won"),
    [
        (release, "not_held", Status.ACCEPTED),
        (reject, "not_held", Status.REJECTED),
        (forget_confirmed, "erased", Status.HELD),
    ],
)
def test_CAM_15_an_earlier_action_wins_over_a_rejection(
    act: Callable[[], None], code: str, won: Status
) -> None:
    set_up()
    token = confirmation_of(rejection())
    with fault(meanwhile(act), on=WRITE, when=step(1)), pytest.raises(Conflict) as caught:
        rejection()(token)
    assert caught.value.code == code
    assert facts_of("lead_1").status is won
    assert [change for change in changes() if change.actor_id == MANAGER.id] == []


def test_CAM_15_an_earlier_rejection_wins_over_a_release() -> None:
    set_up()
    with fault(meanwhile(reject), on=WRITE, when=step(1)), pytest.raises(Conflict) as caught:
        release_lead(MANAGER, "lead_1", NOW)
    assert caught.value.code == "not_held"
    assert (facts_of("lead_1").status, facts_of("lead_1").agent_id) == (Status.REJECTED, None)


def test_CAM_15_a_blocked_lead_can_be_rejected() -> None:
    set_up()
    token = confirmation_of(rejection())
    with fault(meanwhile(block), on=WRITE, when=step(1)):
        assert rejection()(token).status is Status.REJECTED
