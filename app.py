"""Leadwarden: the Chalice app. `chalicelib/routes.py` says which module serves which route."""

import gc

gc.disable()  # what is imported stays: a search for garbage in it would take a twentieth of a cold start (B5)

from chalicelib import settings  # noqa: E402
from chalicelib.http.lazy_app import LazyChalice  # noqa: E402
from chalicelib.http.middleware import finish  # noqa: E402
from chalicelib.routes import EVENT_FUNCTIONS, ROUTES  # noqa: E402

app = LazyChalice("leadwarden", ROUTES, EVENT_FUNCTIONS)
app.register_middleware(finish, "http")
app.load_for(settings.function_group())
gc.freeze()
gc.enable()
