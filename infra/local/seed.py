"""A small example organisation, created through the HTTP API; only its first admin comes from the tool."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from infra.local.api import Answer, Api
from infra.local.stack_config import LocalStackError

DOMAIN = "example.com"
ADMIN_EMAIL = f"admin@{DOMAIN}"

PROJECTS: dict[str, dict[str, Any]] = {
    "west": {"name": "Solar West", "region": "US", "zone": "America/Los_Angeles", "inactivity": "P14D"},
    "east": {"name": "Insurance East", "region": "US", "zone": "America/New_York", "inactivity": None},
}
LEAD_TYPES: dict[str, dict[str, Any]] = {
    "solar": {
        "name": "Solar enquiry",
        "fields": [
            {"key": "first_name", "label": "First name", "kind": "text", "required": True},
            {"key": "last_name", "label": "Last name", "kind": "text", "required": False},
            {"key": "phone", "label": "Phone", "kind": "phone", "required": True, "duplicate": True},
            {"key": "email", "label": "E-mail", "kind": "email", "required": False, "duplicate": True},
            {"key": "postal_code", "label": "ZIP code", "kind": "postal_code", "required": False},
            {
                "key": "roof",
                "label": "Roof",
                "kind": "choice",
                "required": False,
                "personal": False,
                "choices": ["tiles", "metal", "flat"],
            },
        ],
    },
    "insurance": {
        "name": "Insurance quote",
        "fields": [
            {"key": "full_name", "label": "Name", "kind": "text", "required": True},
            {"key": "phone", "label": "Phone", "kind": "phone", "required": True, "duplicate": True},
            {"key": "born_on", "label": "Date of birth", "kind": "date", "required": False},
        ],
    },
}
CAMPAIGNS: dict[str, dict[str, Any]] = {
    "web": {
        "project": "west",
        "lead_type": "solar",
        "name": "Solar web form",
        "source": "sunny.example.org",
        "price": "15.00",
        "currency": "USD",
        "require_authentication": False,
        "retention": {"days": 30, "rejected_days": 7},
    },
    "partner": {
        "project": "west",
        "lead_type": "solar",
        "name": "Solar partner feed",
        "source": "Bright Leads",
        "price": "22.50",
        "currency": "USD",
        "require_authentication": False,
        "retention": {"days": 90, "rejected_days": None},
    },
    "quotes": {
        "project": "east",
        "lead_type": "insurance",
        "name": "Insurance quotes",
        "source": "quotes.example.org",
        "price": "8.00",
        "currency": "USD",
        "require_authentication": False,
        "retention": {"days": None, "rejected_days": None},
    },
}
USERS: dict[str, dict[str, Any]] = {
    "manager": {"name": "Mona Manager", "role": "manager", "projects": ["west"]},
    "agent": {"name": "Ari Agent", "role": "agent", "projects": ["west"]},
    "outsider": {"name": "Olga Outsider", "role": "manager", "projects": ["east"]},
}
LEADS: list[tuple[str, dict[str, Any]]] = [
    (
        "web",
        {"first_name": "Ana", "last_name": "Lopez", "phone": "+1 202-555-0101", "email": "ana@example.org"},
    ),
    ("web", {"first_name": "Ben", "phone": "202-555-0102", "postal_code": "90012", "roof": "tiles"}),
    ("web", {"first_name": "Cleo", "phone": "+1 202-555-0103", "email": "cleo@example.org", "test": True}),
    ("partner", {"first_name": "Dan", "last_name": "Fox", "phone": "+1 202-555-0104", "roof": "metal"}),
    ("quotes", {"full_name": "Eve Stone", "phone": "+1 202-555-0105", "born_on": "1984-05-06"}),
]
AGENTS = 2  # so many leads belong to the agent; those of the partner wait for a manager
CALLED = {"kind": "call", "direction": "outgoing", "result": "no_answer"}
ZONE = "America/Los_Angeles"


@dataclass(frozen=True)
class SignIn:
    """An address and its password."""

    email: str
    password: str


@dataclass(frozen=True)
class Seeded:
    """The result: sign-ins by role, ids by short name, the token of the source."""

    users: Mapping[str, SignIn]
    user_ids: Mapping[str, str]
    projects: Mapping[str, str]
    campaigns: Mapping[str, str]
    source_token: str
    lead_ids: tuple[str, ...]


class Passwords:
    """Assigns passwords to the users of the local stack, in place of their first sign-in (ACC-1)."""

    def __init__(self, identity: Any, pool_id: str) -> None:
        self._identity = identity
        self._pool_id = pool_id

    def assign(self, email: str) -> SignIn:
        """Give the user a permanent password and return the sign-in."""
        chosen = SignIn(email, new_password())
        self._identity.admin_set_user_password(
            UserPoolId=self._pool_id, Username=email, Password=chosen.password, Permanent=True
        )
        return chosen


def new_password() -> str:
    """Return a password that the policy of the user pool accepts."""
    return f"Lw1-{secrets.token_urlsafe(12)}"


def organisation(admin: Api, passwords: Passwords) -> Seeded:
    """Create projects, lead types, campaigns, users and the source credential; post the leads, and work some."""
    _keep_short_lag(admin)
    projects = {key: str(admin.create("/v1/projects", body)["id"]) for key, body in PROJECTS.items()}
    lead_types = {key: str(admin.create("/v1/lead-types", body)["id"]) for key, body in LEAD_TYPES.items()}
    campaigns = {key: _campaign(admin, body, projects, lead_types) for key, body in CAMPAIGNS.items()}
    user_ids = {key: _user(admin, key, body, projects) for key, body in USERS.items()}
    users = {key: passwords.assign(_email(key)) for key in USERS}
    west = [campaigns["web"], campaigns["partner"]]
    credential = {
        "kind": "source",
        "name": "Website and partner",
        "campaign_ids": [*west, campaigns["quotes"]],
    }
    token = str(admin.create("/v1/credentials", credential)["token"])
    for campaign_id in west:
        _require_authentication(admin, campaign_id)
    source = admin.with_token(token)
    lead_ids = tuple(_lead(source, campaigns[key], body) for key, body in LEADS)
    assigned = {"lead_ids": list(lead_ids[:AGENTS]), "user_id": user_ids["agent"]}
    admin.create(f"/v1/projects/{projects['west']}/reassign", assigned)
    _call(admin.sign_in(users["agent"].email, users["agent"].password), lead_ids[0])
    return Seeded(users, user_ids, projects, campaigns, token, lead_ids)


def _email(key: str) -> str:
    return f"{key}@{DOMAIN}"


def _keep_short_lag(admin: Api) -> None:
    present = admin.get("/v1/organisation").body
    admin.update("/v1/organisation", {"version": present["version"], "max_lag": "PT1M"})


def _call(agent: Api, lead_id: str) -> None:
    """Record a call without an answer, with a follow-up today in the zone of the agent."""
    today = datetime.now(ZoneInfo(ZONE)).date().isoformat()
    agent.create(f"/v1/leads/{lead_id}/activities", {**CALLED, "follow_up_on": today})


def _campaign(
    admin: Api, body: Mapping[str, Any], projects: Mapping[str, str], lead_types: Mapping[str, str]
) -> str:
    settings = {key: value for key, value in body.items() if key not in ("project", "lead_type")}
    request = {
        "require_authentication": False,
        **settings,
        "project_id": projects[body["project"]],
        "lead_type_id": lead_types[body["lead_type"]],
        "channel": "web",
        "status": "active",
    }
    return str(admin.create("/v1/campaigns", request)["id"])


def _user(admin: Api, key: str, body: Mapping[str, Any], projects: Mapping[str, str]) -> str:
    request = {
        "email": _email(key),
        "name": body["name"],
        "role": body["role"],
        "project_ids": [projects[name] for name in body["projects"]],
        "zone": ZONE,
    }
    return str(admin.create("/v1/users", request)["id"])


def _require_authentication(admin: Api, campaign_id: str) -> None:
    version = admin.get(f"/v1/campaigns/{campaign_id}").body["version"]
    admin.update(f"/v1/campaigns/{campaign_id}", {"version": version, "require_authentication": True})


def _lead(source: Api, campaign_id: str, body: Mapping[str, Any]) -> str:
    answer: Answer = source.post(f"/v1/campaigns/{campaign_id}/leads", body)
    if answer.status != 201:
        raise LocalStackError(
            f"A lead was not accepted: {answer.status} {answer.content.decode(errors='replace')}"
        )
    return str(answer.body["lead_id"])
