"""The organisation of the examples, and how their requests are sent to the API.

The clock does not move until a scenario moves it on, so the times in the answers are the same in every run.
"""

import hashlib
import itertools
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest

import app as application
from chalicelib import clock, settings
from chalicelib.aws import clients
from chalicelib.campaigns.domain.campaign import Assignment, Campaign
from chalicelib.core.access import Actor, Role
from chalicelib.core.retention import Policy
from chalicelib.http import bodies, examples
from chalicelib.http.examples import Example
from chalicelib.http.router import route_specs
from chalicelib.intake.usecases.process_new_lead import process_new_lead
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain.entries import change
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Field, LeadType, Organisation, Project
from chalicelib.organisation.usecases.register_keys import register_keys
from chalicelib.users.domain import credentials
from chalicelib.users.domain.credentials import Credential
from chalicelib.users.domain.users import User
from tests.harness.api import ApiHarness, Caller, Reply, add_item
from tests.http.examples.matching import Names
from tests.http.examples.recording import Recording

START = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
PROJECT = "prj_5xq2hvtd4kz7wmyc3n6bjgrpsa"
OTHER_PROJECT = "prj_7rdwkz4vq3ymt2bhx6cnjgps5e"
LEAD_TYPE = "lt_3mwqk7zt5vydx2hcn4rbjgp6sa"
CAMPAIGN = "cmp_4tzkwq6vm2yhd7xcn5brjgp3se"
SOURCE = "crd_6hvqz3tkwy5mdx4cn2brjgp7sa"
ADMIN = "0d5c1f0a-6f0e-4c55-9a53-1f4f7a0c1a01"
MANAGER = "2b7e9c4d-1c36-4f0b-8a67-5d2f8b1e2b02"
AGENT = "4f9a3e6b-8d21-4a7c-9b18-7e3c9d2f3c03"
SECOND_AGENT = "6a1b5d8c-3e47-4b9d-8c29-9f4dae3a4d04"
USERS = {
    "admin": (ADMIN, Role.ADMIN, "Zoe Zander"),
    "manager": (MANAGER, Role.MANAGER, "Max Meyer"),
    "agent": (AGENT, Role.AGENT, "Ann Archer"),
    "second agent": (SECOND_AGENT, Role.AGENT, "Ben Baker"),
}
FIELDS = (
    Field("first_name", "First name", required=True),
    Field("last_name", "Last name"),
    Field("phone", "Phone", "phone", required=True, duplicate="phone"),
    Field("email", "E-mail", "email"),
    Field("state", "State", personal=False),
)
PERSON = {"first_name": "Fay", "last_name": "Miller", "phone": "+1 202-555-0150", "email": "fay@example.com"}
SOLAR: dict[str, Any] = {
    "name": "Solar web form",
    "project_id": PROJECT,
    "lead_type_id": LEAD_TYPE,
    "source": "sunny.example.com",
    "price": Decimal("15.00"),
    "require_authentication": True,
    "retention": Policy(30, 7),
    "criteria": {"all": [{"field": "state", "op": "one_of", "value": ["CA", "NV"]}]},
}
BUCKETS = ("imports", "seals")
RECORDING = os.environ.get("EXAMPLES") == "record"
_ROUTES = {route.name: route for route in route_specs(application.app)}


@dataclass
class ExampleRun:
    """One run of an area's examples: the API, and what differs from the examples."""

    api: ApiHarness
    area: str
    monkeypatch: pytest.MonkeyPatch
    media_type: str = bodies.JSON
    names: Names = field(default_factory=Names)
    differences: list[str] = field(default_factory=list)
    sent: set[tuple[str, str]] = field(default_factory=set)
    recording: Recording | None = None
    now: int = int(START.timestamp())
    token: str = ""

    def build(self) -> None:
        """Create the organisation: two projects, a lead type, users, and a campaign with a source."""
        self._set_clock()
        self.monkeypatch.setenv("VERSION", "1.0.0")
        self.monkeypatch.setenv("API_URL", "https://api.example.com/api")
        for name in BUCKETS:
            self.monkeypatch.setenv(f"{name}_BUCKET".upper(), f"leadwarden-{name}")
            boto3.client("s3").create_bucket(Bucket=f"leadwarden-{name}")
        settings.current.cache_clear()
        clients.clear_cache()
        register_keys(self.now)
        add_item(Organisation(version=1, name="Example Energy", categories=("solar",), groups=("west",)))
        add_item(Project(id=PROJECT, version=1, name="Solar West", zone="America/Los_Angeles"))
        add_item(Project(id=OTHER_PROJECT, version=1, name="Heating East", zone="America/New_York"))
        add_item(LeadType(id=LEAD_TYPE, version=1, name="Solar enquiry", fields=FIELDS))
        for name, (user_id, role, full_name) in USERS.items():
            email = f"{full_name.split()[0].lower()}@example.com"
            projects = () if name == "admin" else (PROJECT,)
            add_item(
                User(id=user_id, version=1, email=email, name=full_name, role=role, project_ids=projects)
            )
        self.add_campaign()
        self.token = credentials.token_of(SOURCE, bytes(32))
        secrets = (credentials.hash_of_token(self.token),)
        add_item(Credential(id=SOURCE, version=1, name="Sunny", campaign_ids=(CAMPAIGN,), secrets=secrets))
        for known in (PROJECT, OTHER_PROJECT, LEAD_TYPE, SOURCE, *(each[0] for each in USERS.values())):
            self.names.learn(known, known)

    def add_campaign(self, campaign_id: str = CAMPAIGN, **values: Any) -> None:
        """Create a campaign with a record of its creation."""
        values = SOLAR | values
        assignment = values.pop("assignment", Assignment(user_id=AGENT))
        add_item(Campaign(id=campaign_id, version=1, assignment=assignment, **values))
        self.names.learn(campaign_id, campaign_id)
        admin = Actor("user", ADMIN, Role.ADMIN)
        entry_id = hashlib.md5(campaign_id.encode(), usedforsecurity=False).hexdigest()
        created = change(admin, f"campaign/{campaign_id}", "created", self.now, entry_id)
        ledger.append(created, Organisation())

    def later(self, **delta: float) -> None:
        """Move the clock on."""
        self.now += int(timedelta(**delta).total_seconds())

    def caller(self, who: str) -> Caller:
        """Return a user, the campaign's `source`, or `nobody`."""
        configuration.clear_cache()
        if who in USERS:
            return self.api.bearer(self.api.signer.token(USERS[who][0]))
        return self.api.bearer(self.token) if who == "source" else self.api.stranger()

    def lead(self, lead_id: str = "", campaign_id: str = CAMPAIGN, **values: Any) -> str:
        """Post a lead as the source does, and let the stream process it. The examples call it `lead_id`."""
        body = PERSON | {"state": "CA"} | values
        reply = self.caller("source").post(f"/v1/campaigns/{campaign_id}/leads", body)
        assert reply.status < 300, reply.text
        real = str(reply.json["lead_id"])
        self.process(real)
        assert not lead_id or self.names.learn(lead_id, real)
        return real

    def process(self, lead_id: str) -> None:
        """Process a new lead as the stream does."""
        process_new_lead(lead_id, self.now)

    def show(self, operation: str, *names: str, by: str = "admin") -> Any:
        """Send examples of an operation and compare their answers. Return the last answer."""
        answer: Any = None
        for name in names:
            answer = self._show(operation, name, self.caller(by))
        return answer

    def finish(self) -> None:
        """Fail if an answer was not as its example says."""
        if self.recording is not None:
            self.recording.save()
        assert not self.differences, "\n".join(
            [
                f"Examples of chalicelib/{self.area}/examples.json differ from the API's answers.",
                "If the answers are right, run `make examples` and look at the changes of that file.",
                *self.differences,
            ]
        )

    def _show(self, operation: str, name: str, caller: Caller) -> Any:
        example = self._example(operation, name)
        self.sent.add((operation, name))
        reply = self._send(operation, example, caller)
        is_json = reply.headers.get("Content-Type", "").partition(";")[0] == bodies.JSON
        answer = (reply.json if is_json else reply.text) if reply.text else None
        if self.recording is not None:
            self.recording.record(operation, name, reply, self.names)
            return answer
        label = f"{operation}/{name}"
        assert reply.status == example.status, f"{label}: {reply.status} {reply.text}"
        self.differences += [f"{label}: {text}" for text in self.names.differences(example.answer, answer)]
        return answer

    def _example(self, operation: str, name: str) -> Example:
        if self.recording is not None:
            return examples.from_json(self.recording.example(operation, name))
        return next(each for each in examples.read_area(self.area)[operation] if each.name == name)

    def _send(self, operation: str, example: Example, caller: Caller) -> Reply:
        route = _ROUTES[operation]
        path = route.path.format_map(self.names.real(example.path))
        if example.query:
            query = self.names.real(example.query)
            path += "?" + urlencode({key: "true" if value is True else value for key, value in query.items()})
        kind = self.media_type if self.media_type in example.media_types else bodies.JSON
        body = self.names.real(example.body_as(kind))
        raw = urlencode(body).encode() if kind == bodies.FORM and body is not None else body
        sent = {**self.names.real(example.headers), **({"Content-Type": kind} if body is not None else {})}
        return caller(route.method, path, raw, sent)

    def _set_clock(self) -> None:
        """Set the clock to `now`, and make ids that sort in the order of their making."""
        count = itertools.count(self.now)
        self.monkeypatch.setattr(clock, "now", lambda: self.now)
        self.monkeypatch.setattr(clock, "new_id", lambda kind: f"{kind}_{next(count):026d}")


def start_run(api: ApiHarness, area: str, monkeypatch: pytest.MonkeyPatch, media_type: str) -> ExampleRun:
    """Return the organisation for an area's examples."""
    run = ExampleRun(api, area, monkeypatch, media_type)
    if RECORDING and media_type == bodies.JSON:
        run.recording = Recording(area)
    run.build()
    return run
