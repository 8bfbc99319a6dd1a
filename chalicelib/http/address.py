"""Where this API is reached, for whoever has to be told."""

from typing import Any

from chalicelib import settings
from chalicelib.http.request import ApiRequest


def api_url(call: ApiRequest[Any, Any]) -> str:
    """Return the address of the API without `/v1`: the setting's, else the one this request came to."""
    known = settings.current().api_url
    if known:
        return known
    scheme = call.header("x-forwarded-proto") or "https"
    host = call.header("host") or call.raw.context.get("domainName") or "localhost"
    before, _, _ = str(call.raw.context.get("path") or "").partition("/v1/")
    return f"{scheme}://{host}{before}"
