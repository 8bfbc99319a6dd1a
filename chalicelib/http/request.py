"""The request as a view gets it: read, checked, with its caller."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, cast

from chalice.app import Request
from typing_extensions import TypeVar

from chalicelib import clock
from chalicelib.core.access import Actor
from chalicelib.core.errors import NEEDS_CREDENTIAL, Malformed, Unauthenticated

if TYPE_CHECKING:
    from chalicelib.core.confirmations import Confirmation

B = TypeVar("B", default=None)
Q = TypeVar("Q", default=None)


@dataclass(slots=True)
class ApiRequest(Generic[B, Q]):
    """One request as a view sees it: the caller, the time, the checked body (`B`) and query (`Q`)."""

    raw: Request
    now: int
    route: str
    caller: Actor | None = None
    body: B = cast(B, None)
    query: Q = cast(Q, None)
    confirmation: "Confirmation | None" = None
    headers: dict[str, str] | None = None
    """The headers by their names in lower case, after the first was asked for."""

    @property
    def actor(self) -> Actor:
        """Return the authenticated caller; raise Unauthenticated without one."""
        if self.caller is None:
            raise Unauthenticated(NEEDS_CREDENTIAL)
        return self.caller

    @property
    def raw_body(self) -> bytes:
        """Return the body's bytes; raise Malformed if they cannot be decoded."""
        try:
            return cast(bytes, self.raw.raw_body)
        except ValueError as error:
            raise Malformed("The body cannot be read.") from error

    @property
    def source_ip(self) -> str:
        """Return the address of the sender as the gateway saw it."""
        return str(self.raw.context.get("identity", {}).get("sourceIp") or "")

    @property
    def request_id(self) -> str:
        """Return the id in `X-Request-Id` and in the log."""
        return request_id_of(self.raw)

    def header(self, name: str) -> str | None:
        """Return the value of a header, whose name is given in lower case and may be sent in any."""
        if self.headers is None:
            sent = self.raw.to_original_event().get("headers") or {}
            self.headers = {sent_name.lower(): value for sent_name, value in sent.items()}
        return self.headers.get(name)


def request_id_of(request: Request) -> str:
    """Return the gateway's id of a request. The local gateway gives none, so one is made and kept in the context."""
    context = request.context
    if not context.get("requestId"):
        context["requestId"] = clock.new_id("req")
    return str(context["requestId"])
