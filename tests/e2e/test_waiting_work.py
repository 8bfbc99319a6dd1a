"""Retirement by the clock alone (`make waiting`): no test calls the schedule (WRK-6 … WRK-8, WRK-10, WRK-11)."""

import time
from collections.abc import Iterator

import pytest

from tests.e2e.stack import Stack, eventually, iso
from tests.e2e.walkthrough.work_walk import ids

pytestmark = pytest.mark.waiting
_CACHED_S = 10
_PERIOD_S = 60
_CADENCE_S = 180


@pytest.fixture
def project_id(stack: Stack) -> Iterator[str]:
    """A project whose leads retire after a minute. Manager and agent are members, the outsider is not."""
    created = stack.user("admin").create(
        "/v1/projects", {"name": "A minute's patience", "inactivity": "PT1M"}
    )
    west = stack.described["projects"]["west"]
    for user in ("manager", "agent"):
        stack.change_user(user, project_ids=[west, created["id"]])
    time.sleep(_CACHED_S)
    yield str(created["id"])
    for user in ("manager", "agent"):
        stack.change_user(user, project_ids=[west])


def _commented(stack: Stack, project_id: str) -> str:
    """Return a lead of the project that was assigned to the agent, who commented on it."""
    assignment = {"user_id": stack.described["user_ids"]["agent"]}
    campaign = stack.new_campaign(project_id=project_id, assignment=assignment)
    body = {"first_name": "Ian", "phone": "+1 202-555-0241"}
    posted = stack.source_of(campaign).post(f"/v1/campaigns/{campaign}/leads", body)
    path = f"/v1/leads/{posted.body['lead_id']}"
    reply = stack.user("agent").post(f"{path}/activities", {"kind": "comment", "text": "Back in May."})
    assert reply.status == 201, reply.content
    return str(posted.body["lead_id"])


def test_WRK_11_an_idle_lead_retires_and_is_reassigned(stack: Stack, project_id: str) -> None:
    agent, manager, outsider = (stack.user(who) for who in ("agent", "manager", "outsider"))
    project, lead_id = f"/v1/projects/{project_id}", _commented(stack, project_id)
    lead = f"/v1/leads/{lead_id}"
    result = agent.get(lead).body
    assert lead_id in ids(agent, "/v1/worklist")
    left_at = time.time()

    eventually(lambda: ids(manager, f"{project}/retired") == [lead_id], _PERIOD_S + _CADENCE_S)

    assert iso(time.time()) >= result["retires_at"]
    print(f"retired {time.time() - left_at:.0f} s after the last activity, of a period of {_PERIOD_S}")
    assert agent.get(lead).status == 404
    assert lead_id not in ids(agent, "/v1/worklist")
    for path in ("retired", "unassigned", "at-risk", "retirement-forecast"):
        assert agent.get(f"{project}/{path}").status == 403
        assert outsider.get(f"{project}/{path}").status == 404
    version = agent.get(project).body["version"]
    period = {"version": version, "inactivity": "P365D"}
    assert (agent.patch(project, period).status, outsider.patch(project, period).status) == (403, 404)
    assert outsider.get(lead).status == 404

    repeated = {"lead_ids": [lead_id], "user_id": stack.described["user_ids"]["agent"]}
    assert outsider.post(f"{project}/reassign", repeated).status == 404
    assert manager.post(f"{project}/reassign", repeated).body["results"] == [{"lead_id": lead_id, "ok": True}]

    assert lead_id in ids(agent, "/v1/worklist")
    assert ids(manager, f"{project}/retired") == []
    back = agent.get(lead).body
    kinds = [entry["kind"] for entry in back["history"]]
    assert kinds == ["received", "assigned", "comment", "retired", "reassigned"]
    assert back["history"][2]["text"] == "Back in May."
    assert back["retires_at"] > result["retires_at"]
