"""Canaries: personal values driven through every path, then searched for wherever they may not be (PRI-7, PRI-31)."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.domain.times import DAY_S
from chalicelib.usecases.finish_due import finish_due
from tests.attacks import acts
from tests.attacks.acts import DOOR, Scene
from tests.attacks.canaries import EMAIL, PERSON, PHONE, everything, nests, sung
from tests.attacks.world import World
from tests.faults import faults
from tests.support import Reply

MAY_LIE_IN = {"people.body", "blocks.number"}
REFS_STAND_IN = {"contacts", "people", "blocks"}
ACTS = (
    acts.good_leads,
    acts.bad_leads,
    acts.bad_headers,
    acts.strange_addresses,
    acts.strange_bodies,
    acts.at_the_desk,
)


@pytest.fixture
def scene(world: World, caplog: pytest.LogCaptureFixture) -> Scene:
    caplog.set_level(logging.WARNING)
    return Scene(world)


def test_PRI_7_no_log_no_error_and_no_other_table_holds_a_person(
    scene: Scene, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    capfd.readouterr()

    for act in ACTS:
        act(scene)

    written = capfd.readouterr()
    assert len(scene.refusals) > 100
    assert [text for reply in scene.refusals for text in sung(reply.text + str(reply.headers))] == []
    assert sung(written.out + written.err + caplog.text) == []
    assert nests() == MAY_LIE_IN


def test_PRI_7_no_fault_of_the_store_tells_of_a_person(
    scene: Scene, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    lead_id = scene.lead(external_id="zolquifirst")
    capfd.readouterr()

    statuses = set()
    for does in (gossiping, faults.throttled, faults.denied, faults.unreachable, faults.lost):
        for on in (faults.READS, faults.WRITES):
            with faults.fault(does, on=on) as fired:
                statuses |= {reply.status for reply in _each_call(scene, lead_id)}
            assert fired
    written = capfd.readouterr()
    assert {500, 503} <= statuses
    assert [text for reply in scene.refusals for text in sung(reply.text + str(reply.headers))] == []
    assert sung(written.out + written.err + caplog.text) == []
    assert '"frames"' in written.out


def test_PRI_7_no_event_function_tells_of_a_person(scene: Scene, capfd: pytest.CaptureFixture[str]) -> None:
    lead_id = scene.lead()
    capfd.readouterr()

    for does in (None, gossiping, faults.throttled):
        for function in ("after_intake", "after_erasure", "watch_ledger"):
            event = _stream_event(lead_id)
            if does is None:
                _invoke(scene, function, event)
                continue
            with faults.fault(does, on=faults.ALL):
                _invoke(scene, function, event)

    written = capfd.readouterr()
    assert written.out.count('"level"') >= 9
    assert sung(written.out + written.err) == []


def test_PRI_7_after_the_erasure_no_table_holds_anything_of_the_person(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts.good_leads(scene)
    corrected = scene.lead(external_id="zolquicorrected")
    scene.say("manager", "PATCH", f"/v1/leads/{corrected}", acts.correction(scene, corrected))
    moved = scene.lead(external_id="zolquimoved")
    assert scene.confirmed("PUT", f"/v1/leads/{moved}/retention", {"days": 5}).status == 200
    assert nests() == {"people.body"}

    later = clock.now() + 11 * DAY_S
    monkeypatch.setattr(clock, "now", lambda: later)
    assert finish_due(later, lambda: True).finished >= 7

    assert nests() == set()
    assert {table for table, _, _ in everything()} == {"setup", "leads", "ledger", "counters", "blocks"}


def test_PRI_7_after_a_forget_no_table_holds_anything_of_the_person_nor_does_the_block_that_keeps_it_out(
    scene: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    acts.good_leads(scene)
    assert sung(scene.say("admin", "POST", "/v1/contacts/search", {"phone": PHONE}).text)
    capfd.readouterr()

    forgotten = scene.confirmed(
        "POST", "/v1/contacts/forget", {"phone": PHONE, "keep_out": True}, who="admin"
    )

    assert (forgotten.status, sung(forgotten.text)) == (200, [])
    assert nests() == set()
    assert scene.say("source", "POST", DOOR, PERSON | {"external_id": "again"}).json["reason"] == "blocked"
    assert sung(capfd.readouterr().out) == []
    assert nests() == set()


def test_PRI_31_neither_ledger_nor_facts_nor_counters_hold_a_bare_ref(scene: Scene) -> None:
    acts.good_leads(scene)
    acts.at_the_desk(scene)

    refs = {text for table, name, text in everything() if table == "contacts" and name == "ref"}
    keys = {ref.split("'")[-2] for ref in refs}
    told = {
        f"{table}.{name}"
        for table, name, text in everything()
        if table not in REFS_STAND_IN and any(key in text for key in keys)
    }

    assert len(keys) >= 2
    assert told == set()


def gossiping(attempt: faults.Attempt) -> Any:
    """Fail as no class of ours does, with the whole request in the message."""
    raise ValueError(json.dumps(attempt.body) + json.dumps(PERSON))


def _each_call(scene: Scene, lead_id: str) -> Iterator[Reply]:
    calls: tuple[Callable[[], Reply], ...] = (
        lambda: scene.say("source", "POST", DOOR, PERSON | {"external_id": clock.new_id("zolqui")}),
        lambda: scene.say("manager", "GET", f"/v1/leads/{lead_id}"),
        lambda: scene.say("manager", "GET", "/v1/leads?campaign=cmp_1&person=true"),
        lambda: scene.say("manager", "PATCH", f"/v1/leads/{lead_id}", acts.body_of_correction(1)),
        lambda: scene.say("manager", "POST", "/v1/blocks", {"phone": PHONE, "project_id": "prj_1"}),
        lambda: scene.say("nobody", "POST", "/v1/session", {"email": EMAIL, "password": "zolquipassword"}),
    )
    for call in calls:
        yield call()


def _stream_event(lead_id: str) -> dict[str, Any]:
    image = {"lead_id": {"S": lead_id}, "part": {"S": "lead"}, "body": {"S": json.dumps(PERSON)}}
    keys = {"lead_id": {"S": lead_id}, "part": {"S": "person"}, "subject": {"S": f"lead/{lead_id}"}}
    change = {"Keys": keys, "NewImage": image, "OldImage": image, "SequenceNumber": "1"}
    whence = {"eventSource": "aws:dynamodb", "eventSourceARN": "arn:aws:x", "awsRegion": "us-east-1"}
    record = {"eventID": "1", "eventVersion": "1.1", "eventName": "REMOVE", "dynamodb": change, **whence}
    return {"Records": [record]}


def _invoke(scene: Scene, function: str, event: dict[str, Any]) -> Any:
    return scene.world.house.client.lambda_.invoke(function, event).payload
