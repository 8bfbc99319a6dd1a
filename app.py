"""Leadwarden: registers the doors a function answers at and the one HTTP middleware; no logic."""

from importlib import import_module

from chalice.app import Chalice

from chalicelib.http.middleware import finish
from chalicelib.settings import doors

DOORS = {
    "intake": ("intake",),
    "api": (
        "session", "me", "health", "reference", "organisation", "projects", "lead_types", "campaigns", "users",
        "credentials", "leads", "retention", "forgetting", "desk", "blocks", "record", "seals",
        "imports", "forecast", "jobs",
        "requests", "person_exports",
    ),
    "events": (
        "leads_stream", "people_stream", "ledger_stream", "erasure_schedule", "job_schedule",
        "contact_imports", "lead_imports",
    ),
}  # fmt: skip

app = Chalice(app_name="leadwarden", configure_logs=False)
app.register_middleware(finish, "http")
for group in doors() or DOORS:
    for name in DOORS[group]:
        app.register_blueprint(getattr(import_module(f"chalicelib.handlers.{name}"), name))
