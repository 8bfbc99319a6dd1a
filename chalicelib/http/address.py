"""Where this API is reached, for whoever has to be told."""

from typing import Any

from chalicelib import settings
from chalicelib.http.call import Call


def api_url(call: Call[Any, Any]) -> str:
    """Return the address of the API without `/v1`: the setting's, else the one this request came to."""
    known = settings.current().api_url
    if known:
        return known
    scheme = call.header("x-forwarded-proto") or "https"
    host = call.header("host") or call.request.context.get("domainName") or "localhost"
    before, _, _ = str(call.request.context.get("path") or "").partition("/v1/")
    return f"{scheme}://{host}{before}"
