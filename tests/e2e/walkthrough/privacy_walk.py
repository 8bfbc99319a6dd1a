"""The walkthrough of the privacy desk: search, legal holds, forgets, exports, imports, subject requests and seals."""

import time
from typing import Any

import requests

from infra.local import aws
from infra.local.api import Api
from tests.e2e.stack import Stack, eventually, iso

_MANY = 51
_DONE = ("done", "failed", "cancelled")


def walk(stack: Stack) -> None:
    """Do everything the desk does, as a permitted manager."""
    _requests(stack)
    _holds(stack)
    _search_and_export(stack)
    _forget(stack)
    _forget_many(stack)
    _imports(stack)
    _seals(stack)
    _bulk(stack)


def _requests(stack: Stack) -> None:
    manager = stack.user("manager")
    created = manager.create("/v1/requests", {"kind": "access"})
    path = f"/v1/requests/{created['id']}"
    closed = {"version": created["version"], "state": "closed", "answer": "fulfilled"}
    manager.patch(path, closed)
    assert manager.get(path).status == 200
    assert manager.get("/v1/requests").status == 200


def _holds(stack: Stack) -> None:
    manager = stack.user("manager")
    lead = f"/v1/leads/{stack.new_lead('+1 202-555-0210')}"
    held = manager.put(f"{lead}/hold", {"ground": "dispute", "until": iso(time.time() + 9000)})
    assert held.status == 200, held.content
    released = manager.confirm("DELETE", f"{lead}/hold", {})
    assert released.status < 300, released.content
    assert manager.get(f"{lead}/access").status == 200


def _search_and_export(stack: Stack) -> None:
    """Export the data about a contact, then forget it. The next run removes the files."""
    contact = {"phone": "+1 202-555-0211"}
    stack.new_lead(contact["phone"], email="ora@example.org")
    for exporter in (stack.user("admin"), stack.user("manager")):
        _export(stack, exporter, contact)
    manager = stack.user("manager")
    forgotten = manager.confirm("POST", "/v1/contacts/forget", {**contact, "keep_out": True})
    assert forgotten.status == 200, forgotten.content
    receipt = forgotten.body["receipts"][0]["receipt_id"]
    assert manager.get(f"/v1/receipts/{receipt}?proof=true").status == 200
    stack.run("write-exports")


def _export(stack: Stack, exporter: Api, contact: dict[str, str]) -> None:
    assert exporter.post("/v1/contacts/search", contact).body["leads"]
    job = exporter.post("/v1/contacts/export", contact)
    assert job.status == 202, job.content
    stack.run("write-exports")
    path = f"/v1/jobs/{job.body['job_id']}"
    eventually(lambda: exporter.get(path).body["state"] == "done")  # the schedule itself may have been first
    for link in _links(exporter.get(path).body):
        assert requests.get(link, timeout=300).status_code == 200


def _links(result: Any) -> list[str]:
    if isinstance(result, str):
        return [result] if result.startswith("http") else []
    values = result.values() if isinstance(result, dict) else result if isinstance(result, list) else []
    return [link for value in values for link in _links(value)]


def _forget(stack: Stack) -> None:
    lead_id = stack.new_lead("+1 202-555-0212", email="pia@example.org")
    answer = stack.user("manager").confirm("POST", f"/v1/leads/{lead_id}/forget", {"keep_out": False})
    assert answer.status == 200, answer.content


def _forget_many(stack: Stack) -> None:
    """Forget a contact with more leads than one request erases: an order does it."""
    contact, manager = {"phone": "+1 202-555-0238"}, stack.user("manager")
    for number in range(_MANY):
        stack.post_lead(contact["phone"], email=f"many{number}@example.org")
    started = manager.confirm("POST", "/v1/contacts/forget", {**contact, "keep_out": True})
    assert started.status == 202, started.content

    def done() -> bool:
        stack.run("carry-out-forgets")
        return bool(manager.get(f"/v1/jobs/{started.body['job_id']}").body["state"] == "done")

    eventually(done)
    assert manager.post("/v1/contacts/search", contact).body["leads"]["items"] == []


def _imports(stack: Stack) -> None:
    project, campaign = stack.described["projects"]["west"], stack.campaign()
    stack.new_lead("+1 202-555-0213", email="quin@example.org")
    phones = "phone\n+1 202-555-0213\n+1 202-555-0214\nnot a phone\n"
    stack.new_lead(
        "+1 202-555-0217", email="quin@example.org"
    )  # the duplicate index of the address keeps this lead
    people = "first_name,phone\nRay,+1 202-555-0215\nSue,+1 202-555-0216\nTed,+1 202-555-0218\n"
    manager = stack.user("manager")
    assert manager.post("/v1/blocks", {"phone": "+1 202-555-0218", "project_id": project}).status == 201
    for kind, scope, content in (
        ("block", project, phones),
        ("unblock", project, phones),
        ("forget", project, phones),
        ("leads", campaign, people),
    ):
        job = import_file(stack, manager, kind, scope, content)
        assert job["state"] == "done", job
        assert requests.get(job["result_url"], timeout=300).status_code == 200
    assert import_file(stack, stack.user("admin"), "forget", "*", phones)["state"] == "done"
    assert manager.get("/v1/imports").status == 200
    _cancel_import(manager, project)


def import_file(stack: Stack, caller: Api, kind: str, scope: str, content: str) -> dict[str, Any]:
    """Import a file, confirm if required, and return the import at its end."""
    path = _upload(caller, kind, scope, content)

    def ended() -> dict[str, Any] | None:
        job: dict[str, Any] = caller.get(path).body
        if job["state"] == "awaiting_confirmation":
            caller.post(f"{path}/confirm", {"confirm": job["confirm"]})
            stack.run("import-contacts")
        return job if job["state"] in _DONE else None

    result: dict[str, Any] = eventually(ended)
    return result


def _upload(caller: Api, kind: str, scope: str, content: str) -> str:
    body = {"kind": kind, "scope": scope, "filename": f"{kind}.csv", "size": len(content)}
    if kind == "forget":
        body["keep_out"] = True
    started = caller.create("/v1/imports", body)
    form = started["upload"]
    sent = requests.post(form["url"], data=form["fields"], files={"file": content.encode()}, timeout=300)
    assert sent.ok, sent.text
    return f"/v1/imports/{started['job_id']}"


def _cancel_import(caller: Api, project: str) -> None:
    body = {"kind": "block", "scope": project, "filename": "never.csv", "size": 10}
    started = caller.create("/v1/imports", body)
    assert caller.post(f"/v1/imports/{started['job_id']}/cancel", {}).status == 200


def _seals(stack: Stack) -> None:
    """Seal yesterday, an empty day, and export it as an admin."""
    stack.run("seal-ledger")
    admin = stack.user("admin")
    sealed = eventually(lambda: admin.get("/v1/seals").body["items"])
    assert admin.get(f"/v1/seals/{sealed[0]['day']}/entries").status == 200


def _bulk(stack: Stack) -> None:
    """Change the retention of a project's leads. One of them was received days ago, and is erased at once."""
    admin = stack.user("admin")
    project = admin.create("/v1/projects", {"name": "A project to change", "inactivity": None})
    campaign = stack.new_campaign(project_id=project["id"])
    source, posted = stack.source_of(campaign), []
    for phone in ("+1 202-555-0231", "+1 202-555-0232"):
        reply = source.post(f"/v1/campaigns/{campaign}/leads", {"first_name": "Uma", "phone": phone})
        posted.append(str(reply.body["lead_id"]))
    assert admin.put(f"/v1/leads/{posted[0]}/outcome", {"outcome": "won"}).status == 200
    _receive_earlier(stack, posted[1])
    path = f"/v1/projects/{project['id']}"
    admin.update(path, {"version": 1, "outcomes": [{"outcome": "won", "retention_days": 60}]})
    orders: list[tuple[str, dict[str, Any]]] = [
        ("apply-outcomes", {}),
        ("set-campaigns", {"retention": {"days": 1}, "existing": True}),
    ]
    for order, body in orders:
        started = admin.confirm("POST", f"{path}/{order}", body)
        assert started.status == 202, started.content
        stack.run("change-retention")
    eventually(lambda: "erased_at" in stack.facts(posted[1]))
    assert "outcome_due" in stack.facts(posted[0])


def _receive_earlier(stack: Stack, lead_id: str) -> None:
    """Move the receipt of a lead three days back, in its row."""
    aws.client(stack.config, "dynamodb").update_item(
        TableName=stack.described["tables"]["leads"],
        Key={"lead_id": {"S": lead_id}, "part": {"S": "lead"}},
        UpdateExpression="ADD received_at :back",
        ExpressionAttributeValues={":back": {"N": str(-3 * 86_400)}},
    )
