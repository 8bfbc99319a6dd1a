"""Leadwarden: the Chalice app. `chalicelib/routes.py` says which module serves which route."""

from chalicelib import settings
from chalicelib.http.lazy_app import LazyChalice
from chalicelib.http.middleware import finish
from chalicelib.routes import EVENT_FUNCTIONS, ROUTES

app = LazyChalice("leadwarden", ROUTES, EVENT_FUNCTIONS)
app.register_middleware(finish, "http")
app.load_for(settings.function_group())
