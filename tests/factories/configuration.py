"""Test data for the configuration: two projects, a lead type, and how to confirm."""

from collections.abc import Mapping
from typing import Any

from chalicelib import clock
from chalicelib.ledger import store as ledger
from chalicelib.organisation.domain.configuration import Field, LeadType, Project
from tests.harness.api import Caller, Reply, add_item

WEST = "prj_west"
EAST = "prj_east"
SOLAR = "lt_solar"
FIELDS = (
    Field("first_name", "First name", required=True),
    Field("phone", "Phone", "phone", required=True, duplicate="phone"),
    Field("roof", "Roof", "choice", personal=False, choices=("tiles", "metal")),
)
CAMPAIGN = {
    "name": "Solar web form",
    "project_id": WEST,
    "lead_type_id": SOLAR,
    "source": "sunny.example.org",
    "price": "15.00",
    "require_authentication": False,
}


def create_configuration(**west: Any) -> None:
    """Write two projects and a lead type. `west` are settings of the first."""
    add_item(Project(id=WEST, version=1, name="Solar West", **west))
    add_item(Project(id=EAST, version=1, name="Insurance East"))
    add_item(LeadType(id=SOLAR, version=1, name="Solar enquiry", fields=FIELDS))


def confirmed_post(caller: Caller, method: str, path: str, body: Mapping[str, Any]) -> Reply:
    """Send a request that requires a confirmation, confirm it, and return the second answer."""
    first = caller(method, path, dict(body))
    assert first.status == 409
    assert first.code == "confirmation_required"
    return caller(method, path, {**body, "confirm": first.json["confirm"]})


def post_created(caller: Caller, path: str, body: Mapping[str, Any]) -> Any:
    """Create an item that needs no confirmation and return it."""
    reply = caller.post(path, dict(body))
    assert reply.status == 201, reply.text
    return reply.json


def ledger_actions(subject: str) -> list[tuple[str, list[str]]]:
    """Return the ledger's entries of an item: each action with the names of the changed fields."""
    entries = ledger.list_subject(subject, clock.now())
    return [(entry.action, [field.name for field in entry.fields]) for entry in entries]
