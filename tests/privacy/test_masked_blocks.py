"""With keep-out no block keeps the readable number, in any project (PRI-8a, SEC-B4)."""

from collections.abc import Sequence

import pytest

from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.core.access import ALL_PROJECTS, SYSTEM, Actor, Permission, Role
from chalicelib.imports.domain.import_job import Import, ImportKind
from chalicelib.imports.domain.rows import FileRow
from chalicelib.imports.usecases.import_forgets import forget_rows, planned_forgets
from chalicelib.ledger import store as ledger
from chalicelib.organisation.domain.configuration import Project
from chalicelib.privacy.domain import forgetting
from chalicelib.privacy.usecases.carry_out_forgets import carry_out_forgets
from chalicelib.privacy.usecases.forget_contact import forget_contact
from chalicelib.privacy.usecases.forget_lead import forget_lead
from tests.factories.leads import (
    DAY,
    LEAD,
    MANAGER,
    NOW,
    OUTSIDER,
    confirmed,
    create_lead,
    create_organisation,
    read_access,
    stamps_of,
)
from tests.harness.api import add_item

ADMIN = Actor("user", "usr_admin", Role.ADMIN, frozenset(Permission))


@pytest.fixture(autouse=True)
def organisation(aws: None) -> None:
    create_organisation()
    add_item(Project(id="prj_2", version=1, name="Insurance"))


def block(actor: Actor, scope: str, until: int | None = NOW + DAY) -> None:
    block_contact(actor, BlockRequest("phone", LEAD["phone"], scope, until=until), f"d_{scope}", NOW)


def forget_and_block(actor: Actor, now: int = NOW) -> None:
    confirmed(lambda values: forget_contact(read_access(actor), "phone", LEAD["phone"], True, values, now))


def shown() -> dict[str, tuple[str | None, int | None]]:
    return {
        row.scope: (row.number, None if row.expires_at is None else int(row.expires_at))
        for row in blocks.BlockRow.scan()
    }


@pytest.mark.parametrize(
    ("actor", "foreign"),
    [(ADMIN, ["prj_1", "prj_2"]), (MANAGER, ["prj_2", ALL_PROJECTS]), (OUTSIDER, ["prj_1"])],
)
def test_SEC_B4_blocks_of_other_scopes_lose_the_number_and_keep_their_end(
    actor: Actor, foreign: Sequence[str]
) -> None:
    for scope in foreign:
        block(ADMIN, scope)

    forget_and_block(actor)

    assert {scope: shown()[scope] for scope in foreign} == dict.fromkeys(foreign, (None, NOW + DAY))
    assert "5550147" not in str([row.attribute_values for row in blocks.BlockRow.scan()])


def test_SEC_B4_the_entry_names_nobody_of_another_project() -> None:
    block(ADMIN, "prj_2")
    forget_and_block(MANAGER)
    entries = [
        row
        for row in ledger.LedgerRow.scan()
        if '"scope":"prj_2"' in row.body and "block_changed" in row.body
    ]
    assert len(entries) == 1
    assert f'"actor_id":"{SYSTEM.id}"' in entries[0].body
    assert MANAGER.id not in entries[0].body
    assert "prj_1" not in entries[0].body


def test_SEC_B4_an_ended_block_with_the_number_goes() -> None:
    block(ADMIN, "prj_2", NOW + 60)
    forget_and_block(MANAGER, NOW + 61)
    assert "prj_2" not in shown()


def test_SEC_B4_a_repeat_changes_nothing_and_a_masked_block_may_be_named_again() -> None:
    block(ADMIN, "prj_2")
    forget_and_block(MANAGER)
    first = shown()
    forget_and_block(MANAGER, NOW + 1)
    assert shown() == first


def test_SEC_B4_a_forget_of_one_lead_masks_as_well() -> None:
    create_lead()
    block(ADMIN, "prj_2")
    confirmed(lambda values: forget_lead(MANAGER, "lead_1", True, values, NOW))
    assert shown()["prj_2"] == (None, NOW + DAY)


def test_PRI_8a_a_contact_of_a_file_with_many_leads_is_an_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "INLINE", 2)
    for number in range(4):
        create_lead(f"lead_{number}")
    block(ADMIN, "prj_2")
    job = Import(
        "imp_1", ImportKind.FORGET, scope="prj_1", project="prj_1", by_kind=MANAGER.kind, by_id=MANAGER.id,
        created_at=NOW, keep_out=True, confirmed_by="token",
    )  # fmt: skip
    rows = [FileRow(1, 13, 2, (LEAD["phone"],))]
    planned = {row.line: row for row in planned_forgets(job, rows, NOW)}

    for _ in range(2):  # a repeated batch is the same order
        (result,) = forget_rows(job, rows, planned, lambda: NOW)
    carry_out_forgets(lambda: NOW + 61, lambda: True)

    assert (result.verdict, result.detail) == ("forgotten", "4")
    assert [stamps_of(f"lead_{number}") for number in range(4)] == [{}] * 4
    assert shown()["prj_2"] == (None, NOW + DAY)
