"""Every example of the document is sent to the API, which answers as the example says."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

import app as application
from chalicelib import clock
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.campaign_settings import Duplicates, Quality
from chalicelib.core.access import Actor, Permission, Role
from chalicelib.core.retention import Policy
from chalicelib.core.times import parse_instant
from chalicelib.http import bodies
from chalicelib.http.router import Example, RouteSpec, route_specs
from chalicelib.intake.usecases.receive_lead import Submission, receive_lead
from chalicelib.organisation.domain.configuration import Field, LeadType, Project
from chalicelib.organisation.usecases.register_keys import register_keys
from chalicelib.work.usecases.assign_lead import assign_lead
from tests.harness.api import ApiHarness, Caller, add_item

Prepare = Callable[[ApiHarness], Caller]
PROJECT, AGENT = "prj_4d2qk7mzv3xw4hbnrt6ycpfgja", "65367a4e-0d0c-4d5e-9a43-1f2b7c8d9e01"
IDS = {"campaign_id": "cmp_w7vhy3scpfjb2n5kd4tqmgxz6r", "lead_id": "lead_2szpahgjoxfsgpbxdt23e252ro"}
FIELDS = (
    Field("first_name", "First name", required=True),
    Field("last_name", "Last name"),
    Field("phone", "Phone", "phone", required=True, duplicate="phone"),
    Field("email", "E-mail", "email"),
    Field("state", "State", personal=False),
)
CRITERIA = {"all": [{"field": "state", "op": "one_of", "value": ["CA", "NV"]}]}
VARIES = (
    (re.compile(r"[a-z]{2,5}_[a-z2-7]{26}"), "(id)"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z"), "(time)"),
    (re.compile(r"\d+\.\d{2}"), "(money)"),
)


def campaign(**settings: Any) -> Prepare:
    """Return a set-up that creates a campaign with these settings and returns its source as the caller."""

    def prepare(api: ApiHarness) -> Caller:
        register_keys(clock.now())
        add_item(Project(id=PROJECT, version=1, name="Solar"))
        add_item(LeadType(id="lt_1", version=1, name="Solar enquiry", fields=FIELDS))
        add_item(
            Campaign(
                id=IDS["campaign_id"],
                version=1,
                name="Web form",
                project_id=PROJECT,
                lead_type_id="lt_1",
                source="site",
                price=Decimal("15.00"),
                retention=Policy(30, 7),
                criteria=CRITERIA,
                **settings,
            )
        )
        return api.source(IDS["campaign_id"])

    return prepare


def after_the_same_person(api: ApiHarness) -> Caller:
    """Create a campaign that checks for duplicates and has a lead."""
    source = campaign(duplicates=Duplicates(enabled=True))(api)
    assert send(source, *example_of("submit_lead", "accepted"), bodies.JSON)[0] == 201
    return source


def an_assigned_lead(api: ApiHarness) -> Caller:
    """Create a lead that an agent has, and return the agent as the caller."""
    campaign()(api)
    agent = api.user(Role.AGENT, PROJECT, user_id=AGENT)
    values = dict(example_of("submit_lead", "accepted")[1].body or {})
    del values["external_id"]
    receive_lead(Submission(IDS["campaign_id"], values, None, IDS["lead_id"]), clock.now())
    manager = Actor("user", "usr_manager", Role.MANAGER, frozenset(Permission), frozenset({PROJECT}))
    assign_lead(manager, IDS["lead_id"], AGENT, clock.now())
    return agent


PREPARED: dict[tuple[str, str], Prepare] = {
    ("submit_lead", "accepted"): campaign(),
    ("submit_lead", "rejected"): campaign(),
    ("submit_lead", "duplicate"): after_the_same_person,
    ("submit_lead", "held"): campaign(quality=Quality(hold_all=True)),
    ("submit_lead", "test_lead"): campaign(),
    ("submit_lead", "invalid"): campaign(),
    ("create_activity", "conversation"): an_assigned_lead,
    ("explain_lead", "outside_criteria"): campaign(tell_source_reasons=True),
}


def examples() -> Iterator[tuple[RouteSpec, Example]]:
    """Yield every example with its route."""
    for route in route_specs(application.app):
        for example in route.examples:
            yield route, example


def example_of(operation: str, name: str) -> tuple[RouteSpec, Example]:
    return next(
        (route, example) for route, example in examples() if (route.name, example.name) == (operation, name)
    )


def send(caller: Caller, route: RouteSpec, example: Example, media_type: str) -> tuple[int, Any]:
    """Send an example and return the status and the answer."""
    body = example.body_as(media_type)
    raw = b"" if body is None else json.dumps(body).encode()
    if media_type == bodies.FORM and body is not None:
        raw = urlencode(body).encode()
    reply = caller(route.method, route.path.format_map(IDS), raw, {"Content-Type": media_type})
    return reply.status, reply.json


def form_of(value: Any) -> Any:
    """Return an answer in which variable values are replaced by their form."""
    if isinstance(value, Mapping):
        return {key: form_of(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [form_of(entry) for entry in value]
    if isinstance(value, str):
        return next((form for pattern, form in VARIES if pattern.fullmatch(value)), value)
    return value


@pytest.fixture(autouse=True)
def _day_of_the_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send the examples on a day before the days that they have."""
    at = parse_instant("2026-11-21T21:17:58Z")
    monkeypatch.setattr(clock, "now", lambda: at)


@pytest.mark.parametrize(
    ("operation", "name", "media_type"),
    [
        pytest.param(route.name, example.name, media_type, id=f"{route.name}-{example.name}-{media_type}")
        for route, example in examples()
        for media_type in example.media_types
    ],
)
def test_every_example_is_answered_as_it_says(
    api: ApiHarness, operation: str, name: str, media_type: str
) -> None:
    caller = PREPARED[operation, name](api)
    route, example = example_of(operation, name)

    status, answer = send(caller, route, example, media_type)

    assert (status, form_of(answer)) == (example.status, form_of(dict(example.answer)))


def test_the_intake_has_an_example_of_each_result() -> None:
    shown = {example.answer.get("status") for route, example in examples() if route.name == "submit_lead"}
    assert {"accepted", "rejected", "duplicate", "held"} <= shown
