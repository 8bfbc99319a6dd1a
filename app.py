"""Leadwarden: registers every resource's routes and the one HTTP middleware; no logic."""

from chalice.app import Chalice

from chalicelib.handlers.blocks import blocks
from chalicelib.handlers.campaigns import campaigns
from chalicelib.handlers.credentials import credentials
from chalicelib.handlers.erasure_schedule import erasure_schedule
from chalicelib.handlers.health import health
from chalicelib.handlers.intake import intake
from chalicelib.handlers.lead_types import lead_types
from chalicelib.handlers.leads import leads
from chalicelib.handlers.leads_stream import leads_stream
from chalicelib.handlers.ledger_stream import ledger_stream
from chalicelib.handlers.me import me
from chalicelib.handlers.organisation import organisation
from chalicelib.handlers.people_stream import people_stream
from chalicelib.handlers.projects import projects
from chalicelib.handlers.reference import reference
from chalicelib.handlers.retention import retention
from chalicelib.handlers.session import session
from chalicelib.handlers.users import users
from chalicelib.http.middleware import finish

app = Chalice(app_name="leadwarden", configure_logs=False)
app.register_middleware(finish, "http")
for resource in (
    session, me, health, reference, organisation, projects, lead_types, campaigns, users, credentials,
    intake, leads, retention, blocks, leads_stream, people_stream, ledger_stream, erasure_schedule,
):  # fmt: skip
    app.register_blueprint(resource)
