"""The migration of contacts under faults: killed at each write, and races with leads, blocks and forgets."""

from collections.abc import Callable
from contextlib import suppress

import pytest

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import BlockRequest, BlockResult
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.blocks.usecases.change_block import change_block
from chalicelib.blocks.usecases.read_block import read_block
from chalicelib.blocks.usecases.rekey_block import RekeyedRow
from chalicelib.blocks.usecases.unblock_contact import unblock_contact
from chalicelib.campaigns.domain.campaign_settings import Duplicates
from chalicelib.core.errors import NotFound
from chalicelib.core.retention import Policy
from chalicelib.intake.usecases.receive_lead import IntakeResult, Submission, receive_lead
from chalicelib.jobs.domain import MAX_TRIES
from chalicelib.leads.domain.duplicate_index import Window
from chalicelib.leads.domain.leads import Status
from chalicelib.leads.store import contact_index
from chalicelib.leads.usecases import rekey_contacts as migration
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.leads.usecases.rekey_lead import rekey_lead
from chalicelib.organisation.domain.contact_forms import SETTLES_IN_S, LiveForms
from chalicelib.organisation.usecases.contact_forms import contact_forms, get_contact_forms
from chalicelib.privacy.usecases.forget_lead import forget_lead
from chalicelib.privacy.usecases.search_contact import search_contact
from tests.factories.contacts import add_key, begin, begin_writing, register_form_1, run
from tests.factories.leads import (
    LEAD,
    MANAGER,
    NOW,
    confirmed,
    create_campaign,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
)
from tests.harness.faults import WRITES, Crash, Fault, dying, dying_after, fault, lost, meanwhile, step

NUMBER, OTHER = "+12025550147", "+12025550148"
MEXICAN = ("+52 55 1234 5678", "+52 1 55 1234 5678")
ARGENTINE = ("+54 9 11 2345-6789", "+54 11 2345-6789")
LEASE_S = 901


@pytest.fixture(autouse=True)
def older_deployment(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment from before normal form 2; the migration goes through pages of one row."""
    monkeypatch.setattr(migration, "_PAGE", 1)
    register_form_1()
    create_organisation()
    create_campaign("cmp_2", policy=Policy(10), duplicates=Duplicates(enabled=True))


def block(contact: str, now: int = NOW) -> BlockResult:
    return block_contact(MANAGER, BlockRequest("phone", contact, "prj_1"), f"req_{contact}_{now}", now)


def post(lead_id: str, now: int, phone: str) -> IntakeResult:
    values = {"first_name": "Ada", "phone": phone}
    return receive_lead(Submission("cmp_2", values, None, lead_id), now)


def leads_found(now: int, phone: str = LEAD["phone"]) -> list[str]:
    result = search_contact(read_access(request_id=f"search_{now}"), "phone", phone, 50, None, now)
    return sorted(lead.facts.lead_id for lead in result.leads.items)


def finish(now: int) -> int:
    """Run the schedule until the migration has ended."""
    for _ in range(10):
        if not run(now):
            return now
        now += LEASE_S
    raise AssertionError("the migration does not end")


@pytest.mark.parametrize("rotation", ["form", "key"])
@pytest.mark.parametrize("crash", [dying, dying_after, lost])
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 17, 20])
def test_data_model_a_migration_killed_at_any_write_goes_on(rotation: str, crash: Fault, number: int) -> None:
    first = block(OTHER)
    create_lead()
    create_lead("lead_2", phone=MEXICAN[0])
    now = begin_writing(target=add_key() if rotation == "key" else None) + SETTLES_IN_S

    with suppress(Crash), fault(crash, on=WRITES, when=step(number)):
        run(now)
    assert post("lead_3", now, OTHER).declined == "blocked"
    assert leads_found(now) == ["lead_1"]

    end = finish(now + LEASE_S)
    assert get_contact_forms(end).kept == ()
    assert read_block(MANAGER, first.id, end)[0].id == first.id
    assert post("lead_4", end, OTHER).declined == "blocked"
    assert leads_found(end) == ["lead_1"]
    assert leads_found(end, MEXICAN[1]) == ["lead_2"]
    written = contact_forms(end).written
    refs = {row.ref for row in contact_index.ContactRow.scan() if row.entry == "lead#lead_1"}
    assert refs == {written.ref("phone", NUMBER), written.ref("email", LEAD["email"])}


def race(now: int, act: Callable[[], object], table: str, number: int = 1) -> int:
    """Finish the migration, while something else happens at its n-th transaction on a table; return the end."""
    with fault(meanwhile(act), on={"TransactWriteItems"}, when=step(number), table=table) as fired:
        end = finish(now + SETTLES_IN_S)
    assert fired
    return end


def test_PRI_14_an_unblocking_during_the_move_of_the_block_wins() -> None:
    first = block(NUMBER)
    now = begin_writing()
    end = race(now, lambda: unblock_contact(MANAGER, first.id, "req_un", now), "blocks")
    with pytest.raises(NotFound):
        read_block(MANAGER, first.id, end)
    assert list(blocks.BlockRow.scan()) == []


def test_PRI_13_an_end_set_during_the_move_of_the_block_remains() -> None:
    first = block(NUMBER)
    now = begin_writing()
    until = now + 1_000_000
    end = race(now, lambda: change_block(MANAGER, first.id, 1, until, "req_end", now), "blocks")
    assert read_block(MANAGER, first.id, end)[0].block.until == until


def test_PRI_12_a_block_made_again_during_its_move_stays_one_block() -> None:
    first = block(NUMBER)
    now = begin_writing()
    end = race(now, lambda: block(NUMBER, now), "blocks")
    again = block(NUMBER, end)
    assert (again.id, again.created, again.block.blocked_at) == (first.id, False, NOW)


def test_PRI_8_a_forget_during_the_rekeying_of_the_lead_leaves_nothing() -> None:
    create_lead()
    now = begin_writing()
    race(now, lambda: confirmed(lambda token: forget_lead(MANAGER, "lead_1", False, token, now)), "people")
    assert list(contact_index.ContactRow.scan()) == []


def test_INT_17_a_correction_during_the_rekeying_of_the_lead_remains() -> None:
    create_lead()
    now = begin_writing()
    version = facts_of("lead_1", now).version
    end = race(now, lambda: correct_lead(read_access(), "lead_1", version, {"phone": OTHER}, now), "people")
    assert (leads_found(end), leads_found(end, OTHER)) == ([], ["lead_1"])


def test_CAM_4_a_lead_that_comes_in_while_its_row_moves_is_a_duplicate() -> None:
    create_lead(campaign_id="cmp_2", values={"first_name": "Ada", "phone": MEXICAN[0]})
    now = begin_writing()
    seen: list[IntakeResult] = []
    end = race(now, lambda: seen.append(post("lead_2", now, MEXICAN[1])), "contacts")
    assert seen[0].facts is not None
    assert seen[0].facts.status is Status.DUPLICATE
    later = post("lead_3", end, MEXICAN[1])
    assert later.facts is not None
    assert later.facts.duplicate_of in {None, "lead_1"}
    assert later.facts.status is Status.DUPLICATE


def two_leads_at_once() -> list[str]:
    """Post a lead in the former form. At its transaction another process posts its twin in the new form."""
    begin()
    now = NOW + SETTLES_IN_S
    results: list[IntakeResult] = []

    def other_process() -> None:
        run(now)
        results.append(post("lead_2", now, ARGENTINE[1]))

    with fault(meanwhile(other_process), on={"TransactWriteItems"}, when=step(1), table="contacts"):
        results.append(post("lead_1", NOW, ARGENTINE[0]))
    assert get_contact_forms(now).writing
    return sorted(str(result.facts.status) for result in results if result.facts)


def test_CAM_4_two_leads_at_once_in_two_forms_are_an_original_and_a_duplicate() -> None:
    assert two_leads_at_once() == ["accepted", "duplicate"]


def test_CAM_4_without_the_condition_on_the_other_form_both_would_be_originals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = contact_index.ContactRow

    def holds_always(window: Window, now: int) -> batch.Check:
        return batch.Check(row("none", window.ref), row.ref.does_not_exist())

    monkeypatch.setattr(contact_index, "require_window", holds_always)
    assert two_leads_at_once() == ["accepted", "accepted"]


def test_data_model_a_migration_that_failed_too_often_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    create_lead()
    now = begin_writing() + SETTLES_IN_S
    for _ in range(MAX_TRIES + 2):
        with fault(dying, on={"TransactWriteItems"}, when=step(1)), suppress(Crash):
            run(now)
        now += LEASE_S
    assert leads_found(finish(now)) == ["lead_1"]


def test_data_model_a_lead_that_fails_for_its_own_reason_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    create_lead()
    create_lead("lead_2", phone=OTHER, email="two@example.org")
    now = begin_writing()

    def failing(lead_id: str, forms: LiveForms, now: int) -> RekeyedRow:
        if lead_id == "lead_1":
            raise ValueError("not readable")
        return rekey_lead(lead_id, forms, now)

    monkeypatch.setattr(migration, "rekey_lead", failing)
    end = finish(now + SETTLES_IN_S)
    assert len(get_contact_forms(end).kept) == 1
    assert (leads_found(end), leads_found(end, OTHER)) == (["lead_1"], ["lead_2"])
