"""A person goes through every path and is forgotten. Afterwards no trace of them is left on the stack (PRI-7).

The search covers all tables, both buckets, all logs, the queue of failed events, metric names, and the mails.
"""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from infra.local import aws
from tests.e2e.stack import Stack, eventually, iso, mails
from tests.e2e.walkthrough import privacy_walk
from tests.security.canaries import PERSON as CANARIES

_PHONE, _OTHER_PHONE = "+1 415-555-0161", "+1 415-555-0163"
_MAIL, _OTHER_MAIL = "zolquimail@example.org", "zolqui.other@example.org"
_PERSON: dict[str, Any] = CANARIES | {"phone": _PHONE, "email": _MAIL}
_CANARY = re.compile(r"zolqui|415.{0,2}555.?016[13]|203\.0\.113\.77", re.IGNORECASE)


def find_canaries(text: str) -> list[str]:
    """Return every canary in a text, with the text around it."""
    return [text[max(0, hit.start() - 80) : hit.end() + 30] for hit in _CANARY.finditer(text)]


def _objects(stack: Stack) -> Iterator[tuple[str, str]]:
    store = aws.client(stack.config, "s3")
    for bucket in stack.described["buckets"].values():
        for page in store.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for version in page.get("Versions", []):
                answer = store.get_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
                yield f"{bucket}/{version['Key']}", answer["Body"].read().decode(errors="replace")


def _lines(stack: Stack) -> Iterator[tuple[str, str]]:
    logs = aws.client(stack.config, "logs")
    since = stack.started_at * 1000
    for group in logs.describe_log_groups()["logGroups"]:
        request = {"logGroupName": group["logGroupName"], "startTime": since}
        for page in logs.get_paginator("filter_log_events").paginate(**request):
            yield from ((group["logGroupName"], event["message"]) for event in page["events"])


def _queue_messages(stack: Stack) -> Iterator[tuple[str, str]]:
    queues = aws.client(stack.config, "sqs")
    for url in queues.list_queues().get("QueueUrls", []):
        answer = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        yield from ((url, letter["Body"]) for letter in answer.get("Messages", []))


def _metrics(stack: Stack) -> Iterator[tuple[str, str]]:
    watch = aws.client(stack.config, "cloudwatch")
    yield from (("metrics", str(metric)) for metric in watch.list_metrics()["Metrics"])


def everything(stack: Stack) -> Iterator[tuple[str, str]]:
    """Yield every text that the stack stores, and its place."""
    for name in stack.described["tables"]:
        yield from ((name, str(item)) for item in stack.scan(name))
    for source in (_objects, _lines, _queue_messages, _metrics):
        yield from source(stack)
    yield from (("mails", str(mail)) for mail in mails(stack))


def _canary_locations(stack: Stack) -> dict[str, list[str]]:
    """Return the places of canaries, with one example of each."""
    return {place: find_canaries(text)[:1] for place, text in everything(stack) if find_canaries(text)}


def _post_leads(stack: Stack) -> list[str]:
    """Post the person in every way: accepted, again, as a test, by hand, by file, refused. Return their leads."""
    path, manager = stack.leads_path(), stack.user("manager")
    posts = (
        stack.source.post(path, _PERSON, {"Idempotency-Key": "zolquikey"}),
        stack.source.post(path, _PERSON, {"Idempotency-Key": "zolquikey"}),
        stack.source.post(path, _PERSON | {"external_id": "zolquisecond", "email": _OTHER_MAIL}),
        stack.source.post(path, _PERSON | {"external_id": "zolquitest", "test": True}),
        manager.post(path, {"first_name": "Zolquihand", "phone": _OTHER_PHONE}),
    )
    assert [post.status for post in posts] == [201] * 5, [post.content for post in posts]
    for wrong in ({"phone": "zolquiphone"}, {"email": "zolqui at example"}, {"nickname": "zolqui" * 5000}):
        assert stack.source.post(path, _PERSON | wrong | {"external_id": "zolquiwrong"}).status in (413, 422)
    assert stack.stranger.with_token("lw_source_zolqui_zolqui").post(path, _PERSON).status in (401, 403)
    people = f"first_name,phone,email\nZolquifile,{_OTHER_PHONE},{_OTHER_MAIL}\nZolquibad,zolqui,\n"
    assert privacy_walk.import_file(stack, manager, "leads", stack.campaign(), people)["state"] == "done"
    return [post.body["lead_id"] for post in posts if "lead_id" in post.body]


def _work_lead(stack: Stack, lead_id: str) -> None:
    """Assign the person to an agent who writes about them; read, list, correct, search, export and block them."""
    manager, lead = stack.user("manager"), f"/v1/leads/{lead_id}"
    body = {"version": manager.get(lead).body["version"], "person": {"first_name": "Zolquinew"}}
    assert manager.patch(lead, body).status == 200
    theirs = {"user_id": stack.described["user_ids"]["agent"]}
    assert manager.put(f"{lead}/agent", theirs).status == 200
    text = {"kind": "comment", "text": f"zolquicomment {_PHONE} {_MAIL}"}
    assert stack.user("agent").post(f"{lead}/activities", text).status == 201
    stack.run("tell-agents")
    assert manager.confirm("PUT", f"{lead}/retention", {"days": 20}).status == 200
    until = {"ground": "dispute", "until": iso(time.time() + 9000)}
    assert manager.put(f"{lead}/hold", until).status == 200
    assert manager.confirm("DELETE", f"{lead}/hold", {}).status < 300
    day = iso(time.time())[:10]
    assert manager.get(f"/v1/leads?campaign={stack.campaign()}&day={day}&person=true").status == 200
    for contact in ({"phone": _PHONE}, {"email": _OTHER_MAIL}):
        assert find_canaries(str(manager.post("/v1/contacts/search", contact).body["leads"]))
    _export(stack)
    manager.create("/v1/blocks", {"phone": _PHONE, "project_id": stack.described["projects"]["west"]})
    assert stack.post_lead(_PHONE, first_name="Zolquiblocked").body["reason"] == "blocked"


def _export(stack: Stack) -> None:
    manager = stack.user("manager")
    job = manager.post("/v1/contacts/export", {"phone": _PHONE}).body["job_id"]
    stack.run("write-exports")
    links = eventually(lambda: manager.get(f"/v1/jobs/{job}").body.get("files"))
    assert all(find_canaries(requests.get(link, timeout=300).text) for link in links.values())


def _forget_person(stack: Stack, lead_id: str) -> None:
    """Forget one lead, then one contact, then the rest as a file; unblock by file a contact blocked by file."""
    manager, west = stack.user("manager"), stack.described["projects"]["west"]
    for kind in ("block", "unblock"):
        assert (
            privacy_walk.import_file(stack, manager, kind, west, f"{_OTHER_PHONE}\nzolqui\n")["state"]
            == "done"
        )
    answers = [
        manager.confirm("POST", f"/v1/leads/{lead_id}/forget", {"keep_out": False}),
        manager.confirm("POST", "/v1/contacts/forget", {"phone": _PHONE, "keep_out": True}),
    ]
    assert [answer.status for answer in answers] == [200, 200], [answer.content for answer in answers]
    rest = f"{_OTHER_PHONE}\n{_OTHER_MAIL}\n{_MAIL}\n{_PHONE}\n"
    assert privacy_walk.import_file(stack, manager, "forget", west, rest)["state"] == "done"
    stack.run("finish-erasures")
    stack.run("write-exports")


@pytest.mark.faults
def test_PRI_7_after_every_path_and_a_forget_no_trace_of_the_person_is_left(stack: Stack) -> None:
    lead_ids = _post_leads(stack)
    _work_lead(stack, lead_ids[0])
    assert {"people", "blocks"} <= set(_canary_locations(stack))
    assert "zolquicomment" in str(stack.rows("people", "lead_id", lead_ids[0]))
    eventually(lambda: mails(stack))
    assert {"ledger", "/aws/lambda/leadwarden-local-api"} <= {place for place, _ in everything(stack)}

    _forget_person(stack, lead_ids[0])

    assert _canary_locations(stack) == {}
    assert all("erased_at" in stack.facts(lead_id) for lead_id in lead_ids)
    left = {name for name in ("people", "contacts") if _rows_naming(stack, name, lead_ids)}
    assert left == set()


def _rows_naming(stack: Stack, table: str, lead_ids: list[str]) -> list[str]:
    rows = map(str, stack.scan(table))
    return [row for row in rows if any(lead_id in row for lead_id in lead_ids)]
