"""The walkthrough of working leads: assignments, activities, lists, the sweep that retires, the mails to agents."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from chalicelib.core.times import is_zone
from infra.local.api import Api
from tests.e2e.stack import Stack, by_schedule, eventually, iso, mails, sleep_until
from tests.e2e.toggles import without_sender

_PERIOD = "PT1M"
_MINUTE_S = 60
_CACHED_S = 10
_LISTS = ("retired", "unassigned", "at-risk", "retirement-forecast")


def walk(stack: Stack) -> None:
    """Do everything agents and managers do with leads."""
    stack.change_project("west", inactivity="P14D")
    _assign_by_default(stack)
    _record_activities(stack)
    _set_outcome(stack)
    _move_leads(stack)
    _retire_lead(stack)
    _notify(stack)


def _assign_by_default(stack: Stack) -> None:
    """Post a lead for a campaign's default agent. The stream notes the notification."""
    agent_id = stack.described["user_ids"]["agent"]
    campaign = stack.new_campaign(assignment={"user_id": agent_id})
    body = {"first_name": "Amy", "phone": "+1 202-555-0230"}
    posted = stack.source_of(campaign).post(f"/v1/campaigns/{campaign}/leads", body)
    assert stack.user("agent").get(f"/v1/leads/{posted.body['lead_id']}").status == 200


def _record_activities(stack: Stack) -> None:
    """Record every kind of activity and read the lists of an agent."""
    agent, lead = stack.user("agent"), f"/v1/leads/{create_assigned_lead(stack, '+1 202-555-0231')}"
    call = {"direction": "outgoing", "result": "answered", "do_not_call": True}
    for kind, activity in (
        ("comment", {"text": "Wants two roofs."}),
        ("call", call),
        ("call_tag", {"tag": "call_back", "follow_up_on": _soon()}),
    ):
        recorded = agent.post(f"{lead}/activities", {"kind": kind, **activity}, {"Idempotency-Key": kind})
        assert recorded.status == 201, recorded.content
    whole = {"call": call, "tags": ["interested"], "comment": "Asks again.", "follow_up_on": _soon()}
    assert agent.post(f"{lead}/activities", whole, {"Idempotency-Key": "whole"}).status == 201
    assert agent.put(f"{lead}/stage", {"stage": "contacted"}).status == 200
    assert agent.put(f"{lead}/follow-up", {"on": None}).status == 200
    for show in ("all", "follow_ups", "at_risk", "closed"):
        assert agent.get(f"/v1/worklist?show={show}&person=true").status == 200
    assert agent.post("/v1/worklist/search", {"phone": "+1 202-555-0231"}).body["items"]
    history = [entry["kind"] for entry in agent.get(lead).body["history"]]
    expected = ["comment", "call", "call_tag", "call", "call_tag", "comment"]
    assert history == ["received", "assigned", *expected, "stage", "follow_up"], history


def _set_outcome(stack: Stack) -> None:
    """Set an outcome that sets the lead's retention, and remove it."""
    outcomes = [{"outcome": "won"}, {"outcome": "not_interested", "retention_days": 2}]
    stack.change_project("west", outcomes=outcomes)
    agent, lead = stack.user("agent"), f"/v1/leads/{create_assigned_lead(stack, '+1 202-555-0232')}"
    for outcome in ("not_interested", None, "won"):
        answer = agent.confirm("PUT", f"{lead}/outcome", {"outcome": outcome})
        assert answer.status == 200, answer.content


def _move_leads(stack: Stack) -> None:
    """Assign leads to others: one, many, and all of a user's by a job that the schedule continues."""
    manager, west = stack.user("manager"), stack.described["projects"]["west"]
    agent_id, manager_id = (stack.described["user_ids"][key] for key in ("agent", "manager"))
    lead_id = create_assigned_lead(stack, "+1 202-555-0233", to="manager")
    assert manager.put(f"/v1/leads/{lead_id}/agent", {"user_id": None}).status == 200
    back = {"lead_ids": [lead_id], "user_id": manager_id}
    assert manager.post(f"/v1/projects/{west}/reassign", back).body["results"][0]["ok"]
    job = manager.post(f"/v1/users/{manager_id}/reassign", {"user_id": agent_id})
    assert job.status == 202, job.content
    path = f"/v1/jobs/{job.body['job_id']}"
    by_schedule(stack, "continue-jobs", lambda: manager.get(path).body["state"] == "done")
    assert manager.get(f"/v1/leads/{lead_id}").body["agent_id"] == agent_id


def _retire_lead(stack: Stack) -> None:
    """Leave a lead alone for a minute, let the sweep retire it, and read the lists of a manager."""
    lead_id = create_assigned_lead(stack, "+1 202-555-0234")
    stack.change_project("west", inactivity=_PERIOD)
    manager, west = stack.user("manager"), stack.described["projects"]["west"]
    since = iso(time.time())
    sleep_until(time.time() + _MINUTE_S + 1)
    stack.run("retire-leads")
    eventually(lambda: "retired_at" in stack.facts(lead_id))
    for listing in _LISTS:
        assert manager.get(f"/v1/projects/{west}/{listing}").status == 200
    assert lead_id in ids(manager, f"/v1/projects/{west}/retired?person=true")
    stack.change_project("west", inactivity="P14D")
    _restore_retired(stack, lead_id, since)


def _restore_retired(stack: Stack, lead_id: str, since: str) -> None:
    """Give back what the wrong period has retired. The schedule continues the job."""
    manager, west = stack.user("manager"), stack.described["projects"]["west"]
    job = manager.confirm("POST", f"/v1/projects/{west}/retired/restore", {"since": since})
    assert job.status == 202, job.content
    path = f"/v1/jobs/{job.body['job_id']}"
    by_schedule(stack, "continue-jobs", lambda: manager.get(path).body["state"] == "done")
    assert "retired_at" not in stack.facts(lead_id)


def _zone_at_noon() -> str:
    zones = sorted(filter(is_zone, available_timezones()))
    return next(zone for zone in zones if datetime.now(ZoneInfo(zone)).hour == 12)


def _notify(stack: Stack) -> None:
    """Have the agent notified of a new lead and of a follow-up for today. The first try of the daily mail fails."""
    zone = _zone_at_noon()
    stack.change_user("agent", zone=zone)
    sleep_until(time.time() + _CACHED_S)
    lead_id = create_assigned_lead(stack, "+1 202-555-0235")
    today = datetime.now(ZoneInfo(zone)).date().isoformat()
    assert stack.user("agent").put(f"/v1/leads/{lead_id}/follow-up", {"on": today}).status == 200
    with without_sender(stack):
        stack.run("send-daily-mails")
    assert not mails_about(stack, lead_id, "Your leads today")
    stack.run("send-daily-mails")
    assert mails_about(stack, lead_id, "Your leads today")
    by_schedule(stack, "tell-agents", lambda: mails_about(stack, lead_id, "assigned to you"))


def _soon() -> str:
    return (datetime.now(UTC) + timedelta(days=2)).date().isoformat()


def create_assigned_lead(stack: Stack, phone: str, to: str = "agent") -> str:
    """Return a new lead of a user."""
    lead_id = stack.new_lead(phone)
    body = {"user_id": stack.described["user_ids"][to]}
    answer = stack.user("manager").put(f"/v1/leads/{lead_id}/agent", body)
    assert answer.status == 200, answer.content
    return lead_id


def ids(caller: Api, path: str) -> list[str]:
    """Return the leads of a list."""
    answer = caller.get(path)
    assert answer.status == 200, answer.content
    return [lead["lead_id"] for lead in answer.body["items"]]


def mails_about(stack: Stack, lead_id: str, of: str) -> list[dict[str, Any]]:
    """Return the mails about a lead with this subject."""
    return [mail for mail in mails(stack) if of in mail["Subject"] and lead_id in mail["BodyText"]]
