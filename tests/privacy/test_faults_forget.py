"""A forget during other writes, at the steps where they could undo it (PRI-6 … PRI-10, RET-14)."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_ids import opaque_id
from chalicelib.blocks.usecases.unblock_contact import unblock_contact
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Duplicates
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import ConfirmationRequired, Conflict
from chalicelib.imports.domain.import_job import Import, ImportKind
from chalicelib.imports.domain.rows import FileRow
from chalicelib.imports.usecases.import_forgets import forget_rows, planned_forgets
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.leads.store import contact_index
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import EntryKind
from chalicelib.organisation import store as configuration
from chalicelib.privacy.usecases.carry_out_forgets import carry_out_forgets
from chalicelib.privacy.usecases.finish_due import finish_due_erasures
from chalicelib.privacy.usecases.forget_contact import Forgotten, contacts_named, forget_contact
from chalicelib.privacy.usecases.forget_lead import forget_lead
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from chalicelib.privacy.usecases.suppress_contacts import suppress_contacts
from chalicelib.work.usecases.do_not_call import do_not_call
from tests.factories.leads import (
    AGENT,
    DAY,
    ENTERS_AT_ONCE,
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
from tests.factories.work import create_assigned_lead
from tests.harness.api import add_item
from tests.harness.faults import Crash, Fault, conflicting, dying, dying_after, fault, lost, meanwhile, step

DESK = read_access(MANAGER, "forget")
TRANSACTION = {"TransactWriteItems"}


@pytest.fixture(autouse=True)
def _organisation(aws: None) -> None:
    create_organisation(duplicates=ENTERS_AT_ONCE)


def forget_confirmed(lead_id: str, now: int = NOW) -> None:
    confirmed(lambda confirmation: forget_lead(MANAGER, lead_id, False, confirmation, now))


def create_duplicate_campaign() -> None:
    """Create a campaign that checks for duplicates of leads of any campaign."""
    campaign = configuration.get(Campaign, "cmp_1", NOW)
    assert campaign is not None
    add_item(replace(campaign, id="cmp_2", duplicates=Duplicates(enabled=True, scope="organisation")))


def windows_counted(lead_id: str) -> int:
    (receipt,) = [
        entry for entry in ledger.list_subject(f"lead/{lead_id}", NOW) if entry.kind is EntryKind.RECEIPT
    ]
    assert receipt.detail is not None
    return int(receipt.detail["stores"]["windows"])


def originals() -> list[list[str]]:
    """Return the leads of every row of the duplicate index."""
    rows = [row for row in contact_index.ContactRow.scan() if row.originals]
    return [[original["lead_id"] for original in json.loads(row.originals)] for row in rows]


def test_data_model_a_recreated_index_row_loses_and_regains_no_lead() -> None:
    create_lead("lead_1")

    def forget_first_and_create_second() -> None:
        forget_confirmed("lead_1")
        create_lead("lead_2")

    with fault(meanwhile(forget_first_and_create_second), on=TRANSACTION, when=step(1)) as fired:
        create_lead("lead_3")

    assert fired
    assert originals() == [["lead_2", "lead_3"]]


def test_RET_14_a_lead_that_waits_for_the_schedule_is_no_original() -> None:
    create_duplicate_campaign()
    for number in range(51):
        create_lead(f"lead_{number}", NOW + number)
    now = NOW + 100
    result = confirmed(
        lambda confirmation: forget_contact(DESK, "phone", LEAD["phone"], False, confirmation, now)
    )
    assert result.job_id is not None
    carry_out_forgets(lambda: now + 1, lambda: True)

    after = create_lead("lead_new", now + 240, "cmp_2")

    assert (after.status, after.duplicate_of) == ("accepted", None)


def test_RET_14_after_a_crash_the_lead_is_no_original_and_keeps_its_receipt() -> None:
    create_duplicate_campaign()
    create_lead()
    with fault(dying_after, on=TRANSACTION, when=step(1)), pytest.raises(Crash):
        forget_confirmed("lead_1")
    assert not facts_of("lead_1").is_live(NOW)

    after = create_lead("lead_2", NOW + 60, "cmp_2")
    finish_due_erasures(lambda: True, NOW + 61)

    assert after.duplicate_of is None
    assert windows_counted("lead_1") == 1
    assert stamps_of("lead_1") == {}


@pytest.mark.parametrize("disturbance", [lost, conflicting, dying])
def test_PRI_8_the_mark_and_the_duplicate_index_are_one_write(disturbance: Fault) -> None:
    create_lead("lead_1")
    create_lead("lead_2")
    with fault(disturbance, on=TRANSACTION, when=step(1)) as fired, suppress(Crash):
        forget_confirmed("lead_1")
    assert fired
    assert originals() == ([["lead_1", "lead_2"]] if disturbance is dying else [["lead_2"]])
    assert facts_of("lead_1").is_live(NOW) is (disturbance is dying)


def test_PRI_9_a_forget_wins_over_a_lead_added_meanwhile() -> None:
    create_lead("lead_1")
    with fault(meanwhile(lambda: create_lead("lead_2")), on=TRANSACTION, when=step(1)) as fired:
        forget_confirmed("lead_1")
    assert fired
    assert originals() == [["lead_2"]]
    assert windows_counted("lead_1") == 1


def test_RET_15_the_schedule_checks_the_duplicate_index_again() -> None:
    create_lead()
    before = [row for row in contact_index.ContactRow.scan() if row.originals]
    with fault(dying_after, on=TRANSACTION, when=step(1)), pytest.raises(Crash):
        forget_confirmed("lead_1")
    before[0].save()  # as a restore of the table would

    finish_due_erasures(lambda: True, NOW + 60)

    assert stamps_of("lead_1") == {}


def receive_and_process(lead_id: str) -> Fault:
    """Receive and process a lead of the same contact before the call continues."""

    def create_and_process() -> None:
        create_lead(lead_id)
        process_new_lead(lead_id, NOW)

    return meanwhile(create_and_process)


def forget_and_suppress(values: Confirmation | None) -> Forgotten:
    return forget_contact(DESK, "phone", LEAD["phone"], True, values, NOW)


def effect_at_start(lead_id: str) -> str:
    (entry,) = [
        item for item in ledger.list_subject(f"lead/{lead_id}", NOW) if item.action == "forget_started"
    ]
    return str((entry.detail or {})["effect"])


def test_PRI_6_with_keep_out_a_lead_from_before_the_block_is_erased() -> None:
    create_lead("lead_1")
    token = confirmation_of(forget_and_suppress)

    with fault(receive_and_process("lead_2"), on=TRANSACTION, table="blocks", when=step(1)) as fired:
        result = forget_and_suppress(token)

    assert fired
    assert len(result.receipts) == 2
    assert [facts_of(item).basis for item in ("lead_1", "lead_2")] == ["forget", "forget"]
    assert effect_at_start("lead_1") == effect_at_start("lead_2")
    assert effect_at_start("lead_1").startswith("1 lead(s)")


@pytest.mark.parametrize("number", range(2, 13))
def test_PRI_6_a_repeat_after_a_crash_erases_leads_from_before_the_block(
    number: int,
) -> None:
    create_lead("lead_1")
    token = confirmation_of(forget_and_suppress)
    arriving = fault(receive_and_process("lead_2"), on=TRANSACTION, table="blocks", when=step(1))
    with arriving, fault(dying_after, when=step(number)), suppress(Crash):
        forget_and_suppress(token)

    try:
        result = forget_and_suppress(token)
    except ConfirmationRequired:  # it crashed before the erasure, and now there are two leads
        result = confirmed(forget_and_suppress)

    assert len(result.receipts) == 2
    assert [facts_of(item).basis for item in ("lead_1", "lead_2")] == ["forget", "forget"]


def test_PRI_6_a_new_lead_under_a_legal_hold_stops_the_forget() -> None:
    create_lead("lead_1")
    token = confirmation_of(forget_and_suppress)

    def create_under_legal_hold() -> None:
        create_lead("lead_2")
        place_legal_hold(MANAGER, "lead_2", "litigation", NOW + DAY, NOW)

    with (
        fault(meanwhile(create_under_legal_hold), on=TRANSACTION, table="blocks", when=step(1)),
        pytest.raises(Conflict) as refused,
    ):
        forget_and_suppress(token)

    assert refused.value.code == "legal_hold"
    assert facts_of("lead_1").is_live(NOW)


def test_PRI_10_a_forget_row_with_keep_out_erases_leads_from_before_the_block() -> None:
    create_lead("lead_1")
    whose: Any = {"scope": "prj_1", "project": "prj_1", "by_kind": MANAGER.kind, "by_id": MANAGER.id}
    job = Import("imp_1", ImportKind.FORGET, **whose, created_at=NOW, keep_out=True, confirmed_by="token")
    rows = [FileRow(1, 13, 2, (LEAD["phone"],))]
    planned = {row.line: row for row in planned_forgets(job, rows, NOW)}

    with fault(receive_and_process("lead_2"), on=TRANSACTION, table="blocks", when=step(1)) as fired:
        forget_rows(job, rows, planned, lambda: NOW)

    assert fired
    assert [facts_of(item).basis for item in ("lead_1", "lead_2")] == ["forget", "forget"]


def test_PRI_10_keep_out_a_second_after_an_unblocking_blocks_again() -> None:
    contacts = contacts_named(MANAGER, "phone", LEAD["phone"], NOW)
    for action in ("request_1", "request_2"):
        suppress_contacts(MANAGER, contacts, action, NOW)
        block = blocks.get(contacts[0].ref, "prj_1", NOW)
        assert block is not None
        if action == "request_1":
            unblock_contact(MANAGER, opaque_id(block.ref, block.scope), "req_1", NOW)


def test_PRI_12_do_not_call_a_second_after_an_unblocking_blocks_again() -> None:
    create_assigned_lead()
    (ref,) = [item.ref for item in contacts_named(MANAGER, "phone", LEAD["phone"], NOW)]
    for request_id in ("req_1", "req_2"):
        do_not_call(AGENT, facts_of("lead_1"), request_id, NOW)
        assert blocks.get(ref, "prj_1", NOW) is not None
        if request_id == "req_1":
            unblock_contact(MANAGER, opaque_id(ref, "prj_1"), "req_0", NOW)
