"""The walkthrough of migrations of contacts: to the former normal form and back, with leads that come in meanwhile."""

import json
import time

from chalicelib import clock
from chalicelib.core.contact_points import NORMALISER_VERSION
from chalicelib.leads.usecases.rekey_contacts import start_migration
from chalicelib.organisation.domain.contact_forms import SETTLES_IN_S, ContactForm
from chalicelib.organisation.usecases.contact_forms import get_contact_forms
from infra.local import aws
from tests.e2e.in_process import in_process
from tests.e2e.stack import Stack, by_schedule, iso
from tests.e2e.walkthrough.privacy_walk import import_file

_CACHED_S, _LATER_S = 10, 3600
_TWO_WRITINGS = "+54 9 11 2345-67"  # the normal forms differ in the 9
_ROW = {"kind": {"S": "contact_forms"}, "id": {"S": "contacts"}}


def walk(stack: Stack) -> None:
    """Migrate the contacts as an operator does. The two writings of one address are two blocks only in between."""
    _migrate(stack, NORMALISER_VERSION - 1, "Xia@example.org", "Yul@example.org")
    manager, west = stack.user("manager"), stack.described["projects"]["west"]
    ends = {"until": iso(time.time() + _LATER_S)}
    for block in ({"email": "zed@example.org", **ends}, {"email": "Zed@example.org"}):
        assert manager.post("/v1/blocks", {**block, "project_id": west}).status == 201
    _migrate(stack, NORMALISER_VERSION, "Ivo@example.org", "Joy@example.org")
    found = manager.post("/v1/blocks/search", {"email": "ZED@example.org"}).body["items"]
    assert [block["until"] for block in found] == [None]


def _migrate(stack: Stack, form: int, posted: str, in_file: str) -> None:
    """Migrate to a normal form. The two waits of twenty minutes are taken out."""
    with in_process(stack):
        now = clock.now()
        current = get_contact_forms(now).current
        start_migration(ContactForm(current.fingerprint, form), clock.new_id("job"), now)
    time.sleep(_CACHED_S + 1)  # from now on every process looks both forms up
    manager = stack.user("manager")
    lead_id = stack.new_lead(f"{_TWO_WRITINGS}89", email=posted)
    people = f"first_name,phone,email\nYul,{_TWO_WRITINGS}80,{in_file}\n"
    assert import_file(stack, manager, "leads", stack.campaign(), people)["state"] == "done"
    by_schedule(stack, "rekey-contacts", lambda: _is_over(stack))
    time.sleep(_CACHED_S + 1)
    found = manager.post("/v1/contacts/search", {"email": posted}).body["leads"]
    assert [lead["lead_id"] for lead in found] == [lead_id]


def _is_over(stack: Stack) -> bool:
    """Return whether the migration has ended. If not, move the begin of its present phase back, in its row."""
    table, dynamodb = stack.described["tables"]["setup"], aws.client(stack.config, "dynamodb")
    row = dynamodb.get_item(TableName=table, Key=_ROW, ConsistentRead=True)["Item"]
    body = json.loads(row["body"]["S"])
    if body["target"] is None:
        return True
    body["since"] -= SETTLES_IN_S
    dynamodb.put_item(TableName=table, Item=row | {"body": {"S": json.dumps(body)}})
    return False
