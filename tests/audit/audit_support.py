"""Callers and entries for the tests of the ledger's API."""

from typing import Any

import pytest

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import Actor, Role
from chalicelib.core.times import DAY_S
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.ledger.domain.entries import Entry, EntryKind
from chalicelib.organisation.domain.configuration import Organisation, Project
from tests.factories.leads import ENTERS_AT_ONCE, create_lead, create_organisation
from tests.harness.api import ApiHarness, Caller, add_item

USUAL = Organisation()

SAM = Actor("user", "usr_sam")


@pytest.fixture
def admin(api: ApiHarness) -> Caller:
    """An admin of an organisation with two projects and the lead `lead_1`."""
    now = clock.now()
    create_organisation(now=now, duplicates=ENTERS_AT_ONCE)
    add_item(Project(id="prj_2", version=1, name="Cars"))
    add_item(
        Campaign(id="cmp_2", version=1, name="C", project_id="prj_2", lead_type_id="lt_1", source="site")
    )
    create_lead("lead_1", now)
    return api.user(Role.ADMIN, user_id="usr_admin")


def start_of_day(days_ago: int) -> int:
    """Return the first second of a UTC day before today, so that the seconds after it are of the same day."""
    return clock.now() // DAY_S * DAY_S - days_ago * DAY_S


def insert_entry(entry: Entry) -> Entry:
    batch.write_one(ledger.insert(entry, USUAL))
    return entry


def create_change(subject: str, number: int, at: int, action: str = "changed", actor: Actor = SAM) -> Entry:
    """Write an entry as any version of the code may have written it, in whatever words."""
    entry_id = ledger_entries.entry_id(subject, number)
    return insert_entry(Entry(EntryKind.CHANGE, subject, entry_id, at, actor.kind, actor.id, action))


def create_access(subject: str, number: int, at: int, actor: Actor = SAM) -> Entry:
    """Write an access as any version of the code may have written it, in whatever words."""
    entry_id = ledger_entries.entry_id("read", subject, number)
    return insert_entry(
        Entry(EntryKind.ACCESS, subject, entry_id, at, actor.kind, actor.id, "read", through="view")
    )


def all_items(caller: Caller, path: str) -> list[Any]:
    """Return every item of a list, page by page."""
    items, cursor_query = [], ""
    for _ in range(300):
        reply = caller.get(f"{path}{cursor_query}")
        assert reply.status == 200, reply.text
        items += reply.json["items"]
        if reply.json["next"] is None:
            return items
        cursor_query = f"&cursor={reply.json['next']}"
    raise AssertionError("the list does not end")
