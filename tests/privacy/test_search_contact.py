"""The desk's search for a contact (PRI-1 … PRI-5), and what is not stored of a rejection (INT-13)."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.blocks.domain import BlockRequest
from chalicelib.blocks.usecases.block_contact import block_contact
from chalicelib.core.access import ALLOWED, Actor, Permission, Role
from chalicelib.intake.usecases.receive_lead import Submission, receive_lead
from chalicelib.leads.store import leads_rows, people
from chalicelib.privacy.domain.desk import ContactSearchResult
from chalicelib.privacy.usecases.persons_with_access import persons_with_access
from chalicelib.privacy.usecases.place_legal_hold import place_legal_hold
from chalicelib.privacy.usecases.search_contact import search_contact
from chalicelib.users.domain.users import User
from chalicelib.work.usecases.assign_lead import assign_lead
from tests.factories.leads import (
    DAY,
    LEAD,
    MANAGER,
    NOW,
    OUTSIDER,
    create_lead,
    create_organisation,
    facts_of,
    read_access,
)
from tests.harness.api import add_item

pytestmark = pytest.mark.usefixtures("aws")


def search(actor: Actor = MANAGER, request_id: str = "req_1") -> ContactSearchResult:
    access = read_access(actor, "search", request_id)
    return search_contact(access, "phone", LEAD["phone"], 50, None, NOW)


def test_PRI_2_each_lead_has_its_facts_and_its_person() -> None:
    create_organisation()
    create_lead()
    (lead,) = search().leads.items
    assert lead.facts.lead_id == "lead_1"
    assert lead.person is not None
    assert lead.person.fields["email"] == LEAD["email"]


def test_PRI_3_every_personal_field_is_listed_with_its_leads() -> None:
    create_organisation()
    create_lead(values={"phone": LEAD["phone"]}, loan="10")
    held = {item.key: item.lead_ids for item in search().data_available}
    assert held == {"first_name": (), "phone": ("lead_1",), "email": ()}


def test_PRI_4_past_readers_are_listed_with_counts() -> None:
    create_organisation()
    create_lead()
    search()
    (reader,) = search(request_id="req_2").did
    assert (reader.user_id, reader.last_at, reader.count) == ("usr_manager", NOW, 2)
    assert search(OUTSIDER, "req_3").did == ()


def create_user(user_id: str, *held: Permission, role: Role = Role.MANAGER, **more: Any) -> None:
    """Add a user with exactly these permissions."""
    withdrawn = tuple(ALLOWED[role] - set(held))
    user = User(id=user_id, version=1, email=f"{user_id}@example.org", name="A user", role=role, **more)
    add_item(replace(user, withdrawn=withdrawn))


def create_users() -> None:
    """Add users for each way of access to a lead of `prj_1`, and some without access."""
    own: dict[str, Any] = {"project_ids": ("prj_1",)}
    create_user("usr_admin", Permission.LEADS_READ, role=Role.ADMIN)
    create_user("usr_admin_desk", Permission.PRIVACY_SEARCH, role=Role.ADMIN)
    create_user("usr_read", Permission.LEADS_READ, Permission.PRIVACY_SEARCH, **own)
    create_user("usr_search", Permission.PRIVACY_SEARCH, **own)
    create_user("usr_export", Permission.PRIVACY_EXPORT, **own)
    create_user("usr_lists", Permission.LEADS_ASSIGN, Permission.QUALITY_REVIEW, **own)
    create_user("usr_forget", Permission.PRIVACY_FORGET, Permission.AUDIT_READ, **own)
    create_user("usr_foreign", Permission.LEADS_READ, Permission.PRIVACY_SEARCH, project_ids=("prj_2",))
    create_user("usr_disabled", Permission.LEADS_READ, disabled=True, **own)
    create_user("usr_idle", Permission.LEADS_READ, role=Role.AGENT, **own)


def possible_readers(now: int = NOW) -> dict[str, str]:
    readers, _ = persons_with_access([facts_of("lead_1", now)], now)
    return {item.user_id: item.because for item in readers}


def test_PRI_4_possible_readers_are_listed_with_the_reason() -> None:
    create_organisation()
    create_lead()
    create_users()
    assign_lead(MANAGER, "lead_1", "usr_agent", NOW)
    assert possible_readers() == {
        "usr_admin": "admin",
        "usr_admin_desk": "admin, by privacy.search",
        "usr_agent": "agent of lead_1",
        "usr_read": "manager of prj_1",
        "usr_search": "manager of prj_1, by privacy.search",
        "usr_export": "manager of prj_1, by privacy.export",
    }


def test_RET_19_under_a_legal_hold_only_the_desk_can_read_until_its_end() -> None:
    create_organisation()
    create_lead()
    create_users()
    assign_lead(MANAGER, "lead_1", "usr_agent", NOW)
    place_legal_hold(MANAGER, "lead_1", "dispute", NOW + 20 * DAY, NOW)
    assert possible_readers(NOW + 10 * DAY) == {
        "usr_admin_desk": "admin, by privacy.search",
        "usr_read": "manager of prj_1, by privacy.search",
        "usr_search": "manager of prj_1, by privacy.search",
    }
    assert possible_readers(NOW + 20 * DAY) == {}


def test_INT_13_a_blocked_lead_is_not_stored() -> None:
    create_organisation()
    block_contact(MANAGER, BlockRequest("phone", LEAD["phone"], "prj_1"), "request_1", NOW)
    assert receive_lead(Submission("cmp_1", LEAD, None, "lead_1"), NOW).declined == "blocked"
    assert not list(leads_rows.FactsRow.scan())
    assert not list(people.PersonRow.scan())
