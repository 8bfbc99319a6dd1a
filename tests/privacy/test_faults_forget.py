"""Forgetting that meets other writes, at the steps where they would undo it (PRI-6 … PRI-10, RET-14)."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.blocks import store as blocks
from chalicelib.blocks.usecases.block_ids import opaque_id
from chalicelib.blocks.usecases.unblock_contact import unblock_contact
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Duplicates
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import ConfirmationRequired, Conflict
from chalicelib.imports.domain.import_job import Import, ImportKind
from chalicelib.imports.domain.rows import Row
from chalicelib.imports.usecases.import_forgets import forget_rows, planned_forgets
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.leads.store import contact_index
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import EntryKind
from chalicelib.organisation import store as configuration
from chalicelib.privacy.usecases.finish_due import finish_due_erasures
from chalicelib.privacy.usecases.forget_contact import Forgotten, contacts_named, forget_contact
from chalicelib.privacy.usecases.forget_lead import forget_lead
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from chalicelib.privacy.usecases.suppress_contacts import suppress_contacts
from chalicelib.work.usecases.do_not_call import do_not_call
from tests.factories.leads import (
    AGENT,
    DAY,
    LEAD,
    MANAGER,
    NOW,
    confirmation_of,
    confirmed,
    create_lead,
    create_organisation,
    facts_of,
    stamps_of,
)
from tests.factories.work import create_assigned_lead
from tests.harness.api import add_item
from tests.harness.faults import Crash, Fault, conflicting, dying, dying_after, fault, lost, meanwhile, step

TRANSACTION = {"TransactWriteItems"}


@pytest.fixture(autouse=True)
def _organisation(aws: None) -> None:
    create_organisation()


def forget(lead_id: str, now: int = NOW) -> None:
    confirmed(lambda given: forget_lead(MANAGER, lead_id, False, given, now))


def looking_for_duplicates() -> None:
    """Add a campaign that takes duplicates of any campaign's leads for what they are."""
    campaign = configuration.get(Campaign, "cmp_1", NOW)
    assert campaign is not None
    add_item(replace(campaign, id="cmp_2", duplicates=Duplicates(enabled=True, scope="organisation")))


def windows_counted(lead_id: str) -> int:
    (receipt,) = [one for one in ledger.list_subject(f"lead/{lead_id}", NOW) if one.kind is EntryKind.RECEIPT]
    assert receipt.detail is not None
    return int(receipt.detail["stores"]["windows"])


def originals() -> list[list[str]]:
    """Return the leads of every window, as they lie there."""
    rows = [row for row in contact_index.ContactRow.scan() if row.originals]
    return [[one["lead_id"] for one in json.loads(row.originals)] for row in rows]


def test_data_model_a_recreated_index_row_loses_and_regains_no_lead() -> None:
    create_lead("lead_1")

    def another_comes_and_the_first_is_forgotten() -> None:
        forget("lead_1")
        create_lead("lead_2")

    with fault(meanwhile(another_comes_and_the_first_is_forgotten), on=TRANSACTION, when=step(1)) as fired:
        create_lead("lead_3")

    assert fired
    assert originals() == [["lead_2", "lead_3"]]


def test_RET_14_a_lead_that_waits_for_the_schedule_is_no_original() -> None:
    looking_for_duplicates()
    for number in range(51):
        create_lead(f"lead_{number}", NOW + number)
    now = NOW + 100
    done = confirmed(lambda given: forget_contact(MANAGER, "phone", LEAD["phone"], False, given, now))
    assert done.job_id is not None

    after = create_lead("lead_new", now + 240, "cmp_2")

    assert (after.status, after.duplicate_of) == ("accepted", None)


def test_RET_14_after_a_crash_the_lead_is_no_original_and_keeps_its_receipt() -> None:
    looking_for_duplicates()
    create_lead()
    with fault(dying_after, on=TRANSACTION, when=step(1)), pytest.raises(Crash):
        forget("lead_1")
    assert not facts_of("lead_1").is_live(NOW)

    after = create_lead("lead_2", NOW + 60, "cmp_2")
    finish_due_erasures(lambda: True, NOW + 61)

    assert after.duplicate_of is None
    assert windows_counted("lead_1") == 1
    assert stamps_of("lead_1") == {}


@pytest.mark.parametrize("trouble", [lost, conflicting, dying])
def test_PRI_8_the_mark_and_the_duplicate_index_are_one_write(trouble: Fault) -> None:
    create_lead("lead_1")
    create_lead("lead_2")
    with fault(trouble, on=TRANSACTION, when=step(1)) as fired, suppress(Crash):
        forget("lead_1")
    assert fired
    assert originals() == ([["lead_1", "lead_2"]] if trouble is dying else [["lead_2"]])
    assert facts_of("lead_1").is_live(NOW) is (trouble is dying)


def test_PRI_9_a_forget_wins_over_a_lead_added_meanwhile() -> None:
    create_lead("lead_1")
    with fault(meanwhile(lambda: create_lead("lead_2")), on=TRANSACTION, when=step(1)) as fired:
        forget("lead_1")
    assert fired
    assert originals() == [["lead_2"]]
    assert windows_counted("lead_1") == 1


def test_RET_15_the_schedule_checks_the_duplicate_index_again() -> None:
    create_lead()
    before = [row for row in contact_index.ContactRow.scan() if row.originals]
    with fault(dying_after, on=TRANSACTION, when=step(1)), pytest.raises(Crash):
        forget("lead_1")
    before[0].save()  # as a restore of the table would

    finish_due_erasures(lambda: True, NOW + 60)

    assert stamps_of("lead_1") == {}


def arriving_and_taken_up(lead_id: str) -> Fault:
    """Let a lead of the same contact come in, and be taken up, before the call goes on."""

    def comes() -> None:
        create_lead(lead_id)
        process_new_lead(lead_id, NOW)

    return meanwhile(comes)


def forget_contact_and_keep_out(given: Confirmation | None) -> Forgotten:
    return forget_contact(MANAGER, "phone", LEAD["phone"], True, given, NOW)


def started(lead_id: str) -> str:
    (entry,) = [one for one in ledger.list_subject(f"lead/{lead_id}", NOW) if one.action == "forget_started"]
    return str((entry.detail or {})["effect"])


def test_PRI_6_with_keep_out_a_lead_from_before_the_block_is_erased() -> None:
    create_lead("lead_1")
    token = confirmation_of(forget_contact_and_keep_out)

    with fault(arriving_and_taken_up("lead_2"), on=TRANSACTION, table="blocks", when=step(1)) as fired:
        done = forget_contact_and_keep_out(token)

    assert fired
    assert len(done.receipts) == 2
    assert [facts_of(one).basis for one in ("lead_1", "lead_2")] == ["forget", "forget"]
    assert started("lead_1") == started("lead_2")
    assert started("lead_1").startswith("1 lead(s)")


@pytest.mark.parametrize("number", range(1, 12))
def test_PRI_6_a_repeat_after_a_crash_erases_leads_from_before_the_block(
    number: int,
) -> None:
    create_lead("lead_1")
    token = confirmation_of(forget_contact_and_keep_out)
    arriving = fault(arriving_and_taken_up("lead_2"), on=TRANSACTION, table="blocks", when=step(1))
    with arriving, fault(dying_after, when=step(number)), suppress(Crash):
        forget_contact_and_keep_out(token)

    try:
        done = forget_contact_and_keep_out(token)
    except ConfirmationRequired:  # it died before anything was erased, and now there are two
        done = confirmed(forget_contact_and_keep_out)

    assert len(done.receipts) == 2
    assert [facts_of(one).basis for one in ("lead_1", "lead_2")] == ["forget", "forget"]


def test_PRI_6_a_new_lead_under_a_legal_hold_stops_the_forget() -> None:
    create_lead("lead_1")
    token = confirmation_of(forget_contact_and_keep_out)

    def comes_and_is_held() -> None:
        create_lead("lead_2")
        place_legal_hold(MANAGER, "lead_2", "litigation", NOW + DAY, NOW)

    with (
        fault(meanwhile(comes_and_is_held), on=TRANSACTION, table="blocks", when=step(1)),
        pytest.raises(Conflict) as refused,
    ):
        forget_contact_and_keep_out(token)

    assert refused.value.code == "legal_hold"
    assert facts_of("lead_1").is_live(NOW)


def test_PRI_10_a_forget_row_with_keep_out_erases_leads_from_before_the_block() -> None:
    create_lead("lead_1")
    whose: Any = {"scope": "prj_1", "project": "prj_1", "by_kind": MANAGER.kind, "by_id": MANAGER.id}
    job = Import("imp_1", ImportKind.FORGET, **whose, created_at=NOW, keep_out=True, confirmed_by="token")
    rows = [Row(1, 13, 2, (LEAD["phone"],))]
    planned = {one.line: one for one in planned_forgets(job, rows, NOW)}

    with fault(arriving_and_taken_up("lead_2"), on=TRANSACTION, table="blocks", when=step(1)) as fired:
        forget_rows(job, rows, planned, NOW)

    assert fired
    assert [facts_of(one).basis for one in ("lead_1", "lead_2")] == ["forget", "forget"]


def test_PRI_10_keep_out_a_second_after_an_unblocking_blocks_again() -> None:
    found = contacts_named(MANAGER, "phone", LEAD["phone"], NOW)
    for deed in ("deed_1", "deed_2"):
        suppress_contacts(MANAGER, found, ("prj_1",), deed, NOW)
        block = blocks.get(found[0].ref, "prj_1", NOW)
        assert block is not None
        if deed == "deed_1":
            unblock_contact(MANAGER, opaque_id(block.ref, block.scope), "req_1", NOW)


def test_PRI_12_do_not_call_a_second_after_an_unblocking_blocks_again() -> None:
    create_assigned_lead()
    (ref,) = [one.ref for one in contacts_named(MANAGER, "phone", LEAD["phone"], NOW)]
    for request_id in ("req_1", "req_2"):
        do_not_call(AGENT, facts_of("lead_1"), request_id, NOW)
        assert blocks.get(ref, "prj_1", NOW) is not None
        if request_id == "req_1":
            unblock_contact(MANAGER, opaque_id(ref, "prj_1"), "req_0", NOW)
