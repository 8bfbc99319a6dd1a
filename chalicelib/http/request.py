"""What a view is given: the request, read, checked and attributed."""

from dataclasses import dataclass
from typing import Generic, cast

from chalice.app import Request
from typing_extensions import TypeVar

from chalicelib import clock
from chalicelib.core.access import Actor
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import Malformed, Unauthenticated

B = TypeVar("B", default=None)
Q = TypeVar("Q", default=None)


@dataclass(slots=True)
class ApiRequest(Generic[B, Q]):
    """One request as a view sees it: who asks, when, the checked body (`B`) and query (`Q`)."""

    raw: Request
    now: int
    route: str
    caller: Actor | None = None
    body: B = cast(B, None)
    query: Q = cast(Q, None)
    confirmation: Confirmation | None = None

    @property
    def actor(self) -> Actor:
        """Return the authenticated caller; raise Unauthenticated where nobody is."""
        if self.caller is None:
            raise Unauthenticated("This needs a credential.")
        return self.caller

    @property
    def raw_body(self) -> bytes:
        """Return the body's bytes; raise Malformed if they cannot be recovered."""
        try:
            return cast(bytes, self.raw.raw_body)
        except ValueError as error:
            raise Malformed("The body cannot be read.") from error

    @property
    def source_ip(self) -> str:
        """Return the address the request came from, as the gateway saw it."""
        return str(self.raw.context.get("identity", {}).get("sourceIp") or "")

    @property
    def request_id(self) -> str:
        """Return the id that stands in `X-Request-Id` and in the log."""
        return request_id_of(self.raw)

    def header(self, name: str) -> str | None:
        """Return a header's value, whatever the case of its name."""
        return cast("str | None", self.raw.headers.get(name))


def request_id_of(request: Request) -> str:
    """Return the gateway's id of a request; one is made, once, where the local gateway gives none."""
    context = request.context
    if not context.get("requestId"):
        context["requestId"] = clock.new_id("req")
    return str(context["requestId"])
