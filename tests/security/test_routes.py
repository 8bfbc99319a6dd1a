"""Every route × every caller: access, refusals, and the fields of bodies and answers.

The tests are generated from the routes' declarations, so that a new route is tested from the first day.
"""

from dataclasses import fields
from typing import Any

import jsonschema_rs
import pytest

from chalicelib import clock
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.access import ALLOWED, Permission, Role
from chalicelib.core.retention import Retention
from chalicelib.http.bodies import JSON
from chalicelib.http.router import INTAKE, PUBLIC, SOURCE, Requirement, RouteSpec
from chalicelib.http.schemas.errors import ConfirmationResponse, ErrorResponse
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.store import leads
from chalicelib.organisation.domain.configuration import LeadType, Organisation, Project
from chalicelib.users.domain.credentials import Credential
from chalicelib.users.domain.users import User
from tests.harness.api import Reply, allows, permissions_of
from tests.security.dataset import (
    ABSENT,
    BODIES,
    JOBS,
    LEAD,
    PROJECTS_OWN,
    QUERIES,
    Dataset,
    routes,
)

UNPROVEN = ("garbage", "a forged user", "a source that is not")
FOREIGN = "a foreign manager"
ROLES = {
    "agent": Role.AGENT,
    FOREIGN: Role.MANAGER,
    "manager": Role.MANAGER,
    "an auditor": Role.AUDITOR,
    "a privacy officer": Role.PRIVACY,
    "admin": Role.ADMIN,
}
EVERYBODY = ("nobody", *UNPROVEN, "source", "another source", *ROLES)
ADMINS_ONLY = {("POST", "/v1/projects"), ("GET", "/v1/seals/{day}/entries")}  # besides the permission
OF_SOURCES: dict[Requirement, Requirement] = {
    INTAKE: Permission.LEADS_ASSIGN,
    SOURCE: Permission.CAMPAIGNS_MANAGE,
}  # routes for a campaign's credentials, and the permission a user needs there
OPEN_SHAPES = {"EffectDetail", "HistoryEvent", "LeadBody", "LeadForm"}  # these objects are open by design


def test_ACC_5_every_route_has_an_example_item_and_body(dataset: Dataset) -> None:
    unnamed = {name for route in routes() for name in route.parameters} - dataset.ids.keys()
    without = [
        f"{route.method} {route.path}"
        for route in routes()
        if (route.body is not None or route.accepts) and (route.method, route.path) not in BODIES
    ]

    assert unnamed == set(), "tests/security/dataset.py builds nothing that these parameters name"
    assert without == [], "tests/security/dataset.py has no example body for these"


@pytest.mark.parametrize(
    "everybody",
    [EVERYBODY[:-2], EVERYBODY[-2:-1], EVERYBODY[-1:]],
    ids=["all but admins", "privacy officers", "admins"],
)
def test_ACC_5_every_caller_gets_what_the_permission_says(
    dataset: Dataset, everybody: tuple[str, ...]
) -> None:
    wrong = []
    for who in everybody:
        for route in routes():
            reply = dataset.ask(dataset.callers[who], route)
            problem = _mismatch(route, expected(route, who), reply) or _form_error(reply)
            if problem:
                wrong.append(f"{route.method} {route.path} as {who}: {problem}")

    assert not wrong, "\n".join(wrong)


def test_ACC_3_a_withdrawn_permission_closes_only_its_routes(dataset: Dataset) -> None:
    guarded = [route for route in routes() if permissions_of(route.permission)]
    wrong = []
    for withdrawn in sorted(
        {permission for route in guarded for permission in permissions_of(route.permission)}
    ):
        caller = dataset.api.user(Role.ADMIN, withdrawn=(withdrawn,), user_id=f"usr_less_{withdrawn.value}")
        for route in guarded:  # an unknown parameter: a permitted caller gets no further
            status = caller(route.method, f"{dataset.path(route)}?strange=1").status
            let_in = allows(route.permission, ALLOWED[Role.ADMIN] - {withdrawn})
            if status != (422 if let_in else 403):
                wrong.append(f"{route.method} {route.path} without {withdrawn.value}: {status}")

    assert not wrong, "\n".join(wrong)


def test_ACC_4_foreign_and_absent_items_get_the_same_answer(dataset: Dataset) -> None:
    wrong, seen = [], 0
    for route in routes():
        own = PROJECTS_OWN & set(route.parameters)
        caller = dataset.callers[FOREIGN]
        if not own or expected(route, FOREIGN) != 404:
            continue
        seen += 1
        foreign = dataset.ask(caller, route)
        absent = dataset.ask(caller, route, ids=dataset.ids | {name: ABSENT[name] for name in own})
        if (foreign.status, foreign.json) != (absent.status, absent.json):
            wrong.append(f"{route.method} {route.path}: {foreign.text} / {absent.text}")

    assert not wrong, "\n".join(wrong)
    assert seen > 0


def test_ACC_3_a_colleague_s_lead_does_not_exist_for_an_agent(dataset: Dataset) -> None:
    colleague = dataset.api.user(Role.AGENT, "prj_1", user_id="usr_colleague")
    on_leads = [route for route in routes() if "lead_id" in route.parameters]
    shown_values = {
        f"{route.method} {route.path}": dataset.ask(colleague, route).status
        for route in on_leads
        if expected(route, "agent") is None
    }

    assert set(shown_values.values()) == {404}, shown_values
    assert len(shown_values) > 5
    for listing in ("/v1/worklist", "/v1/worklist?person=true", "/v1/worklist?show=closed"):
        assert colleague.get(listing).json["items"] == []
    assert colleague.post("/v1/worklist/search", {"phone": LEAD["phone"]}).json["items"] == []


def test_WRK_10_agents_have_no_manager_list_and_no_period(dataset: Dataset) -> None:
    agent, project = dataset.callers["agent"], "/v1/projects/prj_1"
    expected_found = {"lead_ids": [dataset.ids["lead_id"]], "user_id": "usr_agent"}

    refused = [
        *(agent.get(f"{project}/{item}") for item in ("retired", "unassigned", "at-risk")),
        agent.get(f"{project}/retirement-forecast"),
        agent.post(f"{project}/reassign", expected_found),
        agent.put(f"/v1/leads/{dataset.ids['lead_id']}/agent", {"user_id": None}),
        agent.patch(project, {"version": 1, "inactivity": None}),
    ]

    assert [(item.status, item.code) for item in refused] == [(403, "forbidden")] * len(refused)
    assert agent.get(project).json["inactivity"] == "P14D"


def test_WRK_11_no_lead_is_reached_through_a_list_of_others(dataset: Dataset) -> None:
    manager, foreigner = dataset.callers["manager"], dataset.callers[FOREIGN]
    hers = foreigner.post("/v1/campaigns/cmp_2/leads", LEAD | {"email": "hers@example.com"}).json["lead_id"]
    expected_found = {"lead_ids": [hers, "lead_0", dataset.ids["lead_id"]], "user_id": "usr_agent"}

    results = manager.post("/v1/projects/prj_1/reassign", expected_found).json["results"]

    assert [(result["ok"], result.get("error")) for result in results] == [
        *((False, "not_found"), (False, "not_found")),
        (True, None),
    ]
    assert _facts_of(hers).agent_id is None
    assert foreigner.get("/v1/projects/prj_1/retired").status == 404
    assert dataset.ids["lead_id"] not in foreigner.get("/v1/projects/prj_2/unassigned").text


def test_WRK_2_no_outsider_gets_a_lead_or_learns_who_exists(dataset: Dataset) -> None:
    manager, lead = dataset.callers["manager"], f"/v1/leads/{dataset.ids['lead_id']}"
    dataset.api.user(Role.AGENT, "prj_1", user_id="usr_disabled", disabled=True)

    answers = {
        manager.put(f"{lead}/agent", {"user_id": user_id}).text
        for user_id in ("usr_foreign", "usr_disabled", "usr_0", dataset.ids["credential_id"])
    }

    assert len(answers) == 1
    assert "not_assignable" in answers.pop()
    assert _facts_of(dataset.ids["lead_id"]).agent_id == "usr_agent"


def test_ACC_4_nothing_of_another_project_is_shown(dataset: Dataset) -> None:
    foreign = {value for name, value in dataset.ids.items() if name in PROJECTS_OWN}
    foreign |= {"Ada", "2025550147", "ada@example.com", "2025550190"}
    shown_values = []
    for route in routes():
        text = dataset.ask(dataset.callers[FOREIGN], route).text
        shown_values += [f"{route.method} {route.path}: {value}" for value in foreign if value in text]

    assert shown_values == []


def test_ACC_6_an_absent_item_is_not_found_for_an_admin(dataset: Dataset) -> None:
    wrong = []
    for route in routes():
        if route.parameters:
            reply = dataset.ask(dataset.callers["admin"], route, ids=ABSENT)
            if (reply.status, reply.code) != (404, "not_found"):
                wrong.append(f"{route.method} {route.path}: {reply.status} {reply.text}")

    assert not wrong, "\n".join(wrong)


def test_ACC_6_a_credential_for_other_campaigns_is_refused(
    dataset: Dataset,
) -> None:
    reply = dataset.callers["another source"].post("/v1/campaigns/cmp_1/leads", LEAD)

    assert (reply.status, reply.code) == (403, "forbidden")


def test_ACC_6_the_dry_run_is_for_own_sources_and_managers(dataset: Dataset) -> None:
    path, shown_values = "/v1/campaigns/cmp_1/leads/explain", dataset.callers
    shown_values["a manager without"] = dataset.api.user(
        Role.MANAGER, "prj_1", withdrawn=(Permission.CAMPAIGNS_MANAGE,), user_id="usr_no_campaigns"
    )

    statuses = {who: caller.post(path, LEAD).status for who, caller in shown_values.items()}

    assert statuses == {
        **dict.fromkeys(("nobody", *UNPROVEN), 401),
        **dict.fromkeys(
            ("agent", "a privacy officer", "an auditor", "a manager without", "another source"), 403
        ),
        **dict.fromkeys((FOREIGN,), 404),
        **dict.fromkeys(("source", "manager", "admin"), 200),
    }


def test_ACC_6_malformed_ids_are_not_found(dataset: Dataset) -> None:
    for value in ("..", "%2e%2e", "a b", "ä", "a/b", "x" * 513, "<script>", "a%0d%0aX-Own: 1"):
        reply = dataset.callers["admin"].get(f"/v1/projects/{value}")

        assert reply.status in (403, 404)  # 403: the gateway's own answer to an unknown path
        assert value not in reply.text
        assert "X-Own" not in reply.headers


def test_API3_no_body_sets_server_fields(dataset: Dataset) -> None:
    wrong = []
    for route in routes():
        if route.body is None:
            continue
        values = dataset.body(route) or {}
        owned = sorted(_stored() - set(route.body.model_fields))
        reply = dataset.ask(dataset.callers["admin"], route, body=values | dict.fromkeys(owned, 1))
        refused = {item["field"]: item["code"] for item in reply.json["error"].get("fields", ())}
        if reply.status != 422 or refused != dict.fromkeys(owned, "unknown"):
            wrong.append(f"{route.method} {route.path}: {reply.status} {reply.text}")

    assert not wrong, "\n".join(wrong)


def test_API3_a_lead_cannot_set_its_own_facts(dataset: Dataset) -> None:
    owned = sorted(_stored() - {"email", "test", "name"} - set(LEAD))
    source = dataset.callers["source"]

    posted = [
        source.post("/v1/campaigns/cmp_1/leads", dict.fromkeys(some, "7") | LEAD)
        for some in ([], owned[::2], owned[1::2])
    ]

    first, *others = map(_facts, posted)
    apart = {"lead_id", "digest", "received_at", "retention", "answer", "last_activity_at"}
    for other in others:
        assert _without(other, apart) == _without(first, apart)
        assert other.retention.policy == first.retention.policy


def test_API3_every_answer_is_as_declared(dataset: Dataset) -> None:
    document = dataset.api.stranger().get("/v1/openapi.json").json
    wrong, seen = [], 0
    for route in routes():
        reply = dataset.ask(dataset.callers["admin"], route)
        if not reply.text or route.media_type not in (None, JSON):
            continue
        responses = document["paths"][route.path][route.method.lower()]["responses"]
        described = responses.get(str(reply.status), {}).get("content", {}).get("application/json")
        if described is None or "schema" not in described:
            wrong.append(f"{route.method} {route.path}: {reply.status} is not described")
            continue
        seen += 1
        validator = jsonschema_rs.validator_for(described["schema"] | {"components": document["components"]})
        wrong += [f"{route.method} {route.path}: {e.message}" for e in validator.iter_errors(reply.json)]

    assert not wrong, "\n".join(wrong)
    assert seen > 10


def test_API3_answer_schemas_are_closed(dataset: Dataset) -> None:
    schemas = dataset.api.stranger().get("/v1/openapi.json").json["components"]["schemas"]

    opened = {
        name
        for name, schema in schemas.items()
        if schema.get("type") == "object" and schema.get("additionalProperties") is not False
    }

    assert opened <= OPEN_SHAPES


def expected(route: RouteSpec, who: str) -> int | None:
    """Return the refusal that `who` gets, or None if the route is open to them (ACC-4, ACC-5, ACC-6)."""
    if route.permission is PUBLIC:
        return None
    if who in UNPROVEN:
        return 401
    if who == "nobody":
        return None if route.permission is INTAKE else 401
    if who not in ROLES:
        return None if route.permission in OF_SOURCES and who == "source" else 403
    if (route.method, route.path) in ADMINS_ONLY and who != "admin":
        return 403
    needed = OF_SOURCES.get(route.permission, route.permission)
    if not allows(needed, ALLOWED[ROLES[who]]):
        return 403
    if route.path == JOBS:
        return None if who in ("manager", "admin") else 404
    return 404 if who == FOREIGN and _names_first_project(route) else None


def _mismatch(route: RouteSpec, status: int | None, reply: Reply) -> str | None:
    """Return what is wrong with an answer, given the expected refusal."""
    if reply.status >= 500:
        return f"a fault of ours: {reply.text}"
    if status is not None:
        fits = reply.status == status or (status, reply.status) == (
            401,
            429,
        )  # the sixtieth try of a source in a minute
        return None if fits else f"{reply.status} and not {status}: {reply.text}"
    if route.permission is PUBLIC:
        return None
    return f"not let through: {reply.status} {reply.text}" if reply.status in (401, 403, 404) else None


def _form_error(reply: Reply) -> str | None:
    """Return what is wrong with the form of an answer: common headers, the one shape of an error."""
    headers = {name.lower(): value for name, value in reply.headers.items()}
    if headers.get("cache-control") != "no-store" or headers.get("x-content-type-options") != "nosniff":
        return f"may be stored or sniffed: {headers}"
    if not headers.get("x-request-id"):
        return "has no request id"
    if reply.status == 401 and headers.get("www-authenticate") != "Bearer":
        return "does not say what to authenticate with"
    if reply.status >= 400:
        shape = ConfirmationResponse if reply.status == 409 else ErrorResponse
        shape.model_validate_json(reply.text)
    return None


def _names_first_project(route: RouteSpec) -> bool:
    """Return whether path or body of a call name an item of the first project."""
    example = BODIES.get((route.method, route.path))
    values = example(ABSENT).values() if example else ()
    query = QUERIES.get((route.method, route.path), "")
    text = " ".join(map(str, [*values, query]))
    return bool(PROJECTS_OWN & set(route.parameters)) or "prj_1" in text or "cmp_1" in text


def _stored() -> set[str]:
    """Return the attribute names of all stored configuration items and leads."""
    kinds = (Organisation, Project, LeadType, Campaign, User, Credential, Facts, Retention)
    return {entry.name for kind in kinds for entry in fields(kind)}


def _facts(reply: Reply) -> Facts:
    assert reply.status == 201, reply.text
    return _facts_of(reply.json["lead_id"])


def _facts_of(lead_id: str) -> Facts:
    facts = leads.get(lead_id, clock.now())
    assert facts is not None
    return facts


def _without(facts: Facts, names: set[str]) -> dict[str, Any]:
    return {entry.name: getattr(facts, entry.name) for entry in fields(facts) if entry.name not in names}
