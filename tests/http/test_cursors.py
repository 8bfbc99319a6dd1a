"""The content of a cursor stays the same to the byte: one version of the code decrypts the cursors of another."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib import clock, settings
from chalicelib.audit.usecases.seal_day import seal_days
from chalicelib.aws import clients, encrypted_tokens
from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.domain import Block
from chalicelib.blocks.store import blocks
from chalicelib.core.access import Role
from chalicelib.core.retention import Policy
from chalicelib.core.times import utc_day
from chalicelib.imports import store as imports
from chalicelib.imports.domain.import_job import Import, ImportKind
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.organisation.domain.configuration import LeadType, Organisation, Project
from chalicelib.privacy.domain.subject_requests import LegalClock, SubjectRequest, SubjectRequestKind
from chalicelib.users.domain.credentials import Credential
from chalicelib.users.domain.users import User
from chalicelib.work.usecases.set_follow_up import set_follow_up
from tests.factories.leads import AGENT, DAY, LEAD, MANAGER, NOW, create_campaign, create_organisation
from tests.factories.work import HOUR, change_project_settings, create_assigned_lead
from tests.harness.api import ApiHarness, Caller, Reply, add_item

CONTACT = {"phone": LEAD["phone"]}
TODAY = utc_day(NOW)
HELD = json.loads((Path(__file__).parent / "cursors.json").read_text())
LISTS: dict[str, tuple[str, Any]] = {
    "users": ("/v1/users?limit=1", None),
    "projects": ("/v1/projects?limit=1", None),
    "campaigns": ("/v1/campaigns?limit=1", None),
    "lead_types": ("/v1/lead-types?limit=1", None),
    "credentials": ("/v1/credentials?limit=1", None),
    "requests": ("/v1/requests?limit=1", None),
    "agents": ("/v1/projects/prj_1/agents?limit=1", None),
    "leads": ("/v1/leads?campaign=cmp_1&limit=1", None),
    "leads_export": ("/v1/leads/export?campaign=cmp_1&limit=1", None),
    "worklist": ("/v1/worklist?limit=1", None),
    "follow_ups": ("/v1/worklist?show=follow_ups&limit=1", None),
    "at_risk": ("/v1/worklist?show=at_risk&limit=1", None),
    "worklist_search": ("/v1/worklist/search?limit=1", CONTACT),
    "managed_at_risk": ("/v1/projects/prj_1/at-risk?limit=1", None),
    "contacts": ("/v1/contacts/search?limit=1", CONTACT),
    "changes": (f"/v1/changes?day={TODAY}&limit=1", None),
    "accesses": ("/v1/accesses?subject=lead/lead_1&limit=1", None),
    "blocks": ("/v1/blocks?limit=1", None),
    "imports": ("/v1/imports?limit=1", None),
    "what_would_change": ("/v1/campaigns/cmp_1/what-would-change", {"draft": {}, "days": 2, "limit": 1}),
    "seals": ("/v1/seals?limit=1", None),
    "sealed_entries": (f"/v1/seals/{TODAY}/entries?limit=1", None),
}


@pytest.fixture(autouse=True)
def two_of_everything(api: ApiHarness, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two of everything that is listed, with ids and times that never change."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setenv("SEALS_BUCKET", "seals-test")
    settings.current.cache_clear()
    clients.clear_cache()
    boto3.client("s3").create_bucket(Bucket="seals-test")
    create_organisation(Policy(10))
    change_project_settings(inactivity="P3D", warning="P3D")
    create_campaign("cmp_2", policy=Policy(10))
    for number in (1, 2):
        create_assigned_lead(f"lead_{number}", now=NOW - 3 + number)
        set_follow_up(AGENT, f"lead_{number}", TODAY, NOW)
    _add_configuration()
    _add_rows()
    yield
    clients.clear_cache()


def _add_configuration() -> None:
    add_item(Project(id="prj_2", version=1, name="Cars"))
    add_item(LeadType(id="lt_2", version=1, name="Car", fields=()))
    for user in (MANAGER.id, "usr_admin"):
        role = Role.ADMIN if user == "usr_admin" else Role.MANAGER
        projects = MANAGER.project_ids
        add_item(
            User(
                id=user,
                version=1,
                email=f"{user}@example.com",
                name="A user",
                role=role,
                project_ids=tuple(projects),
            )
        )
    for number in (1, 2):
        add_item(Credential(id=f"crd_{number}", version=1, name="A source", campaign_ids=("cmp_1",)))
        kind, law = SubjectRequestKind.ACCESS, LegalClock.GDPR
        add_item(
            SubjectRequest(
                id=f"prq_{number}", version=1, kind=kind, clock=law, received_on=TODAY, due_on=TODAY
            )
        )


def _add_rows() -> None:
    for number in (1, 2):
        block = Block(f"ref_{number}", "prj_1", NOW - number, None, "user", MANAGER.id, "…47")
        batch.write_one(blocks.put(block, NOW))
        job = Import(f"imp_{number}", ImportKind.BLOCK, "prj_1", "prj_1", "user", MANAGER.id, NOW)
        batch.write(imports.insert(job), batch.token_of("test", job.id))
        entry = ledger_entries.access(MANAGER, "lead/lead_1", "view", NOW, f"entry_{number}")
        ledger.append(entry, Organisation())


def ask(api: ApiHarness, name: str, cursor: str | None = None) -> Reply:
    """Ask for a page of a list."""
    path, body = LISTS[name]
    caller = Caller(api.client, api.signer.token(AGENT.id if "worklist" in path else "usr_admin"))
    if body is not None and "draft" in body:
        reply = caller.post(path, {**body, "cursor": cursor})
    else:
        path += f"&cursor={cursor}" if cursor else ""
        reply = caller.get(path) if body is None else caller.post(path, body)
    assert reply.status == 200, reply.text
    return reply


def next_of(reply: Reply) -> str:
    """Return the cursor of the next page."""
    return str(reply.headers.get("X-Next-Cursor") or reply.json["next"])


def seal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seal the day and the one before, on the day after."""
    seal_days("run_1", lambda: True, NOW)
    monkeypatch.setattr(clock, "now", lambda: NOW + DAY + 2 * HOUR)
    seal_days("run_2", lambda: True, NOW + DAY + 2 * HOUR)


def test_every_list_has_a_stored_cursor() -> None:
    assert HELD.keys() == LISTS.keys()


@pytest.mark.parametrize("name", LISTS)
def test_a_stored_cursor_is_unchanged_and_continues(
    api: ApiHarness, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if "seal" in name:
        seal(monkeypatch)
    first = ask(api, name)
    content = encrypted_tokens.decrypt_token("cursor", next_of(first))
    assert content["at"] == HELD[name]
    assert ask(api, name, next_of(first)).text != first.text
