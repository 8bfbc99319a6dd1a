"""The API's own description, and the page that shows it."""

import json

from chalicelib import settings
from chalicelib.http import assets, bodies, openapi
from chalicelib.http.api import PUBLIC, Answer, Api, declarations
from chalicelib.http.call import Call

HTML = "text/html; charset=utf-8"
SCRIPT = "text/javascript; charset=utf-8"
STYLE = "text/css; charset=utf-8"
_PATH = "/v1/openapi.json"

reference = Api(__name__)


@reference.route(_PATH, permission=PUBLIC, media_type=bodies.JSON)
def get_openapi(call: Call) -> Answer:
    """Describe every route of this API as OpenAPI 3.1, made from what the router itself checks."""
    current = settings.current()
    base = current.api_url or str(call.request.context.get("path") or _PATH).removesuffix(_PATH)
    described = openapi.document(declarations(reference.current_app), current.version, base)
    return Answer(200, json.dumps(described))


@reference.route("/docs", permission=PUBLIC, media_type=HTML)
def show_docs(call: Call) -> Answer:
    """Show this API in a browser."""
    return Answer(200, assets.PAGE, {"Content-Type": HTML, "Content-Security-Policy": assets.POLICY})


@reference.route("/docs/start.js", permission=PUBLIC, media_type=SCRIPT)
def get_start(call: Call) -> Answer:
    """Start the page."""
    return Answer(200, assets.START, {"Content-Type": SCRIPT})


@reference.route("/docs/swagger-ui.js", permission=PUBLIC, media_type=SCRIPT)
def get_script(call: Call) -> Answer:
    """Return Swagger UI."""
    return Answer(200, assets.shipped("swagger-ui.js"), {"Content-Type": SCRIPT})


@reference.route("/docs/swagger-ui.css", permission=PUBLIC, media_type=STYLE)
def get_style(call: Call) -> Answer:
    """Return Swagger UI's style."""
    return Answer(200, assets.shipped("swagger-ui.css"), {"Content-Type": STYLE})
