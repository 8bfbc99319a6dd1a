"""Canaries: personal values driven through every path, then searched for wherever they may not be (PRI-7, PRI-31)."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.core.registry import load
from chalicelib.core.times import DAY_S
from chalicelib.privacy.usecases.finish_due import finish_due_erasures
from chalicelib.routes import EVENT_FUNCTIONS
from tests.harness import faults
from tests.harness.api import Reply
from tests.security import scenarios
from tests.security.canaries import EMAIL, PERSON, PHONE, canary_locations, everything, find_canaries
from tests.security.dataset import Dataset
from tests.security.scenarios import INTAKE_PATH, RecordedApi

ATTEMPTS = "attempts#cmp_1"  # refused posts: names of fields, no value (INT-18)
MAY_LIE_IN = {"people.body", "blocks.number"}
REFS_STAND_IN = {"contacts", "people", "blocks"}
ACTS = (
    scenarios.good_leads,
    scenarios.bad_leads,
    scenarios.bad_headers,
    scenarios.strange_addresses,
    scenarios.strange_bodies,
    scenarios.at_work,
    scenarios.at_the_desk,
    scenarios.on_the_phone,
)
AREAS_WITHOUT_PERSONS = ("jobs", "work")
SCHEDULES = [
    load(f"{module}:{module.rpartition('.')[2]}")
    for module in EVENT_FUNCTIONS.values()
    if module.partition(".")[0] in AREAS_WITHOUT_PERSONS
]


@pytest.fixture
def scene(dataset: Dataset, caplog: pytest.LogCaptureFixture) -> RecordedApi:
    caplog.set_level(logging.WARNING)
    return RecordedApi(dataset)


def test_PRI_7_no_log_error_or_other_table_contains_a_person(
    scene: RecordedApi, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    capfd.readouterr()

    for act in ACTS:
        act(scene)

    written = capfd.readouterr()
    assert len(scene.refusals) > 100
    assert [text for reply in scene.refusals for text in find_canaries(reply.text + str(reply.headers))] == []
    assert find_canaries(written.out + written.err + caplog.text) == []
    assert canary_locations() == MAY_LIE_IN


def test_PRI_7_no_store_fault_reveals_a_person(
    scene: RecordedApi, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    lead_id = scene.lead(external_id="zolquifirst")
    capfd.readouterr()

    statuses = set()
    for does in (fail_with_request, faults.throttled, faults.denied, faults.unreachable, faults.lost):
        for on in (faults.READS, faults.WRITES):
            with faults.fault(does, on=on) as fired:
                statuses |= {reply.status for reply in _each_call(scene, lead_id)}
            assert fired
    written = capfd.readouterr()
    assert {500, 503} <= statuses
    assert [text for reply in scene.refusals for text in find_canaries(reply.text + str(reply.headers))] == []
    assert find_canaries(written.out + written.err + caplog.text) == []
    assert '"frames"' in written.out


def test_PRI_7_no_event_function_reveals_a_person(
    scene: RecordedApi, capfd: pytest.CaptureFixture[str]
) -> None:
    lead_id = scene.lead()
    capfd.readouterr()

    for does in (None, fail_with_request, faults.throttled):
        for function in ("after_intake", "after_erasure", "watch_ledger"):
            event = _stream_event(lead_id)
            if does is None:
                _invoke(scene, function, event)
                continue
            with faults.fault(does, on=faults.ALL):
                _invoke(scene, function, event)

    written = capfd.readouterr()
    assert written.out.count('"level"') >= 9
    assert find_canaries(written.out + written.err) == []


def test_WRK_12_no_agent_mail_log_or_table_contains_a_person(
    scene: RecordedApi, outbox: list[Any], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    period = {"version": 1, "inactivity": "P4D", "warning": "P2D"}
    assert scene.confirmed("PATCH", "/v1/projects/prj_1", period, "admin").status == 200
    scenarios.at_work(scene)
    _assign_by_hand(scene, scene.lead(external_id="zolquigiven"))
    scenarios.on_the_phone(scene)
    capfd.readouterr()
    noon = clock.now() // DAY_S * DAY_S + DAY_S // 2

    for day in range(
        1, 13
    ):  # notified at once, at risk from the third day, retired on the fifth, erased on the eleventh
        _run_all(noon + day * DAY_S, monkeypatch)

    written = capfd.readouterr()
    assert {mail.subject for mail in outbox} == {"1 lead assigned to you", "Your leads today"}
    assert [text for mail in outbox for text in find_canaries(f"{vars(mail)}")] == []
    assert all("/v1/leads/lead_" in mail.body for mail in outbox)
    assert any("retired_from" in name for _, name, _ in everything())
    assert find_canaries(written.out + written.err) == []
    assert canary_locations() <= MAY_LIE_IN
    assert finish_due_erasures(lambda: True, clock.now()).finished > 0
    assert canary_locations() == set()


def test_PRI_7_after_the_erasure_no_table_contains_the_person(
    scene: RecordedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenarios.good_leads(scene)
    corrected = scene.lead(external_id="zolquicorrected")
    scene.send("manager", "PATCH", f"/v1/leads/{corrected}", scenarios.correction(scene, corrected))
    assert scene.send("agent", "POST", f"/v1/leads/{corrected}/activities", scenarios.COMMENT).status == 201
    moved = scene.lead(external_id="zolquimoved")
    assert scene.confirmed("PUT", f"/v1/leads/{moved}/retention", {"days": 5}).status == 200
    assert canary_locations() == {"people.body"}

    later = clock.now() + 11 * DAY_S
    monkeypatch.setattr(clock, "now", lambda: later)
    assert finish_due_erasures(lambda: True, later).finished >= 7

    assert canary_locations() == set()
    assert {text for table, name, text in everything() if (table, name) == ("people", "lead_id")} == {
        ATTEMPTS
    }
    assert {table for table, _, _ in everything()} - {"people"} == {
        "setup",
        "leads",
        "ledger",
        "counters",
        "blocks",
    }


def test_PRI_7_after_a_forget_no_table_or_block_contains_the_person(
    scene: RecordedApi, capfd: pytest.CaptureFixture[str]
) -> None:
    scenarios.good_leads(scene)
    scenarios.at_work(scene)
    assert "zolquicomment" in "".join(text for _, _, text in everything())
    assert find_canaries(scene.send("admin", "POST", "/v1/contacts/search", {"phone": PHONE}).text)
    capfd.readouterr()

    forgotten = scene.confirmed(
        "POST", "/v1/contacts/forget", {"phone": PHONE, "keep_out": True}, who="admin"
    )

    assert (forgotten.status, find_canaries(forgotten.text)) == (200, [])
    assert canary_locations() == set()
    assert (
        scene.send("source", "POST", INTAKE_PATH, PERSON | {"external_id": "again"}).json["reason"]
        == "blocked"
    )
    assert find_canaries(capfd.readouterr().out) == []
    assert canary_locations() == set()


def test_PRI_31_ledger_facts_and_counters_contain_no_bare_ref(scene: RecordedApi) -> None:
    scenarios.good_leads(scene)
    scenarios.at_the_desk(scene)

    refs = {text for table, name, text in everything() if table == "contacts" and name == "ref"}
    keys = {ref.split("'")[-2] for ref in refs}
    shown_values = {
        f"{table}.{name}"
        for table, name, text in everything()
        if table not in REFS_STAND_IN and any(key in text for key in keys)
    }

    assert len(keys) >= 2
    assert shown_values == set()


def fail_with_request(attempt: faults.Attempt) -> Any:
    """Fail as no class of ours does, with the whole request in the message."""
    raise ValueError(json.dumps(attempt.body) + json.dumps(PERSON))


def _each_call(scene: RecordedApi, lead_id: str) -> Iterator[Reply]:
    calls: tuple[Callable[[], Reply], ...] = (
        lambda: scene.send("source", "POST", INTAKE_PATH, PERSON | {"external_id": clock.new_id("zolqui")}),
        lambda: scene.send("manager", "GET", f"/v1/leads/{lead_id}"),
        lambda: scene.send("manager", "GET", "/v1/leads?campaign=cmp_1&person=true"),
        lambda: scene.send("manager", "PATCH", f"/v1/leads/{lead_id}", scenarios.body_of_correction(1)),
        lambda: scene.send("manager", "POST", "/v1/blocks", {"phone": PHONE, "project_id": "prj_1"}),
        lambda: scene.send("agent", "POST", f"/v1/leads/{lead_id}/activities", scenarios.COMMENT),
        lambda: scene.send("agent", "GET", "/v1/worklist?person=true"),
        lambda: scene.send("agent", "POST", "/v1/worklist/search", {"phone": PHONE}),
        lambda: scene.send("nobody", "POST", "/v1/session", {"email": EMAIL, "password": "zolquipassword"}),
    )
    for call in calls:
        yield call()


def _assign_by_hand(scene: RecordedApi, lead_id: str) -> None:
    for user_id in (None, "usr_agent"):
        assert scene.send("manager", "PUT", f"/v1/leads/{lead_id}/agent", {"user_id": user_id}).status == 200


class _Context:
    """The context that Lambda passes besides the event, with enough time."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def _run_all(now: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the clock, and run every schedule of the work."""
    monkeypatch.setattr(clock, "now", lambda: now)
    event = dict.fromkeys(("version", "account", "region", "detail-type", "source", "time", "id"), "")
    for function in SCHEDULES:
        function(event | {"detail": {}, "resources": []}, _Context())


def _stream_event(lead_id: str) -> dict[str, Any]:
    image = {"lead_id": {"S": lead_id}, "part": {"S": "lead"}, "body": {"S": json.dumps(PERSON)}}
    keys = {"lead_id": {"S": lead_id}, "part": {"S": "person"}, "subject": {"S": f"lead/{lead_id}"}}
    change = {"Keys": keys, "NewImage": image, "OldImage": image, "SequenceNumber": "1"}
    whence = {"eventSource": "aws:dynamodb", "eventSourceARN": "arn:aws:x", "awsRegion": "us-east-1"}
    record = {"eventID": "1", "eventVersion": "1.1", "eventName": "REMOVE", "dynamodb": change, **whence}
    return {"Records": [record]}


def _invoke(scene: RecordedApi, function: str, event: dict[str, Any]) -> Any:
    return scene.dataset.api.client.lambda_.invoke(function, event).payload
