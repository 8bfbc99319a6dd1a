"""Leadwarden: names the doors and registers the one HTTP middleware; no logic."""

from chalicelib.http.house import LazyChalice
from chalicelib.http.middleware import finish
from chalicelib.settings import route_groups

DOORS = {
    "intake": ("intake",),
    "api": (
        "session", "me", "health", "reference", "organisation", "projects", "lead_types", "campaigns", "decisions",
        "reports", "users", "credentials", "leads", "work", "worklists", "quality", "retention", "forgetting",
        "desk", "blocks", "record", "seals", "imports", "forecast", "jobs", "requests", "person_exports",
    ),
    "events": (
        "leads_stream", "people_stream", "ledger_stream", "erasure_schedule", "job_schedule",
        "contact_imports", "lead_imports", "seal_schedule", "export_schedule",
        "retirement_schedule", "notice_schedule", "daily_mail_schedule",
    ),
}  # fmt: skip

WAYS = {
    "activities": "work", "stage": "work", "follow_up": "work", "outcome": "work", "agent": "work",
    "worklist": "worklists", "retired": "worklists", "unassigned": "worklists", "at_risk": "worklists",
    "reassign": "worklists", "retirement_forecast": "worklists", "agents": "worklists",
    "release": "quality", "reject": "quality", "held": "quality",
    "explain": "decisions", "decision": "decisions", "what_would_change": "decisions",
    "report": "reports", "price_correction": "reports", "what_if": "forecast",
    "forget": "forgetting", "hold": "forgetting", "contacts": "desk", "access": "desk", "export": "person_exports",
    "changes": "record", "accesses": "record", "receipts": "record",
}  # fmt: skip

app = LazyChalice("leadwarden", DOORS["intake"] + DOORS["api"], WAYS)
app.register_middleware(finish, "http")
for group in route_groups() or DOORS:
    if route_groups() != ("api",):  # of its many doors a cold start opens the one that is asked for
        app.load(*DOORS[group])
