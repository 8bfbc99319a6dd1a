"""Setting the retention of one lead (RET-8, RET-10 … RET-13)."""

from dataclasses import replace

import pytest

from chalicelib.core.access import Permission
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import ConfirmationRequired, Conflict, Forbidden, Invalid, NotFound
from chalicelib.core.retention import DeadlineOrigin, Policy, RetentionState
from chalicelib.core.times import iso
from chalicelib.leads.domain.lead_retention import RetentionRequest
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.usecases.read_lead import read_lead
from chalicelib.leads.usecases.set_retention import set_retention
from chalicelib.ledger import store as ledger
from tests.factories.leads import (
    AGENT,
    DAY,
    ENTERS_AT_ONCE,
    MANAGER,
    NOW,
    OUTSIDER,
    confirmation_of,
    confirmed,
    create_comments,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
    stamps_of,
)

pytestmark = pytest.mark.usefixtures("aws")


def setting(request: RetentionRequest, now: int = NOW) -> Facts:
    return confirmed(lambda token: set_retention(MANAGER, "lead_1", request, token, now))


def test_RET_10_days_an_instant_and_none_win_over_the_campaign() -> None:
    create_organisation()
    create_lead()
    shown = []
    for expected in (
        RetentionRequest(days=20),
        RetentionRequest(until=NOW + 7),
        RetentionRequest(reason="contract"),
        RetentionRequest(days=10),
    ):
        facts = setting(expected)
        shown.append((facts.retention.origin, facts.retention.days, facts.erase_at))
        assert facts == facts_of("lead_1")
        assert set(stamps_of("lead_1").values()) == {facts.erase_at}
    assert shown == [
        (DeadlineOrigin.LEAD, 20, NOW + 20 * DAY),
        (DeadlineOrigin.LEAD, None, NOW + 7),
        (DeadlineOrigin.LEAD, None, None),
        (DeadlineOrigin.LEAD, 10, NOW + 10 * DAY),
    ]
    assert facts_of("lead_1").retention.base_due_at == NOW + 10 * DAY


def test_RET_10_a_lead_without_a_policy_can_get_one() -> None:
    create_organisation(Policy())
    create_lead()
    assert facts_of("lead_1").retention_state(NOW) is RetentionState.NONE
    facts = setting(RetentionRequest(days=1))
    assert facts.erase_at == NOW + DAY
    assert set(stamps_of("lead_1").values()) == {NOW + DAY}


@pytest.mark.parametrize(
    "invalid",
    [RetentionRequest(days=1), RetentionRequest(until=NOW + DAY), RetentionRequest(until=NOW + 4000 * DAY)],
)
def test_RET_10_an_instant_in_the_past_or_too_far_ahead_is_refused(invalid: RetentionRequest) -> None:
    create_organisation()
    create_lead()
    with pytest.raises(Invalid):
        set_retention(MANAGER, "lead_1", invalid, None, NOW + 2 * DAY)


@pytest.mark.parametrize("late", [0, 1, 5 * DAY])
def test_RET_11_from_the_initial_deadline_on_nothing_changes(late: int) -> None:
    create_organisation()
    create_lead()
    setting(RetentionRequest(days=20))
    before = facts_of("lead_1")
    with pytest.raises(Conflict) as caught:
        set_retention(MANAGER, "lead_1", RetentionRequest(days=30), None, NOW + 10 * DAY + late)
    assert caught.value.code == "deadline_passed"
    assert facts_of("lead_1") == before


def test_RET_11_the_write_is_refused_if_the_deadline_passes_meanwhile() -> None:
    create_organisation()
    create_lead()
    last_second = NOW + 10 * DAY - 1
    token = confirmation_of(
        lambda confirmation: set_retention(
            MANAGER, "lead_1", RetentionRequest(days=30), confirmation, last_second
        )
    )
    with pytest.raises(Conflict) as caught:
        set_retention(MANAGER, "lead_1", RetentionRequest(days=30), token, last_second + 1)
    assert caught.value.code == "deadline_passed"
    assert facts_of("lead_1").version == 1


def test_RET_12_the_first_call_returns_the_effect_and_changes_nothing() -> None:
    create_organisation()
    create_lead()
    with pytest.raises(ConfirmationRequired) as caught:
        set_retention(MANAGER, "lead_1", RetentionRequest(days=2), None, NOW)
    numbers = caught.value.effect.numbers
    assert (numbers["erase_at"], numbers["erase_at_before"]) == (iso(NOW + 2 * DAY), iso(NOW + 10 * DAY))
    assert iso(NOW + 2 * DAY) in caught.value.effect.summary
    assert facts_of("lead_1").version == 1


def test_RET_12_a_confirmation_is_for_one_setting_version_and_user() -> None:
    create_organisation()
    create_lead()
    token = confirmation_of(
        lambda confirmation: set_retention(MANAGER, "lead_1", RetentionRequest(days=2), confirmation, NOW)
    )
    with pytest.raises(ConfirmationRequired):
        set_retention(MANAGER, "lead_1", RetentionRequest(days=3), token, NOW)
    with pytest.raises(ConfirmationRequired):
        set_retention(replace(MANAGER, id="usr_other"), "lead_1", RetentionRequest(days=2), token, NOW)
    setting(RetentionRequest(days=5))
    with pytest.raises(ConfirmationRequired):
        set_retention(MANAGER, "lead_1", RetentionRequest(days=2), token, NOW)
    assert facts_of("lead_1").retention.days == 5


def test_RET_12_the_confirmed_call_repeated_after_a_lost_answer_succeeds() -> None:
    create_organisation()
    create_lead()
    request = RetentionRequest(until=NOW + 3)

    def work(token: Confirmation | None) -> Facts:
        return set_retention(MANAGER, "lead_1", request, token, NOW)

    token = confirmation_of(work)
    assert work(token) == work(token)
    assert set_retention(MANAGER, "lead_1", request, token, NOW + 60).version == 2
    assert len(ledger.list_subject("lead/lead_1", NOW)) == 1


def test_RET_13_without_the_permission_it_is_read_only() -> None:
    create_organisation()
    create_lead()
    reader = replace(MANAGER, permissions=frozenset(Permission) - {Permission.RETENTION_MANAGE})
    with pytest.raises(Forbidden):
        set_retention(reader, "lead_1", RetentionRequest(days=2), None, NOW)
    assert read_lead(read_access(reader), "lead_1", NOW).facts.retention.days == 10


def test_ACC_4_the_retention_of_a_foreign_lead_does_not_exist() -> None:
    create_organisation()
    create_lead()
    for actor in (OUTSIDER, AGENT):
        with pytest.raises(NotFound):
            set_retention(actor, "lead_1", RetentionRequest(days=2), None, NOW)


def test_RET_8_the_deadline_of_a_test_lead_never_moves() -> None:
    create_organisation()
    create_lead(test=True)
    with pytest.raises(Conflict) as caught:
        set_retention(MANAGER, "lead_1", RetentionRequest(days=30), None, NOW)
    assert caught.value.code == "test_lead"


def test_PRI_29_the_ledger_names_the_actor_and_the_confirmed_effect() -> None:
    create_organisation()
    create_lead()
    setting(RetentionRequest(reason="dispute"))
    (entry,) = ledger.list_subject("lead/lead_1", NOW)
    assert (entry.action, entry.actor_id) == ("retention", "usr_manager")
    assert entry.detail is not None
    assert entry.detail["reason"] == "dispute"
    assert "kept without an end" in entry.detail["effect"]
    changes = {change.name: (change.before, change.after) for change in entry.fields}
    assert changes["retention.due_at"] == (iso(NOW + 10 * DAY), None)
    (activity,) = read_lead(read_access(), "lead_1", NOW).activities
    assert (activity.kind, activity.by_id, activity.detail["origin"]) == ("retention", "usr_manager", "lead")


def test_RET_10_every_comment_ends_with_the_lead() -> None:
    create_organisation(duplicates=ENTERS_AT_ONCE)
    create_lead()
    create_comments("lead_1", 130)
    for request in (RetentionRequest(days=20), RetentionRequest(days=2)):
        facts = setting(request)
        stamps = stamps_of("lead_1")
        assert len(stamps) == 1 + 130 + 2 + 1
        assert set(stamps.values()) == {facts.erase_at}
