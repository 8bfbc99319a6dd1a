"""An organisation with two projects and every item that a route can name, for tests that try every route."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from chalicelib import clock
from chalicelib.audit import domain as seals
from chalicelib.audit.usecases.read_seals import key_of
from chalicelib.aws import seal_archive
from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Assignment, Campaign
from chalicelib.core.access import Role
from chalicelib.core.retention import Policy
from chalicelib.core.times import DAY_S, iso, utc_day
from chalicelib.http.router import RouteSpec, route_specs
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import Job, JobWork
from chalicelib.ledger import store as ledger
from chalicelib.organisation.domain.configuration import Field, LeadType, Organisation, Project
from chalicelib.organisation.usecases.register_keys import register_keys
from chalicelib.users.domain.users import User
from chalicelib.users.gateways import user_pool
from tests.harness.api import ApiHarness, Caller, Reply, add_credential, add_item

PASSWORD = "correct Horse-Battery 9"
LEAD = {"first_name": "Ada", "phone": "202-555-0147", "email": "ada@example.com"}
FIELDS = (
    Field("first_name", "First name"),
    Field("phone", "Phone", "phone", required=True, duplicate="phone"),
    Field("email", "E-mail", "email"),
    Field("loan", "Loan", "number", personal=False),
)
ABSENT = {
    "campaign_id": "cmp_0",
    "project_id": "prj_0",
    "lead_id": "lead_0",
    "lead_type_id": "lt_0",
    "user_id": "usr_0",
    "credential_id": "crd_0",
    "block_id": "blk_0",
    "receipt_id": "rct_lead_0_1",
    "request_id": "req_0",
    "job_id": "job_0",
    "day": "1999-12-31",
}
PROJECTS_OWN = {"campaign_id", "project_id", "lead_id", "block_id", "receipt_id", "request_id", "job_id"}
PROJECTS_OWN |= {"user_id"}  # to managers; users who may manage users see them all
JOBS = "/v1/jobs/{job_id}"
_JOB = "job_01jabcdefghijklmnopqrstuvw"
_IN_PATH = re.compile(r"{(\w+)}")


def routes() -> list[RouteSpec]:
    """Return what every route of the API declares. Calls that end something are last."""
    import app

    def order(route: RouteSpec) -> tuple[int, bool, str]:
        return _ORDER.index(route.method), route.path == _SIGN_OUT, route.path

    return sorted(route_specs(app.app), key=order)


_ORDER = ("GET", "PUT", "PATCH", "POST", "DELETE")
_SIGN_OUT = "/v1/session"


@dataclass
class Dataset:
    """The organisation: callers by kind, and the id of one item of every kind, in project `prj_1`."""

    api: ApiHarness
    callers: dict[str, Caller] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def path(self, route: RouteSpec, ids: dict[str, str] | None = None) -> str:
        """Return a route's path with the ids in it."""
        known = self.ids if ids is None else ids
        if route.path == JOBS and ids is None:
            known = known | {"job_id": _JOB}
        return _IN_PATH.sub(lambda result: known[result[1]], route.path)

    def ask(
        self, caller: Caller, route: RouteSpec, *, ids: dict[str, str] | None = None, body: Any = None
    ) -> Reply:
        """Call a route with a valid body (or the given one), and `QUERIES` where it needs a query."""
        query = QUERIES.get((route.method, route.path), "")
        return caller(route.method, self.path(route, ids) + query, body or self.body(route))

    def body(self, route: RouteSpec) -> dict[str, Any] | None:
        """Return a valid body for a route, or None if it takes none."""
        example = BODIES.get((route.method, route.path))
        return None if example is None else example(self.ids)


def build(api: ApiHarness, pool: Any) -> Dataset:
    """Create the organisation."""
    now = clock.now()
    register_keys(now)
    for number in (1, 2):
        add_item(Project(id=f"prj_{number}", version=1, name=f"Project {number}"))
    add_item(LeadType(id="lt_1", version=1, name="Loan", fields=FIELDS))
    dataset = Dataset(api)
    dataset.callers = dict(_callers(api))
    for number in (1, 2):
        add_item(_campaign(number))
    dataset.callers["source"] = api.source("cmp_1")
    dataset.callers["another source"] = api.source("cmp_2")
    dataset.ids = {
        "campaign_id": "cmp_1",
        "project_id": "prj_1",
        "lead_type_id": "lt_1",
        "user_id": _member(),
        "credential_id": add_credential("cmp_1")[0].id,
        "lead_id": _posted(dataset),
        "day": _sealed(now),
    }
    dataset.ids |= _made_by_the_desk(dataset)
    _add_job(now)
    return dataset


def _posted(dataset: Dataset) -> str:
    return str(dataset.callers["source"].post("/v1/campaigns/cmp_1/leads", LEAD).json["lead_id"])


def _made_by_the_desk(dataset: Dataset) -> dict[str, str]:
    """Return the ids of a block, a request, an import, and the receipt of an erased lead."""
    admin = dataset.callers["admin"]
    forget = f"/v1/leads/{_posted(dataset)}/forget"
    token = admin.post(forget, {"keep_out": False}).json["confirm"]
    bodies = {
        "block_id": ("/v1/blocks", {"phone": "202-555-0190", "project_id": "prj_1"}),
        "request_id": ("/v1/requests", {"kind": "access", "lead_ids": [dataset.ids["lead_id"]]}),
        "job_id": ("/v1/imports", IMPORT),
        "receipt_id": (forget, {"keep_out": False, "confirm": token}),
    }
    created = {name: admin.post(path, body) for name, (path, body) in bodies.items()}
    return {name: str(reply.json.get(name) or reply.json["id"]) for name, reply in created.items()}


def _sealed(now: int) -> str:
    """Seal an empty day, and return it."""
    day = utc_day(now - DAY_S)
    created = seals.sealed(day, [], seals.GENESIS)
    seal_archive.put(key_of(day), created.text())
    ledger.append(seals.seal_entry(created.seal, now), Organisation())
    return day


def _add_job(now: int) -> None:
    """Add a job of the manager."""
    asked = {"since": now, "until": now + DAY_S, "projects": ["prj_1"]}
    work = JobWork(kind="forecast", asked=asked, position=None, of=1, done=1)
    job = Job(_JOB, "user", "usr_manager", now, work)
    batch.write(jobs.insert(job), batch.token_of("test", _JOB))


def _callers(api: ApiHarness) -> Iterator[tuple[str, Caller]]:
    yield "nobody", api.stranger()
    yield "garbage", api.bearer("eyJhbGciOiJub25lIn0.e30.")
    yield "a forged user", api.bearer(api.signer.token("usr_admin", algorithm="HS256"))
    yield "a source that is not", api.bearer("lw_source_crd_01jabcdefghijklmnopqrstuvw_" + "a" * 43)
    yield "agent", api.user(Role.AGENT, "prj_1", user_id="usr_agent")
    yield "manager", api.user(Role.MANAGER, "prj_1", user_id="usr_manager")
    yield "a foreign manager", api.user(Role.MANAGER, "prj_2", user_id="usr_foreign")
    yield "a privacy officer", api.user(Role.PRIVACY, "prj_1", user_id="usr_privacy")
    yield "an auditor", api.user(Role.AUDITOR, "prj_1", user_id="usr_auditor")
    yield "admin", api.user(Role.ADMIN, user_id="usr_admin")


def _campaign(number: int) -> Campaign:
    return Campaign(
        id=f"cmp_{number}",
        version=1,
        name=f"Web {number}",
        project_id=f"prj_{number}",
        lead_type_id="lt_1",
        source="site",
        retention=Policy(10, 3),
        assignment=Assignment(user_id="usr_agent"),
    )


def _member() -> str:
    """Return a user who is also in the pool, to be read, changed and disabled."""
    subject = user_pool.invite("member@example.com", "A member")
    add_item(
        User(
            id=subject,
            version=1,
            email="member@example.com",
            name="A member",
            role=Role.AGENT,
            project_ids=("prj_1",),
        )
    )
    return subject


IMPORT = {"kind": "block", "scope": "prj_1", "filename": "numbers.csv", "size": 100}
Ids = dict[str, str]
BODIES: dict[tuple[str, str], Callable[[Ids], dict[str, Any]]] = {
    ("POST", "/v1/session"): lambda _: {"email": "a@example.com", "password": PASSWORD},
    ("POST", "/v1/session/password"): lambda _: {
        "email": "a@example.com",
        "session": "s" * 40,
        "new_password": PASSWORD,
    },
    ("POST", "/v1/session/totp"): lambda _: {"session": "s" * 40, "code": "123456"},
    ("POST", "/v1/session/refresh"): lambda _: {"refresh_token": "r" * 40},
    ("POST", "/v1/session/forgot"): lambda _: {"email": "a@example.com"},
    ("POST", "/v1/session/reset"): lambda _: {
        "email": "a@example.com",
        "code": "123456",
        "new_password": PASSWORD,
    },
    ("PATCH", "/v1/organisation"): lambda _: {"version": 0, "name": "Another"},
    ("POST", "/v1/projects"): lambda _: {"name": "Cars"},
    ("PATCH", "/v1/projects/{project_id}"): lambda _: {"version": 1, "name": "Cars"},
    ("POST", "/v1/lead-types"): lambda _: {"name": "Car", "fields": [{"key": "phone", "kind": "phone"}]},
    ("PATCH", "/v1/lead-types/{lead_type_id}"): lambda _: {"version": 1, "name": "Car"},
    ("POST", "/v1/campaigns"): lambda _: {
        "name": "Portal",
        "project_id": "prj_1",
        "lead_type_id": "lt_1",
        "source": "portal",
    },
    ("PATCH", "/v1/campaigns/{campaign_id}"): lambda _: {"version": 1, "name": "Portal"},
    ("POST", "/v1/campaigns/{campaign_id}/leads"): lambda _: LEAD,
    ("POST", "/v1/campaigns/{campaign_id}/what-if"): lambda _: {"days": 5},
    ("POST", "/v1/campaigns/{campaign_id}/leads/explain"): lambda _: LEAD,
    ("POST", "/v1/campaigns/{campaign_id}/what-would-change"): lambda _: {
        "draft": {"limits": {"daily": 0}},
        "days": 7,
    },
    ("POST", "/v1/campaigns/{campaign_id}/price-correction"): lambda _: {
        "from": "2026-01-01",
        "to": "2026-01-31",
        "price": "5.00",
    },
    ("POST", "/v1/users"): lambda _: {"email": "new@example.com", "name": "New", "role": "agent"},
    ("PATCH", "/v1/users/{user_id}"): lambda _: {"version": 1, "name": "Another"},
    ("POST", "/v1/users/{user_id}/address"): lambda _: {"version": 1, "email": "other@example.com"},
    ("POST", "/v1/users/{user_id}/reassign"): lambda _: {"user_id": "usr_agent"},
    ("POST", "/v1/credentials"): lambda _: {"name": "Site", "campaign_ids": ["cmp_1"]},
    ("PATCH", "/v1/credentials/{credential_id}"): lambda _: {"version": 1, "name": "Portal"},
    ("PATCH", "/v1/leads/{lead_id}"): lambda _: {"version": 1, "person": {"first_name": "Grace"}},
    ("PUT", "/v1/leads/{lead_id}/retention"): lambda _: {"days": 5},
    ("PUT", "/v1/leads/{lead_id}/hold"): lambda _: {"ground": "litigation", "until": "2027-01-01T00:00:00Z"},
    ("POST", "/v1/leads/{lead_id}/forget"): lambda _: {"keep_out": False},
    ("POST", "/v1/leads/{lead_id}/activities"): lambda _: {"kind": "comment", "text": "Asked for a call."},
    ("PUT", "/v1/leads/{lead_id}/stage"): lambda _: {"stage": "contacted"},
    ("PUT", "/v1/leads/{lead_id}/follow-up"): lambda _: {"on": "2099-12-31"},
    ("PUT", "/v1/leads/{lead_id}/outcome"): lambda _: {"outcome": "won"},
    ("PUT", "/v1/leads/{lead_id}/agent"): lambda _: {"user_id": "usr_agent"},
    ("POST", "/v1/worklist/search"): lambda _: {"phone": "202-555-0147"},
    ("POST", "/v1/projects/{project_id}/reassign"): lambda ids: {
        "lead_ids": [ids["lead_id"]],
        "user_id": "usr_agent",
    },
    ("POST", "/v1/projects/{project_id}/apply-outcomes"): lambda _: {},
    ("POST", "/v1/projects/{project_id}/set-campaigns"): lambda _: {"retention": {"days": 5}},
    ("POST", "/v1/projects/{project_id}/retired/restore"): lambda _: {"since": iso(clock.now() - 60)},
    ("POST", "/v1/leads/{lead_id}/release"): lambda _: {},
    ("POST", "/v1/leads/{lead_id}/reconsider"): lambda _: {},
    ("POST", "/v1/projects/{project_id}/reconsider"): lambda ids: {"lead_ids": [ids["lead_id"]]},
    ("POST", "/v1/leads/{lead_id}/reject"): lambda _: {"reason": "fraud"},
    ("POST", "/v1/projects/{project_id}/release"): lambda ids: {"lead_ids": [ids["lead_id"]]},
    ("POST", "/v1/projects/{project_id}/reject"): lambda ids: {
        "lead_ids": [ids["lead_id"]],
        "reason": "fraud",
    },
    ("POST", "/v1/blocks"): lambda _: {"phone": "202-555-0148", "project_id": "prj_1"},
    ("POST", "/v1/blocks/search"): lambda _: {"phone": "202-555-0148"},
    ("PATCH", "/v1/blocks/{block_id}"): lambda _: {"version": 1, "until": "2027-01-01T00:00:00Z"},
    ("POST", "/v1/contacts/search"): lambda _: {"phone": "202-555-0147"},
    ("POST", "/v1/contacts/forget"): lambda _: {"phone": "202-555-0199", "keep_out": False},
    ("POST", "/v1/contacts/export"): lambda _: {"phone": "202-555-0147"},
    ("POST", "/v1/imports"): lambda _: IMPORT,
    ("POST", "/v1/imports/{job_id}/confirm"): lambda _: {},
    ("POST", "/v1/requests"): lambda _: {"kind": "access"},
    ("PATCH", "/v1/requests/{request_id}"): lambda _: {
        "version": 1,
        "state": "closed",
        "answer": "fulfilled",
    },
}
QUERIES = {
    ("GET", "/v1/leads"): "?campaign=cmp_1&person=true",
    ("GET", "/v1/leads/export"): "?campaign=cmp_1",
    ("GET", "/v1/campaigns/{campaign_id}/report"): "?from=2026-01-01&to=2026-12-31",
    ("GET", "/v1/projects/{project_id}/held"): "?person=true",
}
