"""A national number that two projects read as different numbers: each is meant where it is read so (PRI-6, PRI-1)."""

from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.store import blocks
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.blocks.usecases.search_blocks import search_blocks
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import ALL_PROJECTS, Actor, Permission, Role
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import ConfirmationRequired, Effect
from chalicelib.core.retention import Policy
from chalicelib.jobs import store as jobs
from chalicelib.leads.store import forget_orders
from chalicelib.leads.store.forget_orders import ForgetOrderRow
from chalicelib.leads.usecases.read_lead import read_lead
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import receipts
from chalicelib.organisation.domain.configuration import Project
from chalicelib.organisation.usecases.contact_forms import contact_forms
from chalicelib.privacy.domain import forgetting
from chalicelib.privacy.usecases.carry_out_forgets import carry_out_forgets
from chalicelib.privacy.usecases.export_contact import contacts_asked, export_contact
from chalicelib.privacy.usecases.forget_contact import Forgotten, contacts_named, forget_contact, leads_of
from chalicelib.privacy.usecases.search_contact import search_contact
from chalicelib.work.usecases.search_worklist import search_worklist
from tests.factories.leads import (
    MANAGER,
    NOW,
    confirmed,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
)
from tests.harness.api import add_item

pytestmark = pytest.mark.usefixtures("aws")
NATIONAL = "2025550199"
AMERICAN, BRITISH = "+12025550199", "+442025550199"
BOTH = replace(MANAGER, project_ids=frozenset({"prj_1", "prj_gb"}))
ADMIN = Actor("user", "usr_admin", Role.ADMIN, frozenset(Permission))
DESK = read_access(BOTH, "forget")


@pytest.fixture(autouse=True)
def two_regions(aws: None) -> None:
    """The same two numbers are in a project that reads US numbers and in one that reads British ones."""
    create_organisation()
    add_item(Project(id="prj_gb", version=1, name="UK", region="GB"))
    add_item(
        Campaign(
            id="cmp_gb",
            version=1,
            name="Web",
            project_id="prj_gb",
            lead_type_id="lt_1",
            source="site",
            price=Decimal("15.00"),
            retention=Policy(10),
        )
    )
    for lead_id, campaign_id, phone in (
        ("us_american", "cmp_1", AMERICAN),
        ("us_british", "cmp_1", BRITISH),
        ("gb_american", "cmp_gb", AMERICAN),
        ("gb_british", "cmp_gb", BRITISH),
    ):
        create_lead(lead_id, NOW - 10, campaign_id, values={"phone": phone})


LEADS = ("us_american", "us_british", "gb_american", "gb_british")
MEANT = {"us_american", "gb_british"}


def forget_named(
    given: Confirmation | None, keep_out: bool = False, contact: str = NATIONAL, **more: Any
) -> Forgotten:
    return forget_contact(more.pop("access", DESK), "phone", contact, keep_out, given, NOW, **more)


def erased() -> set[str]:
    return {lead_id for lead_id in LEADS if facts_of(lead_id, NOW).erased_at is not None}


def blocked() -> set[tuple[str, str]]:
    """Return each number and scope that is blocked."""
    places = [
        (number, scope, contact_forms(NOW).refs("phone", number).write)
        for number in (AMERICAN, BRITISH)
        for scope in ("prj_1", "prj_gb", ALL_PROJECTS)
    ]
    return {(number, scope) for number, scope, ref in places if blocks.get(ref, scope, NOW)}


def effect_of_forget(actor: Actor = BOTH, contact: str = NATIONAL) -> Effect:
    with pytest.raises(ConfirmationRequired) as caught:
        forget_named(None, access=read_access(actor, "forget"), contact=contact)
    return caught.value.effect


def test_PRI_6_a_national_number_is_forgotten_as_each_project_reads_it() -> None:
    confirmed(forget_named)
    assert erased() == MEANT


def test_PRI_6_an_admin_forgets_a_national_number_as_each_project_reads_it() -> None:
    confirmed(lambda given: forget_named(given, access=read_access(ADMIN, "forget")))
    assert erased() == MEANT


def test_PRI_6_a_full_number_is_forgotten_in_every_project() -> None:
    confirmed(lambda given: forget_named(given, contact=AMERICAN))
    assert erased() == {"us_american", "gb_american"}


def test_PRI_6_a_number_that_only_one_project_can_read_is_meant_in_all() -> None:
    assert [one.scopes for one in contacts_named(BOTH, "phone", "12025550199", NOW)] == [None]
    assert [one.scopes for one in contacts_named(BOTH, "email", "ada@example.com", NOW)] == [None]


def test_PRI_6_an_order_keeps_each_reading_to_its_projects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "INLINE", 1)
    result: Forgotten = confirmed(forget_named)

    assert result.job_id is not None
    seen = {lead_id for lead_id in LEADS if read_lead(read_access(BOTH), lead_id, NOW).person is None}
    (order,) = forget_orders.read_again(NOW).orders
    assert seen == MEANT
    assert {order.refs_in("prj_1"), order.refs_in("prj_gb")} == {one.refs for one in order.readings}
    for later in (NOW + 1, NOW + 61, NOW + 122):
        carry_out_forgets(partial(int, later), lambda: True)
    assert erased() == MEANT
    assert forget_orders.read_again(NOW + 122).orders == ()


def test_PRI_8a_an_order_with_one_reading_is_stored_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "INLINE", 1)
    result: Forgotten = confirmed(lambda given: forget_named(given, contact=AMERICAN))
    stored = [row.body for row in ForgetOrderRow.query("forget#orders") if row.body]
    job = jobs.get(result.job_id or "", NOW)

    assert job is not None
    assert "more" not in job.work.asked
    assert len(stored) == 1
    assert '"more"' not in stored[0]
    assert (job.work.asked["projects"], len(job.work.asked["refs"])) == (["prj_1", "prj_gb"], 1)


def test_PRI_10_keep_out_blocks_each_reading_in_its_projects() -> None:
    confirmed(lambda given: forget_named(given, keep_out=True))
    assert blocked() == {(AMERICAN, "prj_1"), (BRITISH, "prj_gb")}


def test_PRI_10_keep_out_of_an_admin_blocks_each_reading_where_it_is_read() -> None:
    confirmed(lambda given: forget_named(given, keep_out=True, access=read_access(ADMIN, "forget")))
    assert blocked() == {(AMERICAN, ALL_PROJECTS), (BRITISH, "prj_gb")}


def test_PRI_6_the_effect_shows_which_numbers_are_meant_masked() -> None:
    shown = effect_of_forget().numbers["contacts"]
    assert shown == [
        {"contact": "+1 …99", "projects": ["prj_1"]},
        {"contact": "+44 …99", "projects": ["prj_gb"]},
    ]
    assert effect_of_forget(contact=BRITISH).numbers["contacts"] == [
        {"contact": "+44 …99", "projects": ["prj_1", "prj_gb"]}
    ]
    assert effect_of_forget(ADMIN, BRITISH).numbers["contacts"] == [{"contact": "+44 …99", "projects": ["*"]}]
    assert "…" not in effect_of_forget().summary
    assert "2 contacts" in effect_of_forget().summary


def test_PRI_32_the_proof_of_each_reading_names_its_own_leads() -> None:
    confirmed(lambda given: forget_named(given, nonce="nonce"))
    named = {}
    for number in (AMERICAN, BRITISH):
        digest = receipts.contact_digest("nonce", number)
        (entry,) = ledger.list_subject(f"forgetting/{digest}", NOW)
        named[number] = (entry.detail or {})["lead_ids"]
    assert named == {AMERICAN: ["us_american"], BRITISH: ["gb_british"]}


def test_PRI_1_a_search_finds_the_leads_as_each_project_reads_the_number() -> None:
    found = search_contact(read_access(BOTH, "search"), "phone", NATIONAL, 50, None, NOW)
    assert {lead.facts.lead_id for lead in found.leads.items} == MEANT


def test_PRI_1_a_search_shows_the_blocks_as_each_project_reads_the_number() -> None:
    for number, scope in ((AMERICAN, "prj_1"), (BRITISH, "prj_1"), (AMERICAN, "prj_gb"), (BRITISH, "prj_gb")):
        block_contact(BOTH, BlockRequest("phone", number, scope), f"{number} {scope}", NOW)
    found = search_contact(read_access(BOTH, "search"), "phone", NATIONAL, 50, None, NOW)
    listed = search_blocks(read_access(BOTH, "search"), "phone", NATIONAL, NOW)
    numbers = {(one.block.number, one.block.scope) for one in found.blocks}
    assert numbers == {(AMERICAN, "prj_1"), (BRITISH, "prj_gb")}
    assert {(one.block.number, one.block.scope) for one in listed} == numbers


def test_WRK_1_a_worklist_search_finds_the_leads_as_each_project_reads_the_number() -> None:
    found = search_worklist(read_access(BOTH, "search"), "phone", NATIONAL, 50, None, NOW)
    assert {lead.facts.lead_id for lead in found.items} == MEANT


def test_PRI_33_an_export_has_the_leads_as_each_project_reads_the_number() -> None:
    job = export_contact(read_access(BOTH, "export"), "phone", NATIONAL, "job_export", NOW)
    named, masked = contacts_asked(job.work.asked)
    assert {facts.lead_id for facts in leads_of(BOTH, named, NOW)} == MEANT
    assert masked == ["…99"]


def test_PRI_33_an_export_that_was_stored_before_covers_every_project() -> None:
    job = export_contact(read_access(BOTH, "export"), "phone", AMERICAN, "job_export", NOW)
    named, _ = contacts_asked(job.work.asked)
    assert [one.scopes for one in named] == [None]
    assert {facts.lead_id for facts in leads_of(BOTH, named, NOW)} == {"us_american", "gb_american"}


def test_RET_12_a_project_that_reads_the_number_otherwise_needs_a_new_confirmation() -> None:
    american = contacts_named(BOTH, "phone", NATIONAL, NOW)
    swapped = [
        replace(one, scopes=scopes) for one, scopes in zip(american, (("prj_gb",), ("prj_1",)), strict=True)
    ]
    assert forgetting.binding_of_contact(BOTH, american, False) != forgetting.binding_of_contact(
        BOTH, swapped, False
    )
