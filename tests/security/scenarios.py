"""Actions of people and sources with a person's values, right and wrong."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from chalicelib import clock
from chalicelib.aws import secrets
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.passwords import password_hash
from chalicelib.organisation import store as configuration
from tests.harness.api import Caller, Reply, add_item
from tests.security.canaries import EMAIL, NOT_A_NAME, PERSON, PHONE, find_canaries
from tests.security.dataset import Dataset, routes

INTAKE_PATH = "/v1/campaigns/cmp_1/leads"
COMMENT = {"kind": "comment", "text": f"zolquicomment: {PHONE}, {EMAIL}", "follow_up_on": "2099-12-31"}
FORM = "application/x-www-form-urlencoded"
WRONG: tuple[dict[str, Any], ...] = (
    {"phone": "zolquiphone"},
    {"phone": ["202-555-0162", "zolquiphone"]},
    {"email": "zolquimail at example"},
    {"loan": "zolquiloan"},
    {"ip_address": "zolqui.0.0.1"},
    {"tcpa_consent_at": "zolquinever"},
    {"landing_page_url": "javascript:zolqui"},
    {"nickname": "zolqui" * 5000},
    {NOT_A_NAME: "x" * 10_001},
    {f"{NOT_A_NAME}{n}": "zolqui" for n in range(60)},
    {"deep": {"a": {"b": {"c": {"d": {"e": "zolqui"}}}}}},
    {"blob": "zolqui" * 30_000},
)
BAD = (
    *(json.dumps(PERSON | wrong).encode() for wrong in WRONG),
    b'{"phone": "202-555-0161", "phone": "zolqui"}',
    b'{"zolqui": NaN}',
    b'"zolqui"',
    b"zolqui=%zq",
    b"\xff zolqui",
)


@dataclass
class RecordedApi:
    """The organisation, and every error answer it gave."""

    dataset: Dataset
    refusals: list[Reply] = field(default_factory=list)

    def send(self, who: str | Caller, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Call the API and keep its error answers."""
        caller = self.dataset.callers[who] if isinstance(who, str) else who
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = caller(method, path, body, sent)
        if reply.status >= 400:
            self.refusals.append(reply)
        return reply

    def lead(self, **more: Any) -> str:
        """Post the canary lead and return its id."""
        reply = self.send("source", "POST", INTAKE_PATH, PERSON | more)
        assert reply.status == 201, reply.text
        return str(reply.json["lead_id"])

    def confirmed(self, method: str, path: str, body: dict[str, Any], who: str = "manager") -> Reply:
        """Call, and confirm if required."""
        first = self.send(who, method, path, body)
        return self.send(who, method, path, body | {"confirm": first.json["confirm"]})


def good_leads(scene: RecordedApi) -> None:
    """Post leads that are accepted: as JSON, as a form, as a test, by hand, twice, and with a key used for two."""
    scene.lead()
    assert scene.send("source", "POST", INTAKE_PATH, PERSON).status == 201
    scene.send("source", "POST", INTAKE_PATH, PERSON | {"first_name": "Zolquiother"})
    scene.send("source", "POST", INTAKE_PATH, PERSON, Idempotency_Key="zolquikey")
    scene.lead(test=True, external_id="zolquitest")
    text = {name: value for name, value in PERSON.items() if isinstance(value, str)}
    form = scene.send("nobody", "POST", INTAKE_PATH, urlencode(text).encode(), Content_Type=FORM)
    assert form.status == 201
    assert scene.send("manager", "POST", INTAKE_PATH, PERSON | {"external_id": "zolquihand"}).status == 201


def bad_leads(scene: RecordedApi) -> None:
    """Post leads that are refused, each for another reason."""
    for body in BAD:
        assert scene.send("source", "POST", INTAKE_PATH, body).status in (400, 413, 422), body[:80]
        assert scene.send("source", "POST", INTAKE_PATH, body, Content_Type="text/zolqui").status == 415
        scene.send("source", "POST", INTAKE_PATH, body, Content_Type=FORM)
    scene.send("source", "POST", "/v1/campaigns/zolqui/leads", PERSON)


def bad_headers(scene: RecordedApi) -> None:
    """Send the values in headers, and with malformed credentials."""
    _add_password("correct horse")
    for name, value in (
        ("Idempotency_Key", "zolqui" * 100),
        ("X_Campaign_Password", "zolquipassword"),
        ("Authorization", "Bearer zolquitoken"),
        ("Authorization", "Basic zolquibasic"),
        ("Authorization", "Bearer lw_source_zolquiid_zolquisecret"),
        ("Authorization", f"Bearer {scene.dataset.api.signer.token('zolquisubject')}"),
    ):
        scene.send(
            "source",
            "POST",
            INTAKE_PATH,
            PERSON,
            **{name: value, "Prefer": "zolqui", "Referer": "https://zolqui.example"},
        )


def strange_addresses(scene: RecordedApi) -> None:
    """Put persons in paths and queries of every route."""
    for route in routes():
        ids = dict.fromkeys(route.parameters, quote(EMAIL))
        path = scene.dataset.path(route, ids) if ids else route.path
        for query in ("", f"?{quote(NOT_A_NAME)}=zolqui", f"?limit={PHONE}&cursor=zolqui&confirm=zolqui"):
            for who in ("admin", "nobody"):
                if (route.method, route.path) != ("DELETE", "/v1/session"):
                    scene.send(who, route.method, path + query)


def strange_bodies(scene: RecordedApi) -> None:
    """Send a person as every field of every body."""
    for route in routes():
        if route.body is None:
            continue
        path = scene.dataset.path(route)
        for value in (EMAIL, f"{PHONE} zolqui", ["zolqui"], {NOT_A_NAME: EMAIL}):
            wrong = dict.fromkeys(route.body.model_fields, value)
            scene.send("admin", route.method, path, wrong)
            scene.send("admin", route.method, path, wrong | {NOT_A_NAME: "zolqui", "version": 1})
        scene.send("admin", route.method, path, {"email": EMAIL, "password": "zolquipassword"})


def at_the_desk(scene: RecordedApi) -> None:
    """Read, list, correct and block the person, with and without permission."""
    lead_id = scene.lead(external_id="zolquidesk")
    for who in ("manager", "agent", "a foreign manager", "admin", "nobody", "source"):
        scene.send(who, "GET", f"/v1/leads/{lead_id}")
        scene.send(who, "GET", "/v1/leads?campaign=cmp_1&person=true")
        scene.send(who, "GET", "/v1/leads/export?campaign=cmp_1")
        scene.send(who, "PATCH", f"/v1/leads/{lead_id}", correction(scene, lead_id))
        scene.send(who, "PATCH", f"/v1/leads/{lead_id}", {"version": 1, "person": {NOT_A_NAME: EMAIL}})
        scene.send(who, "PUT", f"/v1/leads/{lead_id}/retention", {"none": True, "reason": "zolqui"})
        scene.send(who, "POST", "/v1/blocks", {"phone": "zolqui", "project_id": "prj_1", "reason": "zolqui"})
        scene.send(who, "POST", "/v1/blocks", {"phone": PHONE, "project_id": "zolqui"})
        file = {"kind": "block", "scope": "prj_1", "filename": "zolqui.csv", "size": 10}
        assert not find_canaries(scene.send(who, "POST", "/v1/imports", file).text)
    assert find_canaries(scene.send("manager", "GET", f"/v1/leads/{lead_id}").text)
    assert find_canaries(scene.send("manager", "GET", "/v1/leads/export?campaign=cmp_1").text)
    assert scene.send("manager", "POST", "/v1/blocks", {"phone": PHONE, "project_id": "prj_1"}).status == 201
    assert (
        scene.send("source", "POST", INTAKE_PATH, PERSON | {"external_id": "zolquiblocked"}).json["reason"]
        == "blocked"
    )
    conflict = scene.send("manager", "PATCH", f"/v1/leads/{lead_id}", correction(scene, lead_id, phone=PHONE))
    assert conflict.status in (200, 409)


def at_work(scene: RecordedApi) -> None:
    """Write about the person where users write: in comments and in every other value, right and wrong."""
    lead_id = scene.lead(external_id="zolquiwork")
    lead = f"/v1/leads/{lead_id}"
    for who in ("agent", "manager"):
        assert scene.send(who, "POST", f"{lead}/activities", COMMENT).status == 201
        assert not find_canaries(scene.send(who, "GET", "/v1/worklist").text)
        assert scene.send(who, "POST", "/v1/worklist/search", {"phone": PHONE}).status == 200
    for who in ("agent", "manager", "a foreign manager", "admin", "nobody", "source"):
        for method, path, body in _wrong_work(lead):
            scene.send(who, method, path, body)
    assert find_canaries(scene.send("agent", "GET", "/v1/worklist?person=true").text)
    assert find_canaries(scene.send("agent", "POST", "/v1/worklist/search", {"phone": PHONE}).text)
    assert "zolquicomment" in scene.send("agent", "GET", lead).text


def on_the_phone(scene: RecordedApi) -> None:
    """Call a person who asks not to be called again, which blocks the number."""
    lead = f"/v1/leads/{scene.lead(external_id='zolquicalled', phone='202-555-0164')}"
    call = {"kind": "call", "direction": "outgoing", "result": "answered", "do_not_call": True}
    assert scene.send("agent", "POST", f"{lead}/activities", call).status == 201
    repeated = PERSON | {"external_id": "zolquiagain", "phone": "202-555-0164"}
    assert scene.send("source", "POST", INTAKE_PATH, repeated).json["reason"] == "blocked"


def _wrong_work(lead: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield invalid work on a lead, with the person in every value."""
    tag = {"kind": "call_tag", "tag": "zolqui"}
    call = {"kind": "call", "direction": "zolqui", "result": EMAIL}
    long, strange = COMMENT | {"text": "zolqui" * 2000}, COMMENT | {NOT_A_NAME: "zolqui"}
    for body in (tag, call, long, strange, {"kind": "zolqui"}):
        yield "POST", f"{lead}/activities", body
    yield "PUT", f"{lead}/stage", {"stage": "zolqui"}
    yield "PUT", f"{lead}/outcome", {"outcome": EMAIL}
    yield "PUT", f"{lead}/follow-up", {"on": "zolqui"}
    yield "PUT", f"{lead}/agent", {"user_id": "zolqui"}
    yield "POST", "/v1/projects/prj_1/reassign", {"lead_ids": ["zolqui"], "user_id": "usr_agent"}
    yield "POST", "/v1/users/zolqui/reassign", {"user_id": EMAIL}
    yield "POST", "/v1/worklist/search", {"phone": "zolqui"}


def correction(scene: RecordedApi, lead_id: str, **more: Any) -> dict[str, Any]:
    """Return a correction of the present version of a lead."""
    reply = scene.dataset.callers["manager"].get(f"/v1/leads/{lead_id}")
    return body_of_correction(reply.json["version"], **more)


def body_of_correction(version: int, **more: Any) -> dict[str, Any]:
    """Return a correction of one version of a lead."""
    return {"version": version, "person": {"first_name": "Zolquisecond", "phone": "202-555-0163", **more}}


def _add_password(password: str) -> None:
    """Make a campaign require a password."""
    campaign = configuration.get(Campaign, "cmp_2", clock.now())
    assert campaign is not None
    hashed = password_hash(secrets.identity_key(), "cmp_3", password)
    add_item(Campaign(**{**vars(campaign), "id": "cmp_3", "password_hash": hashed}))
