"""Contacts in two forms, and the migration from one to the other (data-model.md, Contacts; USE-U8, FILE-A14)."""

from typing import Any

import pytest

from chalicelib.aws import secrets
from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import BlockRequest, BlockResult
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.blocks.usecases.change_block import change_block
from chalicelib.blocks.usecases.list_blocks import list_blocks
from chalicelib.blocks.usecases.read_block import read_block
from chalicelib.blocks.usecases.rekey_block import Rekeyed
from chalicelib.blocks.usecases.search_blocks import search_blocks
from chalicelib.blocks.usecases.unblock_contact import unblock_contact
from chalicelib.campaigns.domain.campaign_settings import Duplicates
from chalicelib.core.errors import Conflict, Unavailable
from chalicelib.core.retention import Policy
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.intake.usecases.receive_lead import IntakeResult, Submission, receive_lead
from chalicelib.jobs import store as jobs
from chalicelib.jobs.schemas import result_of
from chalicelib.leads.domain.forget_orders import ForgetOrder, OrderReading
from chalicelib.leads.domain.leads import Status
from chalicelib.leads.store import contact_index, forget_orders, people
from chalicelib.leads.usecases import rekey_contacts as migration
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.leads.usecases.read_lead import read_lead
from chalicelib.leads.usecases.rekey_lead import rekey_lead
from chalicelib.organisation.domain.configuration import Field, LeadType
from chalicelib.organisation.domain.contact_forms import SETTLES_IN_S
from chalicelib.organisation.usecases.contact_forms import contact_forms, get_contact_forms
from chalicelib.privacy.usecases.forget_lead import forget_lead
from chalicelib.privacy.usecases.search_contact import search_contact
from chalicelib.work.usecases.do_not_call import do_not_call
from tests.factories.contacts import add_key, begin, begin_writing, migrate, register_form_1, run
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
from tests.factories.quality import create_bare_campaign
from tests.harness.api import add_item
from tests.harness.faults import metered

LATER = NOW + 10 * SETTLES_IN_S
STOP, SHOUT = "stop@example.org", "STOP@example.org"
NUMBER = "+12025550147"
MEXICAN = ("+52 55 1234 5678", "+52 1 55 1234 5678")
BRAZILIAN = ("+55 11 98765-4321", "+55 11 8765-4321")
ARGENTINE = ("+54 9 11 2345-6789", "+54 11 2345-6789")
ROTATIONS = ("form", "key")


@pytest.fixture(autouse=True)
def older_deployment(aws: None) -> None:
    """A deployment from before normal form 2, with a campaign that looks for duplicates."""
    register_form_1()
    create_organisation()
    create_campaign("cmp_2", policy=Policy(10), duplicates=Duplicates(enabled=True))


def target_of(rotation: str) -> Any:
    """Return the target of a migration: the newest form, or a new key."""
    return add_key() if rotation == "key" else None


def block(contact: str, now: int = NOW, until: int | None = None) -> BlockResult:
    kind = "email" if "@" in contact else "phone"
    return block_contact(MANAGER, BlockRequest(kind, contact, "prj_1", until), f"req_{contact}_{now}", now)


def post(lead_id: str, now: int, **values: str) -> IntakeResult:
    return receive_lead(Submission("cmp_2", LEAD | values, None, lead_id), now)


def is_refused(lead_id: str, now: int, **values: str) -> bool:
    return post(lead_id, now, **values).declined == "blocked"


def leads_found(contact: str, now: int) -> list[str]:
    kind = "email" if "@" in contact else "phone"
    result = search_contact(read_access(request_id=f"search_{now}"), kind, contact, 50, None, now)
    return sorted(lead.facts.lead_id for lead in result.leads.items)


def ids_of(contact: str, now: int) -> list[str]:
    kind = "email" if "@" in contact else "phone"
    return [result.id for result in search_blocks(read_access(request_id=f"s_{now}"), kind, contact, now)]


def block_on_call(now: int = NOW) -> None:
    """Block the lead's number without storing the number."""
    do_not_call(MANAGER, facts_of("lead_1", now), "req_call", now)


def test_USE_U8_a_block_in_small_letters_refuses_capitals_after_the_migration() -> None:
    block(STOP)
    assert not is_refused("lead_before", NOW, email=SHOUT)
    end = migrate()
    assert is_refused("lead_after", end, email=SHOUT)
    assert is_refused("lead_same", end, email=STOP)


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_CAM_4_a_lead_without_contacts_stays_an_earlier_lead(rotation: str) -> None:
    vin = Field("vin", "VIN", required=True, duplicate="vin")
    add_item(LeadType(id="lt_car", version=1, name="Car", fields=(vin,)))
    create_bare_campaign("cmp_car", lead_type_id="lt_car", duplicates=Duplicates(enabled=True))
    create_lead("lead_1", NOW, "cmp_car", {"vin": "1M8GDM9AXKP042788"})
    end = migrate(target=target_of(rotation))
    later = create_lead("lead_2", end, "cmp_car", {"vin": "1M8GDM9AXKP042788"})
    assert (later.status, later.duplicate_of) == (Status.DUPLICATE, "lead_1")


def test_USE_U8_a_search_in_other_letters_finds_the_lead_after_the_migration() -> None:
    create_lead(email="FAY2@example.org")
    assert leads_found("fay2@example.org", NOW) == []
    assert leads_found("fay2@EXAMPLE.org", migrate()) == ["lead_1"]


@pytest.mark.parametrize("twins", [MEXICAN, BRAZILIAN, ARGENTINE])
def test_FILE_A14_a_block_of_a_number_refuses_its_twin_with_a_former_prefix(twins: tuple[str, str]) -> None:
    block(twins[0])
    end = migrate()
    assert is_refused("lead_1", end, phone=twins[1])
    assert is_refused("lead_2", end, phone=twins[0])


@pytest.mark.parametrize("twins", [MEXICAN, BRAZILIAN, ARGENTINE])
def test_CAM_4_a_twin_with_a_former_prefix_is_a_duplicate(twins: tuple[str, str]) -> None:
    post("lead_1", NOW, phone=twins[0])
    end = migrate()
    result = post("lead_2", end, phone=twins[1])
    assert result.facts is not None
    assert result.facts.status is Status.DUPLICATE


@pytest.mark.parametrize("rotation", ROTATIONS)
@pytest.mark.parametrize("writes", [False, True])
def test_INT_11_blocks_of_both_forms_refuse_a_lead_while_a_migration_runs(
    rotation: str, writes: bool
) -> None:
    block(NUMBER)
    now = begin_writing(target=target_of(rotation)) if writes else NOW
    if not writes:
        begin(target=target_of(rotation))
    block(STOP, now)
    assert is_refused("lead_1", now, phone=NUMBER)
    assert is_refused("lead_2", now, phone="+12025550148", email=STOP)


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_CAM_4_leads_of_both_forms_are_duplicates_while_a_migration_runs(rotation: str) -> None:
    post("lead_1", NOW)
    now = begin_writing(target=target_of(rotation))
    second = post("lead_2", now)
    assert second.facts is not None
    assert second.facts.status is Status.DUPLICATE
    new = post("lead_3", now, phone="+12025550166", email="new@example.org")
    again = post("lead_4", run_to_end(now), phone="+12025550166", email="new@example.org")
    assert new.facts is not None
    assert again.facts is not None
    assert (new.facts.status, again.facts.duplicate_of) == (Status.ACCEPTED, "lead_3")


def run_to_end(writes_at: int) -> int:
    """Finish a migration that writes the new form; return the last instant."""
    assert not run(writes_at + SETTLES_IN_S)
    return writes_at + SETTLES_IN_S


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_PRI_1_a_search_finds_leads_of_both_forms_in_each_phase(rotation: str) -> None:
    create_lead()
    begin(target=target_of(rotation))
    assert leads_found(NUMBER, NOW) == ["lead_1"]
    now = NOW + SETTLES_IN_S
    run(now)
    create_lead("lead_2", now, email="two@example.org", phone=NUMBER)
    assert leads_found(NUMBER, now) == ["lead_1", "lead_2"]
    assert leads_found(NUMBER, run_to_end(now)) == ["lead_1", "lead_2"]


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_PRI_12_a_rekeyed_block_keeps_its_first_public_id(rotation: str) -> None:
    first = block(NUMBER)
    end = migrate(target=target_of(rotation))
    assert ids_of(NUMBER, end) == [first.id]
    result, history = read_block(MANAGER, first.id, end)
    assert (result.id, result.block.number, len(history)) == (first.id, NUMBER, 1)
    assert [item.id for item in list_blocks(MANAGER, None, 50, None, end).items] == [first.id]
    again = block(NUMBER, end)
    assert (again.id, again.created) == (first.id, False)


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_PRI_13_the_pointer_ends_with_its_block_and_has_no_number(rotation: str) -> None:
    first = block(NUMBER)
    end = migrate(target=target_of(rotation))
    pointer = blocks.get(first.block.ref, "prj_1", end)
    assert pointer is not None
    assert (pointer.number, pointer.moved_to is None) == (None, False)

    moved = change_block(MANAGER, first.id, 1, end + 60, "req_end", end)
    pointer = blocks.get(first.block.ref, "prj_1", end)
    assert (moved.id, pointer and pointer.until) == (first.id, end + 60)
    assert blocks.get(first.block.ref, "prj_1", end + 60) is None

    unblock_contact(MANAGER, first.id, "req_un", end)
    assert blocks.BlockRow.count(first.block.ref) == 0
    assert not is_refused("lead_1", end, phone=NUMBER)


def test_PRI_12_blocks_of_one_contact_in_two_writings_become_one() -> None:
    first, second = block(STOP, NOW, NOW + 90_000), block(SHOUT, NOW + 5, NOW + 99_000)
    assert first.id != second.id
    end = migrate(NOW + 10)
    assert ids_of(STOP, end) == [first.id]
    merged, _ = read_block(MANAGER, second.id, end)
    assert (merged.id, merged.block.blocked_at, merged.block.until) == (first.id, NOW, NOW + 99_000)


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_INT_11_a_block_without_a_number_stays_and_is_looked_up_for_good(rotation: str) -> None:
    create_lead(phone=NUMBER)
    block_on_call()
    end = migrate(target=target_of(rotation))
    job = jobs.get(f"job_{NOW}", end)
    assert job is not None
    assert result_of(job.work).model_dump() == {"blocks": 0, "leads": 1, "blocks_left": 1, "leads_left": 0}
    assert len(get_contact_forms(end).kept) == 1
    assert is_refused("lead_2", end, phone=NUMBER)
    assert len(ids_of(NUMBER, end)) == 1
    assert read_lead(read_access(), "lead_1", end).facts.blocked_at == NOW


def test_INT_11_a_kept_address_is_looked_up_as_sent_and_in_lower_case() -> None:
    refs = contact_forms(NOW).refs("email", STOP)
    assert refs.others == ()
    create_lead(phone=NUMBER)
    block_on_call()
    end = migrate()
    looked_up = contact_forms(end).refs("email", SHOUT)
    assert refs.write in looked_up.others
    assert len(looked_up.all) == 3


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_RET_15_an_erasure_after_a_migration_leaves_no_entry(rotation: str) -> None:
    create_lead()
    end = migrate(target=target_of(rotation))
    confirmed(lambda token: forget_lead(MANAGER, "lead_1", False, token, end))
    assert list(contact_index.ContactRow.scan()) == []


def test_INT_17_a_correction_gives_a_lead_the_form_of_new_rows() -> None:
    create_lead()
    block(NUMBER)  # the lead is blocked since: correcting its name is still possible
    before = people.get("lead_1", NOW)
    now = begin_writing()
    facts = facts_of("lead_1", now)
    correct_lead(read_access(), "lead_1", facts.version, {"first_name": "Eve"}, now)
    after = people.get("lead_1", now)
    assert before is not None
    assert after is not None
    assert set(after.refs).isdisjoint(before.refs)
    assert set(before.refs) <= set(after.block_refs)


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_PRI_17_a_block_of_the_new_form_marks_a_lead_of_the_former(rotation: str) -> None:
    create_lead(phone=NUMBER)
    now = begin_writing(target=target_of(rotation))
    block(NUMBER, now)
    process_new_lead("lead_1", now)
    assert facts_of("lead_1", now).blocked_at == now


def test_data_model_one_migration_at_a_time() -> None:
    begin()
    with pytest.raises(Conflict) as raised:
        migration.start_migration(add_key(), "job_2", NOW)
    assert raised.value.code == "migrating"


def test_data_model_the_present_form_is_no_target() -> None:
    end = migrate()
    with pytest.raises(Conflict) as raised:
        migration.start_migration(migration.newest_form(end), "job_2", end)
    assert raised.value.code == "same_form"


def test_data_model_a_key_after_a_form_after_each_other() -> None:
    first = block(STOP)
    create_lead(email="Ann@example.org", phone=NUMBER)
    block_on_call()
    end = migrate(migrate() + 1, add_key())
    assert len(get_contact_forms(end).kept) == 1
    assert ids_of(SHOUT, end) == [first.id]
    assert is_refused("lead_2", end, phone=NUMBER)
    assert leads_found("ann@example.org", end) == ["lead_1"]


def test_INT_11_a_key_that_is_not_the_registered_one_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    begin(target=add_key())
    secrets.clear_cache()
    monkeypatch.setattr(secrets, "_label", lambda key_id: "AWSCURRENT")  # as if the label named another key
    with pytest.raises(Unavailable):
        post("lead_1", NOW)


def test_data_model_nothing_is_written_in_a_form_that_others_may_not_read_yet() -> None:
    begin()
    assert run(NOW + SETTLES_IN_S - 1)
    assert not get_contact_forms(NOW).writing
    assert run(NOW + SETTLES_IN_S)
    forms = get_contact_forms(NOW)
    assert forms.writing
    assert run(NOW + 2 * SETTLES_IN_S - 1)
    assert get_contact_forms(NOW).target is not None


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_B2_a_lead_costs_two_round_trips_while_a_migration_runs(rotation: str) -> None:
    now = begin_writing(target=target_of(rotation))
    post("lead_0", now, phone="+12025550111")  # warms the caches
    with metered() as meter:
        assert post("lead_1", now).facts is not None
    assert meter.round_trips == 2


def test_PRI_10_a_forget_during_a_migration_removes_the_number_of_a_block_in_the_former_form() -> None:
    create_lead()
    first = block(NUMBER)
    now = begin_writing()
    confirmed(lambda token: forget_lead(MANAGER, "lead_1", True, token, now))
    result, _ = read_block(MANAGER, first.id, now)
    assert (result.block.number, result.block.by_kind) == (None, "forget")
    end = run_to_end(now)
    assert is_refused("lead_2", end, phone=NUMBER)
    assert all(row.number is None for row in blocks.BlockRow.scan())


def test_PRI_8a_a_lead_of_an_open_order_is_not_rekeyed() -> None:
    create_lead()
    now = begin_writing()
    refs = contact_forms(now).refs("phone", NUMBER).all
    seen = forget_orders.read_again(now)
    order = ForgetOrder("job_order", (OrderReading(refs, ("prj_1",)),), now)
    batch.write(forget_orders.open_order(order, {}, seen), batch.token_of("order"))
    before = people.get("lead_1", now)
    assert rekey_lead("lead_1", contact_forms(now), now).what is Rekeyed.SAME
    assert people.get("lead_1", now) == before
