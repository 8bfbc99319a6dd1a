"""A walkthrough of everything the application does, so that every function makes every kind of call it can make."""

import json
import time
from dataclasses import asdict
from typing import Any

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import SYSTEM
from chalicelib.jobs import store as jobs
from chalicelib.jobs.domain import Job
from chalicelib.reports.usecases import forecast
from infra.local import aws
from infra.local.seed import Passwords, new_password
from tests.e2e.in_process import in_process
from tests.e2e.stack import Stack, eventually, iso, sleep_until
from tests.e2e.test_retention import ends_soon
from tests.e2e.toggles import without_time_to_live
from tests.e2e.walkthrough import campaign_walk, contacts_walk, privacy_walk, services_walk, work_walk
from tests.infra.template_reader import EVENT_LOGICAL_IDS, Template

_CACHED_S = 10
_LATER_S = 3600
_A_LOOK_UP_S = 2  # the trail shows fifty calls a second: the many calls of a what-if would hide others
_MORE_PARTS_THAN_A_TRANSACTION_TAKES = 110
_LONG_AGO_S = 70 * 86_400


def walk(stack: Stack) -> None:
    """Do everything once, as permitted users and sources."""
    _set_up(stack)
    _users(stack)
    _credentials(stack)
    _intake(stack)
    _leads(stack)
    _blocks(stack)
    _record(stack)
    _forecasts(stack)
    with without_time_to_live(stack):
        _erasure(stack)
    contacts_walk.walk(stack)  # before blocks without numbers, whose form would be kept
    privacy_walk.walk(stack)
    work_walk.walk(stack)
    campaign_walk.walk(stack)
    services_walk.walk(stack)
    _every_schedule(stack)
    stack.stranger.get("/v1/health")
    stack.stranger.get("/v1/openapi.json")


def _every_schedule(stack: Stack) -> None:
    """Run each scheduled function of the template once, so that a new one is called without a step of its own."""
    template = Template(json.loads((stack.config.build / "template.json").read_text()))
    for function, _ in template.events("Schedule"):
        stack.run(EVENT_LOGICAL_IDS[function].replace("_", "-"))


def _sessions(stack: Stack, sign_in: dict[str, str]) -> None:
    opened = stack.stranger.post("/v1/session", sign_in).body
    stack.stranger.post("/v1/session/refresh", {"refresh_token": opened["refresh_token"]})
    stack.stranger.post("/v1/session", {**sign_in, "password": "Wrong-password-1"})
    stack.stranger.post("/v1/session/forgot", {"email": sign_in["email"]})
    me = stack.stranger.with_token(opened["id_token"])
    assert me.get("/v1/me").status == 200
    assert me.send("DELETE", "/v1/session").status < 300


def _set_up(stack: Stack) -> None:
    admin = stack.user("admin")
    project = stack.described["projects"]["west"]
    lead_type = admin.get("/v1/lead-types").body["items"][0]["id"]
    for path in (
        "organisation",
        f"projects/{project}",
        f"lead-types/{lead_type}",
        f"campaigns/{stack.campaign()}",
    ):
        result = admin.get(f"/v1/{path}").body
        admin.update(f"/v1/{path}", {"version": result["version"], "name": result["name"]})
    for path in ("projects", "lead-types", "campaigns", "users", "credentials"):
        assert admin.get(f"/v1/{path}?limit=2").status == 200
    for part in ("findings", "instructions"):
        assert admin.get(f"/v1/campaigns/{stack.campaign()}/{part}").status == 200
    admin.create("/v1/projects", {"name": "A project of the tour"})
    fields = [{"key": "phone", "kind": "phone"}]
    admin.create("/v1/lead-types", {"name": "A lead type of the tour", "fields": fields})
    stack.change_campaign(stack.new_campaign(), password="a password of the tour")


def _users(stack: Stack) -> None:
    admin = stack.user("admin")
    body = {"email": "tour@example.com", "name": "Tom Tour", "role": "agent"}
    pool = aws.client(stack.config, "cognito-idp")
    user = f"/v1/users/{admin.create('/v1/users', body)['id']}"
    assert admin.post("/v1/users", body).body["error"]["code"] == "user_exists"
    admin.update(user, {"version": admin.get(user).body["version"], "zone": "Europe/Berlin"})
    pool_id = pool.list_user_pools(MaxResults=1)["UserPools"][0]["Id"]
    temporary = new_password()
    pool.admin_set_user_password(
        UserPoolId=pool_id, Username=body["email"], Password=temporary, Permanent=False
    )
    first = stack.stranger.post("/v1/session", {"email": body["email"], "password": temporary}).body
    chosen = {"email": body["email"], "session": first["session"], "new_password": new_password()}
    assert stack.stranger.post("/v1/session/password", chosen).status == 200
    _sessions(stack, asdict(Passwords(pool, pool_id).assign(body["email"])))
    address = {"version": admin.get(user).body["version"], "email": "toured@example.com"}
    assert admin.post(f"{user}/address", address).status == 200
    assert admin.send("DELETE", f"{user}/second-factor").status == 200
    for action in ("disable", "enable"):
        assert admin.post(f"{user}/{action}", {}).status == 200


def _credentials(stack: Stack) -> None:
    admin = stack.user("admin")
    body = {"kind": "source", "name": "Tour", "campaign_ids": [stack.campaign()]}
    credential = f"/v1/credentials/{admin.create('/v1/credentials', body)['id']}"
    admin.update(credential, {"version": admin.get(credential).body["version"], "name": "The tour"})
    assert admin.post(f"{credential}/rotate", {}).status == 200
    assert admin.send("DELETE", credential).status < 300
    stack.stranger.with_token("lw_source_unknown_secret").get("/v1/me")


def _intake(stack: Stack) -> None:
    body = {"first_name": "Uma", "phone": "+1 202-555-0191", "email": "uma@example.org"}
    for _ in range(2):
        assert stack.source.post(stack.leads_path(), body, {"Idempotency-Key": "tour-0191"}).status == 201
    by_hand = stack.user("manager").post(
        stack.leads_path(), {"first_name": "Vic", "phone": "+1 202-555-0192"}
    )
    assert by_hand.status == 201, by_hand.content
    stack.stranger.with_token("lw_source_unknown_secret").post(stack.leads_path(), body)


def _leads(stack: Stack) -> None:
    manager = stack.user("manager")
    lead = f"/v1/leads/{stack.new_lead('+1 202-555-0193', email='wim@example.org')}"
    person = {"phone": "+1 202-555-0194", "email": "wim.new@example.org"}
    version = manager.get(lead).body["version"]
    assert manager.patch(lead, {"version": version, "person": person}).status == 200
    _add_parts(stack, lead.rpartition("/")[2], _MORE_PARTS_THAN_A_TRANSACTION_TAKES)
    assert manager.confirm("PUT", f"{lead}/retention", {"days": 20}).status == 200
    listing = f"/v1/leads?campaign={stack.campaign()}&day={iso(time.time())[:10]}"
    assert manager.get(listing).body["items"]
    assert manager.get(f"{listing}&person=true").status == 200
    assert stack.user("agent").get(listing).status == 200


def _blocks(stack: Stack) -> None:
    """Block a contact before a lead with it comes in, and just after: the stream function checks the blocks again."""
    manager = stack.user("manager")
    block = {"phone": "+1 202-555-0195", "project_id": stack.described["projects"]["west"]}
    assert [manager.post("/v1/blocks", block).status for _ in range(2)] == [201, 200]
    assert stack.post_lead("+1 202-555-0195").body["reason"] == "blocked"
    listed = manager.get(f"/v1/blocks?project={block['project_id']}").body["items"]
    path = f"/v1/blocks/{listed[0]['id']}"
    assert manager.post("/v1/blocks/search", {"phone": block["phone"]}).status == 200
    until = iso(time.time() + 3600)
    changed = manager.confirm("PATCH", path, {"version": manager.get(path).body["version"], "until": until})
    assert changed.status == 200, changed.content
    assert manager.confirm("DELETE", path, {}).status < 300
    _block_on_its_way(stack)


def _block_on_its_way(stack: Stack) -> None:
    """Block a contact just after a lead with it came in. The stream, which may repeat, checks the blocks again."""
    phone = "+1 202-555-0189"
    lead_id = stack.new_lead(phone)
    eventually(lambda: "counted" in stack.facts(lead_id))
    block = {"phone": phone, "project_id": stack.described["projects"]["west"]}
    assert stack.user("manager").post("/v1/blocks", block).status == 201
    keys = {"lead_id": {"S": lead_id}, "part": {"S": "lead"}}
    change = {"Keys": keys, "SequenceNumber": "1", "ApproximateCreationDateTime": int(time.time())}
    record = {"eventID": "1", "eventName": "INSERT", "eventSourceARN": "arn", "dynamodb": change}
    aws.invoke(stack.config, "leadwarden-local-after-intake", {"Records": [record]})
    assert "blocked_at" in stack.facts(lead_id)


def _record(stack: Stack) -> None:
    manager = stack.user("manager")
    for path in ("changes", "accesses"):
        assert manager.get(f"/v1/{path}").status == 200
        assert manager.get(f"/v1/{path}?subject=campaign/{stack.campaign()}").status == 200
    manager.get("/v1/receipts/none")


def _forecasts(stack: Stack) -> None:
    """Request forecasts: once small enough for an answer, and once as jobs that the schedule continues."""
    manager = stack.user("manager")
    assert manager.get("/v1/forecast?days=90").status == 200
    campaign = stack.new_campaign(retention={"days": 9, "rejected_days": None})
    stack.source_of(campaign).post(
        f"/v1/campaigns/{campaign}/leads", {"first_name": "Yan", "phone": "+1 202-555-0198"}
    )
    _make_old(stack, campaign)
    time.sleep(_A_LOOK_UP_S)
    started = manager.post(f"/v1/campaigns/{campaign}/what-if", {"days": 1})
    time.sleep(_A_LOOK_UP_S)
    assert started.status == 202, started.content
    _start_forecast(stack)
    stack.run("continue-jobs")
    path = f"/v1/jobs/{started.body['job_id']}"
    assert eventually(lambda: manager.get(path).body["state"] == "done")


def _make_old(stack: Stack, campaign: str) -> None:
    """Set the campaign's start to seventy days ago: more days than one answer covers."""
    created = stack.rows("ledger", "subject", f"campaign/{campaign}")[0]
    body = json.loads(created["body"]["S"])
    body["at"] -= _LONG_AGO_S
    at_id = f"{iso(body['at'])}#{body['id']}"
    old = created | {"at_id": {"S": at_id}, "body": {"S": json.dumps(body)}}
    aws.client(stack.config, "dynamodb").put_item(TableName=stack.described["tables"]["ledger"], Item=old)


def _start_forecast(stack: Stack) -> None:
    """Start the job for a forecast over very many leads, as an admin."""
    admin_id = stack.user("admin").get("/v1/me").body["id"]
    with in_process(stack):
        now = clock.now()
        work = forecast.forecast(SYSTEM, 90, now)
        job = Job(clock.new_id("job"), "user", admin_id, now, work)
        batch.write(jobs.insert(job), batch.token_of("tour", job.id))


def _erasure(stack: Stack) -> None:
    """Let the stream finish one lead, whose rows time to live starts to remove, and the schedule another."""
    stack.set_max_lag("PT1H")
    by_stream, until = ends_soon(stack, "+1 202-555-0196")
    by_schedule, last = ends_soon(stack, "+1 202-555-0197")
    for phone in ("+1 202-555-0196", "+1 202-555-0197"):
        stack.new_lead(phone)  # the duplicate index of the phone keeps this lead
    _add_parts(stack, by_stream, 1)
    sleep_until(until)
    _remove_part(stack, by_stream)
    eventually(lambda: _is_erased(stack, by_stream))
    stack.set_max_lag("PT0S")
    sleep_until(max(last, time.time() + _CACHED_S))
    stack.run("finish-erasures")
    eventually(lambda: _is_erased(stack, by_schedule))


def _is_erased(stack: Stack, lead_id: str) -> bool:
    return "erased_at" in stack.facts(lead_id)


def _part(lead_id: str, number: int) -> dict[str, Any]:
    return {"lead_id": {"S": lead_id}, "part": {"S": f"comment#tour{number:03d}"}}


def _add_parts(stack: Stack, lead_id: str, count: int) -> None:
    """Add rows to a lead. Time to live removes them one by one, so that the person may still exist."""
    dynamodb = aws.client(stack.config, "dynamodb")
    expires_at = {"N": str(int(time.time()) + _LATER_S)}
    for number in range(count):
        item = _part(lead_id, number) | {"expires_at": expires_at}
        dynamodb.put_item(TableName=stack.described["tables"]["people"], Item=item)


def _remove_part(stack: Stack, lead_id: str) -> None:
    """Remove it as time to live does on AWS. The engine's own time to live leaves no stream record."""
    dynamodb = aws.client(stack.config, "dynamodb")
    dynamodb.delete_item(TableName=stack.described["tables"]["people"], Key=_part(lead_id, 0))
