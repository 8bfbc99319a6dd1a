"""Legal holds: who sees the person, when they end, and what they prevent (RET-8, RET-16, RET-19)."""

import pytest

from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.retention import DeadlineOrigin, RetentionState
from chalicelib.core.times import iso
from chalicelib.leads.schemas.leads import LeadRetention
from chalicelib.leads.store import activities
from chalicelib.leads.usecases.read_lead import read_lead
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import EntryKind
from chalicelib.organisation.domain.configuration import Project
from chalicelib.privacy.usecases.finish_due import finish_due_erasures
from chalicelib.privacy.usecases.forget_contact import forget_contact
from chalicelib.privacy.usecases.forget_lead import forget_lead
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold, release_legal_hold
from chalicelib.privacy.usecases.read_receipt import receipt_of
from tests.factories.leads import (
    DAY,
    LEAD,
    MANAGER,
    NOW,
    confirmation_of,
    confirmed,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
    stamps_of,
)
from tests.harness.api import add_item
from tests.harness.faults import WRITES, Crash, dying, fault, step

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    create_organisation()
    add_item(Project(id="prj_2", version=1, name="Insurance"))


def test_RET_19_a_legal_hold_keeps_the_person_for_the_desk_only() -> None:
    create_lead()
    due = NOW + 10 * DAY
    facts = place_legal_hold(MANAGER, "lead_1", "litigation", due + DAY, NOW)

    assert facts.retention_state(NOW) is RetentionState.LEGAL_HOLD
    assert set(stamps_of("lead_1").values()) == {due + DAY}
    desk = read_lead(read_access(), "lead_1", due)
    worker = read_lead(read_access(_without(MANAGER, Permission.PRIVACY_SEARCH)), "lead_1", due)
    assert desk.person is not None
    assert worker.person is None


def test_RET_8_a_lead_names_the_legal_hold_until_it_is_released() -> None:
    create_lead()
    due = NOW + 10 * DAY

    shorter = place_legal_hold(MANAGER, "lead_1", "litigation", due - 1, NOW)
    longer = place_legal_hold(MANAGER, "lead_1", "litigation", due + DAY, NOW)
    released = confirmed(lambda confirmation: release_legal_hold(MANAGER, "lead_1", confirmation, NOW))

    shown = [LeadRetention.of(facts, NOW) for facts in (shorter, longer, released)]
    assert [item.origin for item in shown] == ["campaign", "legal_hold", "campaign"]
    assert {(item.due_at, item.days) for item in shown} == {(iso(due), 10)}


def test_WRK_16_history_and_ledger_name_a_legal_hold_distinctly() -> None:
    create_lead()
    until = NOW + 20 * DAY
    place_legal_hold(MANAGER, "lead_1", "litigation", until, NOW)
    later = NOW + 11 * DAY
    confirmed(lambda confirmation: release_legal_hold(MANAGER, "lead_1", confirmation, later))

    shown_values = [("hold", "litigation", iso(until)), ("hold_released", "litigation", iso(until))]
    happened = activities.list_all("lead_1", later)
    assert [(item.kind, item.detail["ground"], item.detail["until"]) for item in happened] == shown_values
    entries = [entry for entry in ledger.list_subject("lead/lead_1", later) if entry.kind is EntryKind.CHANGE]
    assert [(entry.action, *(entry.detail or {}).values()) for entry in entries] == shown_values


def test_PRI_32_a_legal_hold_keeps_the_ground_of_a_test_lead() -> None:
    create_lead(test=True)
    until = NOW + 20 * DAY
    place_legal_hold(MANAGER, "lead_1", "litigation", until, NOW)

    finish_due_erasures(lambda: True, until + 7 * 3600)

    assert facts_of("lead_1", until).retention.origin is DeadlineOrigin.LEGAL_HOLD
    assert facts_of("lead_1", until).basis == "test"


def test_RET_19_a_legal_hold_starts_before_the_deadline_and_ends_in_a_year() -> None:
    create_lead()

    for until in (NOW, NOW + 367 * DAY):
        with pytest.raises(Invalid):
            place_legal_hold(MANAGER, "lead_1", "litigation", until, NOW)
    with pytest.raises(Conflict) as refused:
        place_legal_hold(MANAGER, "lead_1", "litigation", NOW + 20 * DAY, NOW + 10 * DAY)
    assert refused.value.code == "deadline_passed"


def test_RET_19_a_lead_under_a_legal_hold_is_not_forgotten() -> None:
    create_lead()
    place_legal_hold(MANAGER, "lead_1", "litigation", NOW + DAY, NOW)

    for work in (
        lambda: forget_lead(MANAGER, "lead_1", False, None, NOW),
        lambda: forget_contact(read_access(MANAGER, "forget"), "phone", LEAD["phone"], False, None, NOW),
    ):
        with pytest.raises(Conflict) as refused:
            work()
        assert refused.value.code == "legal_hold"
    assert facts_of("lead_1").is_live(NOW)


@pytest.mark.parametrize(("later", "erased"), [(0, False), (11 * DAY, True)])
def test_RET_19_at_its_release_an_overdue_person_is_erased_at_once(later: int, erased: bool) -> None:
    create_lead()
    place_legal_hold(MANAGER, "lead_1", "litigation", NOW + 20 * DAY, NOW)

    facts = confirmed(lambda confirmation: release_legal_hold(MANAGER, "lead_1", confirmation, NOW + later))

    assert (facts.erased_at is not None) is erased
    assert set(stamps_of("lead_1").values()) == (set() if erased else {NOW + 10 * DAY})
    assert facts.retention.hold_until == (NOW + later if erased else None)


def test_RET_16_the_lag_after_a_release_counts_from_the_release(
    capsys: pytest.CaptureFixture[str],
) -> None:
    create_lead()
    place_legal_hold(MANAGER, "lead_1", "litigation", NOW + 300 * DAY, NOW)
    later = NOW + 200 * DAY

    facts = confirmed(lambda confirmation: release_legal_hold(MANAGER, "lead_1", confirmation, later))

    receipt_detail = receipt_of("lead_1", later).detail
    assert receipt_detail is not None
    assert (receipt_detail["basis"], receipt_detail["due_at"]) == ("retention", iso(NOW + 10 * DAY))
    assert (receipt_detail["erase_at"], receipt_detail["erased_at"], receipt_detail["lag_s"]) == (
        iso(later),
        iso(later),
        0,
    )
    assert '"ErasureLagSeconds":[0.0]' in capsys.readouterr().out.replace(" ", "")
    assert (facts.erase_at, facts.retention.hold_until) == (later, later)


def test_RET_16_a_crashed_release_leaves_a_person_overdue_since_then() -> None:
    create_lead()
    place_legal_hold(MANAGER, "lead_1", "litigation", NOW + 300 * DAY, NOW)
    later = NOW + 200 * DAY
    token = confirmation_of(lambda confirmation: release_legal_hold(MANAGER, "lead_1", confirmation, later))
    with fault(dying, on=WRITES, when=step(2)), pytest.raises(Crash):
        release_legal_hold(MANAGER, "lead_1", token, later)

    assert not facts_of("lead_1").is_live(later)
    assert finish_due_erasures(lambda: True, later + 60).oldest_overdue_s == 60
    assert finish_due_erasures(lambda: True, later + 7 * 3600).finished == 1
    receipt_detail = receipt_of("lead_1", later).detail
    assert receipt_detail is not None
    assert receipt_detail["lag_s"] == 7 * 3600


def test_RET_19_a_legal_hold_ends_at_the_exact_second() -> None:
    create_lead()
    end = NOW + 20 * DAY
    place_legal_hold(MANAGER, "lead_1", "litigation", end, NOW)

    assert read_lead(read_access(), "lead_1", end - 1).person is not None
    assert read_lead(read_access(), "lead_1", end).person is None


def _without(actor: Actor, permission: Permission) -> Actor:
    return Actor(actor.kind, actor.id, actor.role, actor.permissions - {permission}, actor.project_ids)
