"""The scenario of the intake: posts with each result, and why each lead was decided as it was."""

from typing import Any

from chalicelib.campaigns.domain.campaign_settings import Quality
from tests.http.examples.example_run import CAMPAIGN, ExampleRun

HOLDING = "cmp_2hvqz3tkwy5mdx4cn7brjgp6sa"
SETTINGS = {"duplicates": {"enabled": True}, "tell_source_reasons": True}
WIDER = {"all": [{"field": "state", "op": "one_of", "value": ["CA", "NV", "TX"]}]}


def play(run: ExampleRun) -> None:
    """Post leads, ask about them, and reconsider those that a changed criterion lets in."""
    change(run, CAMPAIGN, 1, **SETTINGS)
    run.add_campaign(HOLDING, name="Solar by phone", quality=Quality(hold_all=True))
    change(run, HOLDING, 1, password="a good word", require_authentication=False)
    run.show("submit_lead", "rejected", "accepted", "duplicate", "test_lead", "all_keys", by="source")
    run.show("submit_lead", "as_status_code", "invalid", by="source")
    held = run.show("submit_lead", "held", by="nobody")
    run.show("explain_lead", "outside_criteria", by="source")
    run.caller("manager").post(f"/v1/leads/{held['lead_id']}/release", {})
    run.show("get_lead_status", "released", by="manager")
    run.show("list_attempts", "attempts", by="manager")
    run.show("get_decision", "accepted", by="manager")
    run.show("list_changed_decisions", "draft", "next_page", by="manager")
    change(run, CAMPAIGN, 2, criteria=WIDER)
    run.show("reconsider_lead", "effect", "confirmed", by="manager")
    run.show("reconsider_leads", "effect", "confirmed", by="manager")


def change(run: ExampleRun, campaign_id: str, version: int, **settings: Any) -> None:
    """Change settings of a campaign."""
    changed = run.caller("admin").patch(f"/v1/campaigns/{campaign_id}", {"version": version, **settings})
    assert changed.status == 200, changed.text
