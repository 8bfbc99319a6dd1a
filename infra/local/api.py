"""The stack's HTTP API as a person or a lead source would use it."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.message import Message
from typing import Any

from infra.local.stack_config import LocalStackError

_TIMEOUT_S = 120


@dataclass(frozen=True)
class Answer:
    """What came back: status, lower-case headers, raw body."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        """The body as JSON, None when there is none."""
        return json.loads(self.content) if self.content else None


@dataclass(frozen=True)
class Api:
    """A caller of the API: its address and, once signed in, its token."""

    url: str
    token: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_holder_of(self, token: str) -> "Api":
        """Return the same API called with a source credential or an ID token."""
        return replace(self, token=token)

    def signed_in(self, email: str, password: str) -> "Api":
        """Return the API called as this user."""
        answer = self.post("/v1/session", {"email": email, "password": password})
        return self.as_holder_of(_ok(answer, "POST /v1/session")["id_token"])

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

    def confirmed(self, method: str, path: str, body: Mapping[str, Any]) -> Answer:
        """Send, and where a confirmation is asked for (RET-12) repeat with its token; return the last answer."""
        answer = self.send(method, path, json.dumps(body).encode())
        if answer.status == 409 and "confirm" in (answer.body or {}):
            answer = self._confirm(method, path, body, answer.body["confirm"])
        return answer

    def _confirm(self, method: str, path: str, body: Mapping[str, Any], token: str) -> Answer:
        if method == "DELETE":
            return self.send(method, f"{path}?confirm={token}")
        return self.send(method, path, json.dumps({**body, "confirm": token}).encode())

    def made(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create a thing, confirming where that is asked for, and return it; any refusal is an error."""
        return _ok(self.confirmed("POST", path, body), f"POST {path}")

    def changed(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Change a thing likewise."""
        return _ok(self.confirmed("PATCH", path, body), f"PATCH {path}")

    def send(
        self, method: str, path: str, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request; a refusal is an answer like any other."""
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
