"""The running stack for the tests: callers of every kind, and the rows of its tables."""

import functools
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from infra.local import aws
from infra.local.api import Answer, Api
from infra.local.deploy import SENDER
from infra.local.stack_config import REGION, StackConfig

_POLL_S = 0.25
_A_RUN_EVERY_S = 5
_PATIENCE_S = 600  # enough on a busy machine: what has not happened by then never will


@dataclass(frozen=True)
class Stack:
    """A stack: its folder, its stack file, and the instant since which it runs."""

    config: StackConfig
    described: dict[str, Any]
    started_at: int

    @property
    def stranger(self) -> Api:
        """A caller without any credential."""
        return Api(self.described["api_url"])

    @property
    def source(self) -> Api:
        """The seeded lead source."""
        return self.stranger.with_token(self.described["source_token"])

    def user(self, key: str) -> Api:
        """Return a seeded user (admin, manager, agent, outsider), signed in through the API."""
        return _signed_in(self.described["api_url"], *self._sign_in(key))

    def campaign(self, key: str = "web") -> str:
        """Return a seeded campaign's id."""
        return str(self.described["campaigns"][key])

    def leads_path(self, campaign: str = "web") -> str:
        """Return the intake path of a campaign."""
        return f"/v1/campaigns/{self.campaign(campaign)}/leads"

    def post_lead(self, phone: str, campaign: str = "web", **more: Any) -> Answer:
        """Post a lead as the source."""
        body = {"first_name": "Gus", "phone": phone, **more}
        return self.source.post(self.leads_path(campaign), body)

    def new_lead(self, phone: str, campaign: str = "web", **more: Any) -> str:
        """Post a lead that must be accepted and return its id."""
        answer = self.post_lead(phone, campaign, **more)
        assert answer.status == 201, answer.content
        return str(answer.body["lead_id"])

    def new_campaign(self, **settings: Any) -> str:
        """Create an active campaign in the west project and return its id."""
        known = self.user("admin").get(f"/v1/campaigns/{self.campaign()}").body
        copied_fields = ("project_id", "lead_type_id", "source", "channel")
        copied = {name: known[name] for name in copied_fields}
        body = {"name": "A test campaign", "require_authentication": False, **copied, **settings}
        return str(self.user("admin").create("/v1/campaigns", body)["id"])

    def change_campaign(self, campaign_id: str, **changes: Any) -> None:
        """Change a campaign, and confirm if a confirmation is required."""
        self._change(f"/v1/campaigns/{campaign_id}", changes)

    def change_project(self, key: str, **changes: Any) -> None:
        """Change a seeded project."""
        self._change(f"/v1/projects/{self.described['projects'][key]}", changes)

    def change_user(self, key: str, **changes: Any) -> None:
        """Change a seeded user."""
        self._change(f"/v1/users/{self.described['user_ids'][key]}", changes)

    def _change(self, path: str, changes: dict[str, Any]) -> None:
        version = self.user("admin").get(path).body["version"]
        self.user("admin").update(path, {"version": version, **changes})

    def source_of(self, campaign_id: str) -> Api:
        """Return a caller with a new credential for one campaign."""
        body = {"kind": "source", "name": "A test source", "campaign_ids": [campaign_id]}
        return self.stranger.with_token(self.user("admin").create("/v1/credentials", body)["token"])

    def rows(self, table: str, key_name: str, key: str) -> list[dict[str, Any]]:
        """Return the raw rows under a key, without the predicate."""
        answer = aws.client(self.config, "dynamodb").query(
            TableName=self.described["tables"][table],
            KeyConditionExpression="#key = :key",
            ExpressionAttributeNames={"#key": key_name},
            ExpressionAttributeValues={":key": {"S": key}},
            ConsistentRead=True,
        )
        items: list[dict[str, Any]] = answer["Items"]
        return items

    def facts(self, lead_id: str) -> dict[str, Any]:
        """Return the raw facts of a lead."""
        return next(row for row in self.rows("leads", "lead_id", lead_id) if row["part"]["S"] == "lead")

    def scan(self, table: str) -> list[dict[str, Any]]:
        """Return every raw row of a table."""
        return [item for page in self._pages(table) for item in page["Items"]]

    def count(self, table: str, wanted: str = "", name: str = "", value: str = "") -> int:
        """Return how many rows a table has, or how many meet a condition with one named value."""
        more: dict[str, Any] = {}
        if wanted:
            more = {"FilterExpression": wanted, "ExpressionAttributeValues": {name: {"S": value}}}
        return sum(page["Count"] for page in self._pages(table, Select="COUNT", **more))

    def _pages(self, table: str, **more: Any) -> Iterator[dict[str, Any]]:
        pages = aws.client(self.config, "dynamodb").get_paginator("scan")
        yield from pages.paginate(TableName=self.described["tables"][table], ConsistentRead=True, **more)

    def run(self, function: str) -> None:
        """Run a scheduled function now, as its schedule would."""
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),  # the tries of one event share what it holds
            "account": "000000000000",
            "time": "2026-01-01T00:00:00Z",
            "region": REGION,
            "source": "aws.events",
            "detail-type": "Scheduled Event",
            "detail": {},
            "resources": [],
        }
        aws.invoke(self.config, f"leadwarden-local-{function}", event)

    def set_max_lag(self, duration: str) -> None:
        """Set how long the schedule leaves bytes to the time to live."""
        admin = self.user("admin")
        version = admin.get("/v1/organisation").body["version"]
        admin.update("/v1/organisation", {"version": version, "max_lag": duration})

    def _sign_in(self, key: str) -> tuple[str, str]:
        user = self.described["admin"] if key == "admin" else self.described["users"][key]
        return user["email"], user["password"]


@functools.cache
def _signed_in(api_url: str, email: str, password: str) -> Api:
    return Api(api_url).sign_in(email, password)


def eventually(what: Callable[[], Any], within_s: float = _PATIENCE_S, every_s: float = _POLL_S) -> Any:
    """Return what `what` returns as soon as the condition holds. Fail if it never does."""
    deadline = time.monotonic() + within_s
    while not (result := what()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(every_s)
    return result


def by_schedule(stack: Stack, function: str, what: Callable[[], Any], within_s: float = _PATIENCE_S) -> Any:
    """Return what `what` returns once the function has caused it, without waiting for its schedule."""

    def run_and_read() -> Any:
        stack.run(function)
        return what()

    return eventually(run_and_read, within_s, _A_RUN_EVERY_S)


def mails(stack: Stack) -> list[dict[str, Any]]:
    """Return the mails that the application has sent, oldest first, without invitations of the user pool."""
    answer = Api(stack.config.endpoint_url).get("/_ministack/ses/messages")
    sent = [mail for account in answer.body["messages"].values() for mail in account]
    return [mail for mail in sent if mail["Source"] == SENDER]


def iso(instant: float) -> str:
    """Return an instant as the API writes it."""
    return datetime.fromtimestamp(int(instant), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sleep_until(instant: float) -> None:
    """Return when the clock has reached an instant (epoch seconds)."""
    while (left := instant - time.time()) > 0:
        time.sleep(left)


def query(**values: str) -> str:
    """Return a query string."""
    return "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in values.items())
