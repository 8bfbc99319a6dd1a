"""Leads for tests, stored by the real intake: two contacts, and one row in the duplicate index, at once or later."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from chalicelib.campaigns.domain.campaign import Assignment, Campaign
from chalicelib.campaigns.domain.campaign_settings import Duplicates
from chalicelib.core.access import Actor, Permission, Role
from chalicelib.core.confirmations import Confirmation, binding_digest
from chalicelib.core.errors import ConfirmationRequired
from chalicelib.core.retention import Policy
from chalicelib.intake.usecases.receive_lead import Submission, receive_lead
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import contact_index, leads, people
from chalicelib.ledger.domain.entries import Access
from chalicelib.organisation.domain.configuration import Field, LeadType, Organisation, Project
from chalicelib.organisation.usecases.register_keys import register_keys
from chalicelib.users.domain.users import User
from tests.harness.api import add_item

T = TypeVar("T")
NOW = 1_800_000_000
DAY = 86_400
ENTERS_AT_ONCE = Duplicates(enabled=True, days=0)
"""Looks for duplicates and finds none: leads enter the duplicate index with the intake, also with equal values."""
LEAD = {"first_name": "Ada", "phone": "202-555-0147", "email": "ada@example.com"}
FIELDS = (
    Field("first_name", "First name"),
    Field("phone", "Phone", "phone", required=True, duplicate="phone"),
    Field("email", "E-mail", "email"),
    Field("loan", "Loan", "number", personal=False),
)
MANAGER = Actor(
    kind="user",
    id="usr_manager",
    role=Role.MANAGER,
    permissions=frozenset(Permission),
    project_ids=frozenset({"prj_1"}),
)
OUTSIDER = Actor(
    kind="user",
    id="usr_outsider",
    role=Role.MANAGER,
    permissions=frozenset(Permission),
    project_ids=frozenset({"prj_2"}),
)
AGENT = Actor(
    kind="user",
    id="usr_agent",
    role=Role.AGENT,
    permissions=frozenset({Permission.LEADS_READ, Permission.LEADS_WORK, Permission.RETENTION_MANAGE}),
    project_ids=frozenset({"prj_1"}),
)


def create_organisation(
    policy: Policy | None = None, *, max_lag: str | None = None, now: int = NOW, **settings: Any
) -> None:
    """Create a project, a lead type, an agent and a campaign that assigns its leads to no agent."""
    register_keys(now)
    if max_lag is not None:
        add_item(Organisation(version=1, max_lag=max_lag))
    add_item(Project(id="prj_1", version=1, name="Loans"))
    add_item(LeadType(id="lt_1", version=1, name="Loan", fields=FIELDS))
    add_item(
        User(
            id="usr_agent",
            version=1,
            email="agent@example.com",
            name="An agent",
            role=Role.AGENT,
            project_ids=("prj_1",),
        )
    )
    create_campaign("cmp_1", policy=policy or Policy(10), **settings)


def create_manager() -> None:
    """Create the manager as a user: a job goes on only while the user who started it may (ACC-11)."""
    add_item(
        User(
            id=MANAGER.id,
            version=1,
            email="manager@example.com",
            name="A manager",
            role=Role.MANAGER,
            project_ids=("prj_1",),
        )
    )


def create_campaign(campaign_id: str, *, policy: Policy, agent: str | None = None, **more: Any) -> Campaign:
    """Create a campaign of the project."""
    campaign = Campaign(
        id=campaign_id,
        version=1,
        name="Web",
        project_id="prj_1",
        lead_type_id="lt_1",
        source="site",
        price=Decimal("15.00"),
        retention=policy,
        assignment=Assignment(user_id=agent),
        **more,
    )
    add_item(campaign)
    return campaign


def create_lead(
    lead_id: str = "lead_1",
    now: int = NOW,
    campaign_id: str = "cmp_1",
    values: Mapping[str, Any] = LEAD,
    **more: Any,
) -> Facts:
    """Post a lead and return its facts."""
    receipt = receive_lead(Submission(campaign_id, {**values, **more}, None, lead_id), now)
    assert receipt.facts is not None
    return receipt.facts


def facts_of(lead_id: str, now: int = NOW) -> Facts:
    """Return a lead's facts as they are now."""
    facts = leads.get(lead_id, now)
    assert facts is not None
    return facts


def read_access(actor: Actor = MANAGER, through: str = "view", request_id: str = "req_1") -> Access:
    """Return an access by a user."""
    return Access(actor, through, request_id)


def create_comments(lead_id: str, count: int, now: int = NOW) -> None:
    """Add comments to a lead's person, with its end."""
    stamp = facts_of(lead_id, now).erase_at
    with people.PersonRow.batch_write() as batch:
        for number in range(count):
            batch.save(
                people.PersonRow(lead_id, f"comment#{number:03d}", body="{}", version=1, expires_at=stamp)
            )


def confirmed(work: Callable[[Confirmation | None], T]) -> T:
    """Call an action as a user does: once for the effect, once with the confirmation."""
    return work(confirmation_of(work))


def confirmation_of(work: Callable[[Confirmation | None], object]) -> Confirmation:
    """Call once and return the confirmation that the answer offers."""
    with pytest.raises(ConfirmationRequired) as caught:
        work(None)
    return Confirmation(
        binding_digest(caught.value.binding), binding_digest(("token", *caught.value.binding))
    )


def stamps_of(lead_id: str) -> dict[str, int | None]:
    """Return the end of every row of a lead's person, by kind, whether expired or not."""
    stamps = {f"people {row.part}": row.expires_at for row in people.PersonRow.query(lead_id)}
    for row in contact_index.ContactRow.scan():
        if row.entry == f"lead#{lead_id}":
            stamps[f"directory {row.ref}"] = row.expires_at
        for original in json.loads(row.originals or "[]"):
            if original["lead_id"] == lead_id:
                stamps[f"window {row.ref}"] = original["erase_at"]
    return {name: None if value is None else int(value) for name, value in stamps.items()}
