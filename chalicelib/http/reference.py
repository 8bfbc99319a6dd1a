"""The OpenAPI document of the API, and the page that shows it."""

import json

from chalicelib import settings
from chalicelib.http import assets, bodies, openapi
from chalicelib.http.request import ApiRequest
from chalicelib.http.router import PUBLIC, Api, ApiResponse, route_specs

HTML = "text/html; charset=utf-8"
SCRIPT = "text/javascript; charset=utf-8"
STYLE = "text/css; charset=utf-8"
_PATH = "/v1/openapi.json"

api = Api(__name__)


@api.route(_PATH, permission=PUBLIC, media_type=bodies.JSON)
def get_openapi(request: ApiRequest) -> ApiResponse:
    """Return the OpenAPI 3.1 document of this API."""
    current = settings.current()
    base = current.api_url or str(request.raw.context.get("path") or _PATH).removesuffix(_PATH)
    described = openapi.document(route_specs(api.current_app), current.version, base)
    return ApiResponse(200, json.dumps(described))


@api.route("/docs", permission=PUBLIC, media_type=HTML)
def show_docs(request: ApiRequest) -> ApiResponse:
    """Show this API in a browser."""
    return ApiResponse(200, assets.PAGE, {"Content-Type": HTML, "Content-Security-Policy": assets.POLICY})


@api.route("/docs/start.js", permission=PUBLIC, media_type=SCRIPT)
def get_start(request: ApiRequest) -> ApiResponse:
    """Start the page."""
    return ApiResponse(200, assets.START, {"Content-Type": SCRIPT})


@api.route("/docs/swagger-ui.js", permission=PUBLIC, media_type=SCRIPT)
def get_script(request: ApiRequest) -> ApiResponse:
    """Return Swagger UI."""
    return ApiResponse(200, assets.shipped_file("swagger-ui.js"), {"Content-Type": SCRIPT})


@api.route("/docs/swagger-ui.css", permission=PUBLIC, media_type=STYLE)
def get_style(request: ApiRequest) -> ApiResponse:
    """Return Swagger UI's style."""
    return ApiResponse(200, assets.shipped_file("swagger-ui.css"), {"Content-Type": STYLE})
