"""The scenario of working leads: an agent's day, the lists of a manager, and quality control."""

from typing import Any

from chalicelib.campaigns.domain.campaign import Assignment
from chalicelib.campaigns.domain.campaign_settings import Quality
from chalicelib.work.usecases.retire_leads import retire_leads
from tests.factories.configuration import confirmed_post
from tests.http.examples.example_run import PROJECT, ExampleRun

HOLDING = "cmp_2hvqz3tkwy5mdx4cn7brjgp6sa"
FIRST, SECOND = "lead_2szpahgjoxfsgpbxdt23e252ro", "lead_hbnrt6ycpfgja5d2qk7mzv3xw4"
HELD = (
    "lead_5d2qk7mzv3xw4hbnrt6ycpfgja",
    "lead_7bqx4tnmgz2kd5vhwyr3scpfja",
    "lead_3xw4hbnrt6ycpfgja5d2qk7mzv",
    "lead_6ycpfgja5d2qk7mzv3xw4hbnrt",
)


def play(run: ExampleRun) -> None:
    """Work two leads, review four held ones, then leave all alone until they are retired."""
    outcomes = [
        {"outcome": "won"},
        {"outcome": "lost", "retention_days": 10},
        {"outcome": "invalid", "retention_days": 20},
    ]
    change(run, 1, outcomes=outcomes, warning="P2D")
    run.lead(FIRST)
    run.lead(SECOND, first_name="Gus", phone="+1 202-555-0151", email="gus@example.com")
    work(run)
    review(run)
    lead_many(run)


def work(run: ExampleRun) -> None:
    """Work a lead as its agent."""
    run.show("list_worklist", "all", by="agent")
    run.show("search_worklist", "phone", "email", by="agent")
    run.later(minutes=30)
    run.show("create_activity", "conversation", "comment", "call", "call_tag", by="agent")
    run.show("set_stage", "contacted", by="agent")
    run.show("set_follow_up", "day", "none", by="agent")
    run.show("create_activity", "effect", "confirmed", by="agent")
    run.show("set_outcome", "effect", "confirmed", "won", by="agent")


def review(run: ExampleRun) -> None:
    """Release and reject held leads."""
    run.add_campaign(HOLDING, name="Solar by phone", quality=Quality(hold_all=True), assignment=Assignment())
    for number, lead_id in enumerate(HELD):
        run.names.learn(lead_id, hold(run, number))
    run.show("list_held_leads", "held", by="manager")
    run.show("release_lead", "to_an_agent", by="manager")
    run.show("release_leads", "leads", by="manager")
    run.show("reject_lead", "effect", "confirmed", by="manager")
    run.show("reject_leads", "effect", "confirmed", by="manager")


def hold(run: ExampleRun, number: int) -> str:
    """Post a lead that is held, by hand."""
    body = {"first_name": "Ida", "phone": f"+1 202-555-016{number}", "state": "CA"}
    posted = run.caller("manager").post(f"/v1/campaigns/{HOLDING}/leads", body)
    run.process(posted.json["lead_id"])
    return str(posted.json["lead_id"])


def lead_many(run: ExampleRun) -> None:
    """Give leads to agents as their manager, and restore those that were retired."""
    run.show("list_agents", "agents", by="manager")
    run.show("assign_lead", "nobody", by="manager")
    run.show("list_unassigned_leads", "unassigned", by="manager")
    run.show("assign_lead", "agent", by="manager")
    run.show("reassign_leads", "leads", by="manager")
    run.show("get_retirement_forecast", "a_week", by="manager")
    run.later(days=12, hours=12)
    run.show("list_at_risk_leads", "at_risk", by="manager")
    change(run, 2, inactivity="P10D")
    retire_leads(lambda: run.now, lambda: True)
    run.show("list_retired_leads", "retired", by="manager")
    change(run, 3, inactivity="P14D")
    run.later(minutes=10)
    run.show("restore_retired_leads", "effect", "confirmed", by="manager")
    run.show("reassign_all_leads", "all", by="manager")


def change(run: ExampleRun, version: int, **settings: Any) -> None:
    """Change settings of the project, confirmed."""
    body = {"version": version, **settings}
    changed = confirmed_post(run.caller("admin"), "PATCH", f"/v1/projects/{PROJECT}", body)
    assert changed.status == 200, changed.text
