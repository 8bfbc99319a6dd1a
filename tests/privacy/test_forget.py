"""Forgetting a lead and a contact (PRI-6 … PRI-10)."""

from typing import Any

import pytest

from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.core.access import ALL_PROJECTS, Actor, Permission, Role
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import ConfirmationRequired, Invalid, NotFound, Unavailable
from chalicelib.core.retention import DeadlineOrigin, Policy
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.intake.usecases.receive_lead import Submission, receive_lead
from chalicelib.jobs.domain import JobState
from chalicelib.jobs.usecases.read_job import read_job
from chalicelib.leads.usecases.read_lead import read_lead
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import EntryKind
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.store import ConfigRow, clear_cache
from chalicelib.privacy.usecases.carry_out_forgets import carry_out_forgets
from chalicelib.privacy.usecases.finish_due import finish_due_erasures
from chalicelib.privacy.usecases.forget_contact import Forgotten, forget_contact
from chalicelib.privacy.usecases.forget_lead import forget_lead
from tests.factories.leads import (
    DAY,
    LEAD,
    MANAGER,
    NOW,
    OUTSIDER,
    confirmation_of,
    confirmed,
    create_campaign,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
    stamps_of,
)
from tests.harness.api import add_item
from tests.harness.faults import WRITES, Crash, dying, dying_after, fault, step

pytestmark = pytest.mark.usefixtures("aws")

DESK = read_access(MANAGER, "forget")
ADMIN = Actor("user", "usr_admin", Role.ADMIN, frozenset(Permission))


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    create_organisation()
    add_item(Project(id="prj_2", version=1, name="Insurance"))


def forget_confirmed(
    lead_id: str = "lead_1", keep_out: bool = False, actor: Actor = MANAGER, now: int = NOW
) -> Any:
    return confirmed(lambda confirmation: forget_lead(actor, lead_id, keep_out, confirmation, now))


def post(now: int = NOW, lead_id: str = "lead_9", **more: Any) -> str | None:
    return receive_lead(Submission("cmp_1", {**LEAD, **more}, None, lead_id), now).declined


def all_blocks() -> list[Any]:
    return list(blocks.BlockRow.scan())


def test_PRI_6_nothing_is_forgotten_before_it_is_confirmed() -> None:
    create_lead()

    with pytest.raises(ConfirmationRequired) as caught:
        forget_lead(MANAGER, "lead_1", False, None, NOW)

    assert caught.value.effect.numbers["leads"] == 1
    assert "cannot be undone" in caught.value.effect.summary
    assert facts_of("lead_1").is_live(NOW)


def test_PRI_7_the_person_is_removed_everywhere_and_facts_stay() -> None:
    create_lead()

    receipt = forget_confirmed()

    assert stamps_of("lead_1") == {}
    facts = facts_of("lead_1")
    assert (facts.erased_at, facts.basis, facts.digest, facts.answer) == (NOW, "forget", None, None)
    assert facts.price is not None
    assert receipt.kind is EntryKind.RECEIPT
    assert receipt.detail["basis"] == "forget"


def test_PRI_8_a_repeat_gives_the_same_receipt() -> None:
    create_lead()

    first = forget_confirmed()

    assert forget_lead(MANAGER, "lead_1", False, None, NOW + 5) == first


@pytest.mark.parametrize("keep_out", [False, True])
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("number", range(1, 9))
def test_PRI_8_a_crash_at_any_step_and_a_repeat_end_the_same(
    number: int, before: bool, keep_out: bool
) -> None:
    create_lead()
    crash = dying if before else dying_after
    try:
        with fault(crash, on=WRITES, when=step(number)):
            forget_confirmed(keep_out=keep_out)
    except Crash:
        pass

    if facts_of("lead_1").erased_at is None:
        forget_confirmed(keep_out=keep_out, now=NOW + 1)

    assert stamps_of("lead_1") == {}
    receipts = [entry for entry in ledger.list_subject("lead/lead_1", NOW) if entry.kind is EntryKind.RECEIPT]
    assert len(receipts) == 1
    assert receipts[0].detail is not None
    assert receipts[0].detail["basis"] == "forget"
    assert len(all_blocks()) == (2 if keep_out else 0)


def test_PRI_8_the_schedule_finishes_without_waiting_for_max_lag() -> None:
    create_lead()
    with pytest.raises(Crash), fault(dying, on=WRITES, when=step(2)):
        forget_confirmed()
    assert read_lead(read_access(), "lead_1", NOW).person is None
    assert stamps_of("lead_1") != {}

    finish_due_erasures(lambda: True, NOW + 1)

    assert stamps_of("lead_1") == {}
    assert facts_of("lead_1").basis == "forget"


def test_PRI_9_nothing_restores_a_forgotten_lead() -> None:
    body = {"external_id": "k1"}
    receipt = receive_lead(Submission("cmp_1", {**LEAD, **body}, None, "unused"), NOW)
    assert receipt.facts is not None
    lead_id = receipt.facts.lead_id
    forget_confirmed(lead_id)

    repeated = receive_lead(Submission("cmp_1", {**LEAD, **body}, None, "unused"), NOW + 1)

    assert repeated.facts is not None
    assert repeated.replayed
    assert not repeated.facts.is_live(NOW + 1)
    assert stamps_of(lead_id) == {}


@pytest.mark.parametrize(("actor", "scopes"), [(ADMIN, [ALL_PROJECTS]), (MANAGER, ["prj_1"])])
def test_PRI_10_keep_out_blocks_without_the_number(actor: Actor, scopes: list[str]) -> None:
    create_lead()

    forget_confirmed(keep_out=True, actor=actor)

    assert post(NOW + 1) == "blocked"
    assert sorted({row.scope for row in all_blocks()}) == scopes
    assert all(row.number is None and row.by_kind == "forget" for row in all_blocks())
    assert "5550147" not in str([row.attribute_values for row in all_blocks()])


def test_PRI_10_keep_out_removes_end_and_number_of_an_existing_block() -> None:
    block_contact(MANAGER, BlockRequest("phone", LEAD["phone"], "prj_1", until=NOW + DAY), "d1", NOW)
    create_lead(values={"phone": "202-555-0148"}, email=LEAD["email"])

    confirmed(lambda confirmation: forget_contact(DESK, "phone", LEAD["phone"], True, confirmation, NOW))

    assert [(row.number, row.expires_at) for row in all_blocks()] == [(None, None)]


def test_PRI_10_a_failed_keep_out_forgets_nothing() -> None:
    create_lead()
    ConfigRow("lead_type", "lt_1").delete()
    clear_cache()

    with pytest.raises(Unavailable):
        forget_confirmed(keep_out=True)

    assert facts_of("lead_1").is_live(NOW)
    forget_confirmed(keep_out=False)


def test_PRI_10_without_keep_out_the_contact_may_come_in_again() -> None:
    create_lead()
    forget_confirmed()

    assert post(NOW + 1) is None


def test_PRI_6_everything_of_a_contact_is_erased_and_nothing_else() -> None:
    create_lead("lead_1")
    create_lead("lead_2", values={"phone": LEAD["phone"]})
    create_lead("lead_3", values={"phone": "202-555-0199"})

    result: Forgotten = confirmed(
        lambda confirmation: forget_contact(DESK, "phone", "(202) 555-0147", False, confirmation, NOW)
    )

    assert len(result.receipts) == 2
    assert [facts_of(item).erased_at for item in ("lead_1", "lead_2", "lead_3")] == [NOW, NOW, None]


def test_PRI_8_a_repeated_forget_of_a_contact_gives_the_same_receipts() -> None:
    create_lead("lead_1")
    create_lead("lead_2", values={"phone": LEAD["phone"]})

    confirmation = confirmation_of(_forget_contact)
    first, repeated = _forget_contact(confirmation), _forget_contact(confirmation)

    assert len(first.receipts) == 2
    assert sorted(receipt.id for receipt in repeated.receipts) == sorted(
        receipt.id for receipt in first.receipts
    )
    with pytest.raises(ConfirmationRequired):
        forget_contact(DESK, "phone", LEAD["phone"], True, confirmation, NOW)


def test_PRI_8_a_crashed_forget_is_completed_by_the_same_confirmation() -> None:
    create_lead("lead_1")
    create_lead("lead_2", values={"phone": LEAD["phone"]})

    confirmation = confirmation_of(_forget_contact)
    with pytest.raises(Crash), fault(dying_after, on={"TransactWriteItems"}, when=step(2)):
        _forget_contact(confirmation)

    assert len(_forget_contact(confirmation).receipts) == 2
    assert not any(facts_of(item).is_live(NOW) for item in ("lead_1", "lead_2"))


def _forget_contact(values: Confirmation | None) -> Forgotten:
    return forget_contact(DESK, "phone", LEAD["phone"], False, values, NOW)


def test_ACC_4_the_desk_of_another_project_finds_nothing() -> None:
    create_lead()

    with pytest.raises(NotFound):
        forget_lead(OUTSIDER, "lead_1", False, None, NOW)
    result = confirmed(
        lambda confirmation: forget_contact(
            read_access(OUTSIDER), "phone", LEAD["phone"], False, confirmation, NOW
        )
    )

    assert result.receipts == ()
    assert facts_of("lead_1").is_live(NOW)


def test_PRI_6_an_impossible_contact_is_refused() -> None:
    with pytest.raises(Invalid):
        forget_contact(DESK, "phone", "nobody", False, None, NOW)


def test_RET_8_a_forget_wins_over_every_setting() -> None:
    create_campaign("cmp_2", policy=Policy(None))
    create_lead(campaign_id="cmp_2")

    forget_confirmed()

    assert facts_of("lead_1").retention.origin is DeadlineOrigin.FORGET


def test_PRI_10_a_lead_received_during_the_block_is_erased_when_processed() -> None:
    create_lead("lead_1")
    create_lead("lead_2", values={"phone": LEAD["phone"]})
    confirmed(lambda confirmation: forget_lead(MANAGER, "lead_1", True, confirmation, NOW))

    process_new_lead("lead_2", NOW + 1)
    finish_due_erasures(lambda: True, NOW + 2)

    assert stamps_of("lead_2") == {}
    assert facts_of("lead_2").basis == "forget"


def test_PRI_8a_more_than_fifty_leads_are_an_order() -> None:
    for number in range(51):
        create_lead(f"lead_{number}", values={"phone": LEAD["phone"]})

    result = confirmed(
        lambda confirmation: forget_contact(DESK, "phone", LEAD["phone"], False, confirmation, NOW)
    )
    assert result.job_id is not None
    waiting = read_job(MANAGER, result.job_id, NOW)
    assert not any(facts_of(f"lead_{number}").is_live(NOW) for number in range(51))
    carry_out_forgets(lambda: NOW + 61, lambda: True)
    ended = read_job(MANAGER, result.job_id, NOW + 61)

    assert (waiting.state, waiting.work.done, waiting.work.of) == (JobState.RUNNING, 0, 51)
    assert (ended.state, len(ended.work.tally["erased"])) == (JobState.DONE, 51)
