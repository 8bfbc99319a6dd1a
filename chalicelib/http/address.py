"""The address of this API, for links in mails and pages."""

from typing import Any

from chalicelib import settings
from chalicelib.http.request import ApiRequest


def api_url(call: ApiRequest[Any, Any]) -> str:
    """Return the address of the API without `/v1`: from the settings, else the one this request was sent to."""
    configured_url = settings.current().api_url
    if configured_url:
        return configured_url
    scheme = call.header("x-forwarded-proto") or "https"
    host = call.header("host") or call.raw.context.get("domainName") or "localhost"
    base_path, _, _ = str(call.raw.context.get("path") or "").partition("/v1/")
    return f"{scheme}://{host}{base_path}"
