"""Corrections of a person's fields (INT-17)."""

from dataclasses import replace

import pytest

from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import Block
from chalicelib.blocks.store import blocks
from chalicelib.core.access import Permission
from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.leads.store import contact_index, people
from chalicelib.leads.usecases.correct_lead import correct_lead
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import EntryKind
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from tests.factories.leads import (
    AGENT,
    DAY,
    MANAGER,
    NOW,
    OUTSIDER,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
)
from tests.harness.faults import WRITES, conflicting, fault, first, metered, step

pytestmark = pytest.mark.usefixtures("aws")
OTHER = "+12025550148"


def refs() -> tuple[str, ...]:
    person = people.get("lead_1", NOW)
    assert person is not None
    return person.refs


def accesses() -> int:
    return sum(entry.kind is EntryKind.ACCESS for entry in ledger.list_subject("lead/lead_1", NOW))


def block(ref: str) -> None:
    created = Block(ref, "prj_1", NOW, None, "user", "usr_manager", "…48")
    batch.write([blocks.put(created, NOW)], batch.token_of("block", ref))


@pytest.fixture
def lead(aws: None) -> None:
    create_organisation()
    create_lead()


@pytest.mark.usefixtures("lead")
def test_INT_17_contacts_are_read_as_at_intake_and_the_index_follows() -> None:
    before = refs()
    lead = correct_lead(read_access(), "lead_1", 1, {"phone": "(202) 555-0148", "first_name": "Eve"}, NOW)
    assert lead.person is not None
    assert lead.person.fields == {"first_name": "Eve", "phone": OTHER, "email": "ada@example.com"}
    assert lead.facts.version == 2
    after = refs()
    assert [contact_index.list_leads(ref, NOW) for ref in after] == [["lead_1"], ["lead_1"]]
    gone = set(before) - set(after)
    assert len(gone) == 1
    assert contact_index.list_leads(gone.pop(), NOW) == []


@pytest.mark.usefixtures("lead")
def test_INT_17_a_correction_is_logged_by_field_name_only() -> None:
    correct_lead(read_access(), "lead_1", 1, {"phone": OTHER}, NOW)
    entries = ledger.list_subject("lead/lead_1", NOW)
    changes = [entry for entry in entries if entry.kind is EntryKind.CHANGE]
    assert [(entry.action, [field.name for field in entry.fields]) for entry in changes] == [
        ("corrected", ["phone"])
    ]
    assert "5550148" not in repr(entries).replace("-", "")
    lead = correct_lead(read_access(request_id="req_2"), "lead_1", 2, {"first_name": None}, NOW + 1)
    assert [(entry.kind, entry.detail) for entry in lead.activities] == [
        ("corrected", {"fields": ["phone"]}),
        ("corrected", {"fields": ["first_name"]}),
    ]


@pytest.mark.usefixtures("lead")
def test_INT_17_an_unchanged_value_is_not_written() -> None:
    lead = correct_lead(read_access(), "lead_1", 1, {"phone": "202 555 0147"}, NOW)
    assert (lead.facts.version, lead.activities) == (1, ())


@pytest.mark.usefixtures("lead")
def test_INT_17_the_index_row_of_a_new_contact_ends_with_the_lead() -> None:
    correct_lead(read_access(), "lead_1", 1, {"phone": OTHER}, NOW)
    assert [contact_index.list_leads(ref, NOW + 10 * DAY) for ref in refs()] == [[], []]


@pytest.mark.usefixtures("lead")
@pytest.mark.parametrize(
    ("value", "errors"),
    [
        ({"phone": "letters"}, [("phone", "phone")]),
        ({"phone": None}, [("phone", "required")]),
        ({"shoe": "42", "email": "no"}, [("shoe", "unknown"), ("email", "email")]),
        ({"tcpa_consent": True}, [("tcpa_consent", "unknown")]),
    ],
)
def test_INT_17_every_bad_field_is_named_and_nothing_changes(
    value: dict[str, object], errors: list[object]
) -> None:
    with pytest.raises(Invalid) as caught:
        correct_lead(read_access(), "lead_1", 1, value, NOW)
    assert [(error.field, error.code) for error in caught.value.fields] == errors
    assert facts_of("lead_1").version == 1


@pytest.mark.usefixtures("lead")
def test_INT_11_a_correction_cannot_add_a_blocked_contact() -> None:
    correct_lead(read_access(), "lead_1", 1, {"phone": OTHER}, NOW)
    old = set(refs())
    correct_lead(read_access(), "lead_1", 2, {"phone": "+12025550147"}, NOW)
    (ref,) = old - set(refs())
    block(ref)
    with pytest.raises(Conflict) as caught:
        correct_lead(read_access(), "lead_1", 3, {"phone": OTHER}, NOW)
    assert caught.value.code == "blocked"
    correct_lead(read_access(), "lead_1", 3, {"first_name": "Eve"}, NOW)


@pytest.mark.usefixtures("lead")
def test_PRI_17_a_block_made_between_check_and_write_is_respected() -> None:
    correct_lead(read_access(), "lead_1", 1, {"phone": OTHER}, NOW)
    old = set(refs())
    correct_lead(read_access(), "lead_1", 2, {"phone": "+12025550147"}, NOW)
    (ref,) = old - set(refs())

    def block_first(_: object) -> None:
        block(ref)

    with fault(block_first, on={"PutItem"}, table="ledger", when=step(1)), pytest.raises(Conflict) as caught:
        correct_lead(read_access(request_id="req_9"), "lead_1", 3, {"phone": OTHER}, NOW)
    assert caught.value.code == "blocked"
    assert ref not in refs()


@pytest.mark.usefixtures("lead")
def test_INT_17_an_old_version_is_a_conflict() -> None:
    correct_lead(read_access(), "lead_1", 1, {"first_name": "Eve"}, NOW)
    with pytest.raises(Conflict) as caught:
        correct_lead(read_access(), "lead_1", 1, {"first_name": "Ida"}, NOW)
    assert caught.value.code == "version_conflict"


@pytest.mark.usefixtures("lead")
def test_RET_14_a_lead_past_its_end_is_not_corrected() -> None:
    with pytest.raises(Conflict) as caught:
        correct_lead(read_access(), "lead_1", 1, {"first_name": "Eve"}, NOW + 10 * DAY)
    assert caught.value.code == "erased"


@pytest.mark.usefixtures("lead")
@pytest.mark.parametrize("withdrawn", [frozenset(), frozenset({Permission.PRIVACY_SEARCH})])
def test_RET_19_a_lead_kept_only_by_a_legal_hold_is_not_corrected(
    withdrawn: frozenset[Permission],
) -> None:
    place_legal_hold(MANAGER, "lead_1", "dispute", NOW + 30 * DAY, NOW)
    actor = replace(MANAGER, permissions=MANAGER.permissions - withdrawn)
    with pytest.raises(Conflict) as caught:
        correct_lead(read_access(actor), "lead_1", 2, {"first_name": "Eve"}, NOW + 10 * DAY)
    assert caught.value.code == "legal_hold"
    assert accesses() == 0


@pytest.mark.usefixtures("lead")
def test_PRI_30_a_contended_correction_logs_its_access_in_one_write() -> None:
    with fault(conflicting, on={"TransactWriteItems"}, when=first(2)) as fired, metered() as meter:
        correct_lead(read_access(), "lead_1", 1, {"first_name": "Eve"}, NOW)
    assert len(fired) == 2
    assert (accesses(), meter.operations["PutItem"]) == (1, 1)


@pytest.mark.usefixtures("lead")
def test_ACC_4_a_lead_of_another_project_is_not_corrected() -> None:
    for actor in (OUTSIDER, AGENT):
        with pytest.raises(NotFound):
            correct_lead(read_access(actor), "lead_1", 1, {"first_name": "Eve"}, NOW)
    assert MANAGER.belongs_to("prj_1")


@pytest.mark.usefixtures("lead")
@pytest.mark.parametrize("number", [1, 2])
def test_INT_17_a_lost_answer_changes_it_once(number: int) -> None:
    from tests.harness.faults import lost

    with fault(lost, on=WRITES, when=step(number)) as fired:
        lead = correct_lead(read_access(), "lead_1", 1, {"phone": OTHER}, NOW)
    assert len(fired) == 1
    assert lead.facts.version == 2
    assert len(lead.activities) == 1
