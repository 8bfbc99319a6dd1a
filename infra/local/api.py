"""A client of the stack's HTTP API, for people and for lead sources."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.message import Message
from typing import Any

from infra.local.stack_config import LocalStackError

_TIMEOUT_S = 600


@dataclass(frozen=True)
class Answer:
    """An answer: status, lower-case headers, raw body."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        """The body as JSON; None for an empty body."""
        return json.loads(self.content) if self.content else None


@dataclass(frozen=True)
class Api:
    """A caller of the API: the address and, after the sign-in, the token."""

    url: str
    token: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_token(self, token: str) -> "Api":
        """Return a caller with this source credential or ID token."""
        return replace(self, token=token)

    def sign_in(self, email: str, password: str) -> "Api":
        """Return a caller that is signed in as this user."""
        answer = self.post("/v1/session", {"email": email, "password": password})
        return self.with_token(_ok(answer, "POST /v1/session")["id_token"])

    def get(self, path: str) -> Answer:
        """GET a path (with its query)."""
        return self.send("GET", path)

    def post(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        """POST a JSON body."""
        return self.send("POST", path, json.dumps(body).encode(), headers)

    def put(self, path: str, body: Any) -> Answer:
        """PUT a JSON body."""
        return self.send("PUT", path, json.dumps(body).encode())

    def patch(self, path: str, body: Any) -> Answer:
        """PATCH with a JSON body."""
        return self.send("PATCH", path, json.dumps(body).encode())

    def confirm(self, method: str, path: str, body: Mapping[str, Any]) -> Answer:
        """Send a request, and again with the token where the API asks to confirm (RET-12); return the last answer."""
        answer = self.send(method, path, json.dumps(body).encode())
        if answer.status == 409 and "confirm" in (answer.body or {}):
            answer = self._repeat(method, path, body, answer.body["confirm"])
        return answer

    def _repeat(self, method: str, path: str, body: Mapping[str, Any], token: str) -> Answer:
        if method == "DELETE":
            return self.send(method, f"{path}?confirm={token}")
        return self.send(method, path, json.dumps({**body, "confirm": token}).encode())

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create an item, confirm where asked, and return it; raise LocalStackError for a refusal."""
        return _ok(self.confirm("POST", path, body), f"POST {path}")

    def update(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Update an item, confirm where asked, and return it; raise LocalStackError for a refusal."""
        return _ok(self.confirm("PATCH", path, body), f"PATCH {path}")

    def send(
        self, method: str, path: str, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request and return its answer, also a refusal."""
        sent = {"Content-Type": "application/json", **self.headers, **(headers or {})}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.url + path, data=content, headers=sent, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_TIMEOUT_S) as answer:
                return Answer(answer.status, _lower(answer.headers), answer.read())
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, _lower(refused.headers), refused.read())


def _lower(headers: "Message[str, str]") -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _ok(answer: Answer, what: str) -> dict[str, Any]:
    if answer.status not in (200, 201):
        raise LocalStackError(f"{what} answered {answer.status}: {answer.content.decode(errors='replace')}")
    body: dict[str, Any] = answer.body
    return body
