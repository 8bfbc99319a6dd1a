"""The test client of the API: signed tokens, callers, and items written directly."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
from chalice.test import Client
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from chalicelib import clock, settings
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Permission, Role
from chalicelib.http.router import ANY_USER, PUBLIC, Audience, Requirement
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import ConfigItem
from chalicelib.users.domain import credentials
from chalicelib.users.domain.credentials import Credential
from chalicelib.users.domain.users import User

ISSUER = "https://pool.example.com/test"
AUDIENCE = "test-client"


@dataclass
class Signer:
    """The keys of a user pool: signs ID tokens and serves the key set over HTTP. With `broken` it answers 500."""

    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    kid: str = "key-1"
    url: str = ""
    broken: bool = False
    key_requests: int = 0

    def token(self, subject: str, *, kid: str | None = None, algorithm: str = "RS256", **claims: Any) -> str:
        """Return an ID token. A claim of None is left out."""
        now = clock.now()
        usual = {
            "iss": ISSUER,
            "aud": settings.current().pool_client_id,
            "sub": subject,
            "token_use": "id",
            "iat": now - 5,
            "exp": now + 3600,
        }
        content = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        key = self.key if algorithm == "RS256" else "x" * 64
        return jwt.encode(content, key, algorithm, headers={"kid": kid or self.kid})

    def key_set(self) -> bytes:
        """Return the public key set as the pool serves it."""
        public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return json.dumps({"keys": [{**public, "kid": self.kid, "use": "sig", "alg": "RS256"}]}).encode()


@contextmanager
def serving(signer: Signer) -> Iterator[Signer]:
    """Serve a signer's key set on a local port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            signer.key_requests += 1
            self.send_response(500 if signer.broken else 200)
            self.end_headers()
            self.wfile.write(b"{}" if signer.broken else signer.key_set())

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    signer.url = f"http://127.0.0.1:{server.server_port}/jwks.json"
    try:
        yield signer
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class Reply:
    """The answer to a call of the API."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        """Return the body read as JSON."""
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """Return the code of an error."""
        return str(self.json["error"]["code"])


@dataclass(frozen=True)
class Caller:
    """Calls the API through Chalice's test client, as one user or source."""

    client: Client
    token: str | None = None

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request; a dict is sent as JSON, bytes as they are."""
        sent = {"Content-Type": "application/json"} | dict(headers or {})
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        answer = self.client.http.request(method, path, headers=sent, body=raw or b"")
        return Reply(answer.status_code, dict(answer.headers), answer.body.decode())

    def get(self, path: str, **more: Any) -> Reply:
        """GET."""
        return self("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Reply:
        """POST."""
        return self("POST", path, body, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> Reply:
        """PUT."""
        return self("PUT", path, body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> Reply:
        """PATCH."""
        return self("PATCH", path, body, **more)

    def delete(self, path: str, body: Any = None, **more: Any) -> Reply:
        """DELETE."""
        return self("DELETE", path, body, **more)


def permissions_of(guard: Requirement) -> tuple[Permission, ...]:
    """Return the permissions that a route's requirement names."""
    if isinstance(guard, Audience):
        return ()
    return (guard,) if isinstance(guard, Permission) else guard.permissions


def allows(guard: Requirement, held: frozenset[Permission]) -> bool:
    """Return whether a user with these permissions passes a route's requirement."""
    if isinstance(guard, Audience):
        return guard in (ANY_USER, PUBLIC)
    return guard in held if isinstance(guard, Permission) else guard.allows(held)


@dataclass(frozen=True)
class ApiHarness:
    """An organisation in the tables, and its callers."""

    client: Client
    signer: Signer

    def stranger(self) -> Caller:
        """Return a caller without a credential."""
        return Caller(self.client)

    def bearer(self, token: str) -> Caller:
        """Return a caller with this token."""
        return Caller(self.client, token)

    def user(
        self,
        role: Role,
        *project_ids: str,
        withdrawn: tuple[Permission, ...] = (),
        user_id: str | None = None,
        **more: Any,
    ) -> Caller:
        """Return a caller that is a new user of these projects."""
        user = User(
            id=user_id or clock.new_id("usr"),
            version=1,
            email=f"{role.value}@example.com",
            name=f"A test {role.value}",
            role=role,
            project_ids=project_ids,
            withdrawn=withdrawn,
            **more,
        )
        add_item(user)
        return Caller(self.client, self.signer.token(user.id))

    def source(self, *campaign_ids: str) -> Caller:
        """Return a caller that is a new source of these campaigns."""
        return Caller(self.client, add_credential(*campaign_ids)[1])


def add_item(thing: ConfigItem) -> None:
    """Write a configuration item."""
    batch.write(configuration.insert(thing), batch.token_of("test", thing.id, clock.new_id("t")))


def add_credential(*campaign_ids: str) -> tuple[Credential, str]:
    """Write a source credential and return it with its token."""
    credential_id = clock.new_id(credentials.KIND)
    token = credentials.token_of(credential_id, clock.new_secret())
    credential = Credential(
        id=credential_id,
        version=1,
        name="A test source",
        campaign_ids=campaign_ids,
        secrets=(credentials.hash_of_token(token),),
    )
    add_item(credential)
    return credential, token
