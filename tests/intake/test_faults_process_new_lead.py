"""Processing a lead during other writes or under a legal hold (PRI-10, PRI-17, RET-19; data-model.md, Statistics)."""

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import counters
from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.core.errors import Unavailable
from chalicelib.core.times import utc_day
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.leads.store import contact_index
from chalicelib.ledger import store as ledger
from chalicelib.privacy.usecases.finish_due import finish_due_erasures
from chalicelib.privacy.usecases.forget_contact import contacts_named
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from chalicelib.privacy.usecases.suppress_contacts import suppress_contacts
from tests.factories.leads import (
    DAY,
    ENTERS_AT_ONCE,
    LEAD,
    MANAGER,
    NOW,
    create_lead,
    create_organisation,
    facts_of,
    stamps_of,
)
from tests.harness.faults import conflicting, fault, first, lost, meanwhile, step

TRANSACTION = {"TransactWriteItems"}


@pytest.fixture(autouse=True)
def _organisation(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_LONGEST_BACKOFF_S", 0.02)
    create_organisation(duplicates=ENTERS_AT_ONCE)


def create_and_block() -> None:
    create_lead()
    block_contact(MANAGER, BlockRequest("phone", LEAD["phone"], "prj_1"), "request_1", NOW)


def create_and_suppress() -> None:
    create_lead()
    suppress_contacts(MANAGER, contacts_named(MANAGER, "phone", LEAD["phone"], NOW), "request_1", NOW)


def hold() -> None:
    place_legal_hold(MANAGER, "lead_1", "litigation", NOW + 30 * DAY, NOW)


def accepted() -> int:
    return counters.read_day("statistics#cmp_1", utc_day(NOW)).get("accepted", 0)


def actions() -> list[str]:
    return [entry.action for entry in ledger.list_subject("lead/lead_1", NOW)]


def windows() -> list[contact_index.ContactRow]:
    return [row for row in contact_index.ContactRow.scan() if row.originals]


def test_PRI_17_blocks_are_checked_even_if_statistics_fail() -> None:
    create_and_block()

    with fault(conflicting, on=TRANSACTION, table="counters"), pytest.raises(Unavailable):
        process_new_lead("lead_1", NOW)
    assert facts_of("lead_1").blocked_at == NOW
    assert accepted() == 0

    process_new_lead("lead_1", NOW + 60)
    assert facts_of("lead_1").blocked_at == NOW
    assert accepted() == 1
    assert actions() == ["blocked"]


@pytest.mark.parametrize("values", [create_lead, create_and_block, create_and_suppress])
def test_data_model_contention_on_the_statistics_is_retried(values: object) -> None:
    values()  # type: ignore[operator]

    with fault(conflicting, on=TRANSACTION, when=first(3)) as fired:
        process_new_lead("lead_1", NOW)

    assert len(fired) == 3
    assert accepted() == 1


def test_data_model_a_lead_changed_after_a_lost_answer_counts_once() -> None:
    create_and_block()
    with fault(lost, on=TRANSACTION, table="counters", when=step(1)) as fired:
        process_new_lead("lead_1", NOW)
    process_new_lead("lead_1", NOW + 1)

    assert fired
    assert accepted() == 1


def test_RET_19_a_lead_under_a_legal_hold_is_marked_as_blocked() -> None:
    create_and_suppress()
    hold()

    for later in (0, 60):
        process_new_lead("lead_1", NOW + later)

    facts = facts_of("lead_1")
    assert (facts.is_live(NOW), facts.blocked_at) == (True, NOW)
    assert sorted(actions()) == ["blocked", "hold"]
    assert accepted() == 1


def test_RET_19_a_legal_hold_placed_during_processing_wins() -> None:
    create_and_suppress()

    with fault(meanwhile(hold), on=TRANSACTION, when=step(1)) as fired:
        process_new_lead("lead_1", NOW)

    assert fired
    assert facts_of("lead_1").is_live(NOW)
    assert facts_of("lead_1").blocked_at == NOW


def test_RET_19_a_lead_kept_only_by_a_legal_hold_blocks_no_other() -> None:
    create_and_suppress()
    hold()

    process_new_lead("lead_1", NOW + 11 * DAY)

    assert facts_of("lead_1").blocked_at is None
    assert accepted() == 1


def test_RET_14_a_lead_forgotten_while_processed_leaves_the_duplicate_index() -> None:
    create_and_suppress()
    assert len(windows()) == 1

    process_new_lead("lead_1", NOW)
    assert not facts_of("lead_1").is_live(NOW)
    assert windows() == []

    finish_due_erasures(lambda: True, NOW + 60)
    assert stamps_of("lead_1") == {}
    assert facts_of("lead_1").basis == "forget"
