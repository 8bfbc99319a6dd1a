"""Requests to providers over HTTPS: JSON in, JSON out, within a bounded time (CAM-13).

A campaign names the provider, so its address is not trusted: https only, no redirects, and all addresses of the host
must be public. The connection goes to the address that was checked. Questions are sent in the body, never in the
address. An error has one word only.
"""

import contextlib
import functools
import io
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import field
from http.client import HTTPException, HTTPResponse
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

from chalicelib import settings
from chalicelib.aws import secrets
from chalicelib.core.errors import RequestFault, Unavailable
from chalicelib.core.providers import is_https, is_secret_name
from chalicelib.core.quick_dataclass import dataclass

CONNECT_S = 1.0
LARGEST = 64 * 1024
_PROTOCOLS = ipaddress.ip_network("192.0.0.0/24")  # some Python versions count parts of it as public


class ProviderError(Exception):
    """The provider gave no usable answer; `code` is one word, and so is the message."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class ServiceKey:
    """The secret of a service: the one host it may be sent to, a header's value, a key for hashes."""

    host: str
    authorization: str = field(default="", repr=False)
    key: bytes = field(default=b"", repr=False)


def post_json(
    url: str,
    question: Mapping[str, Any],
    *,
    until: float,
    key: ServiceKey | None = None,
    method: str = "POST",
) -> dict[str, Any]:
    """Return the JSON object a provider answers; raise ProviderError if none came by `until` (monotonic seconds)."""
    parts = _checked(url)
    if key is not None and key.host != parts.hostname:
        raise ProviderError("secret")
    try:
        return _exchange(parts, _request(parts, question, key, method), until)
    except TimeoutError:
        raise ProviderError("timeout") from None
    except (OSError, HTTPException, ValueError):  # their messages may repeat the question or the answer
        raise ProviderError("unreachable") from None


def service_key(name: str) -> ServiceKey:
    """Return a service's secret by its short name; raise ProviderError if it is missing or not valid."""
    if not is_secret_name(name):
        raise ProviderError("secret")
    try:
        secret = json.loads(secrets.service_secret(name))
        return ServiceKey(secret["host"], secret.get("authorization", ""), secret.get("key", "").encode())
    except (Unavailable, RequestFault, ValueError, TypeError, KeyError, AttributeError):
        raise ProviderError("secret") from None


def clear_cache() -> None:
    """Clear the TLS context, as in a new process."""
    _trust.cache_clear()


def _checked(url: str) -> SplitResult:
    parts = urlsplit(url)
    if is_https(url) or (_loopback_allowed() and parts.scheme == "http" and parts.hostname):
        return parts
    raise ProviderError("address")


def _loopback_allowed() -> bool:
    """Return True in a deployment for tests, whose services run on the same machine."""
    return settings.current().services_loopback == "allowed"


def _request(parts: SplitResult, question: Mapping[str, Any], key: ServiceKey | None, method: str) -> bytes:
    body = json.dumps(question, separators=(",", ":")).encode()
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Content-Type: application/json",
        "Accept: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *([f"Authorization: {key.authorization}"] if key and key.authorization else []),
    ]
    if any("\r" in line or "\n" in line for line in lines):
        raise ProviderError("secret")
    return "\r\n".join((*lines, "", "")).encode("latin-1", "replace") + body


def _exchange(parts: SplitResult, request: bytes, until: float) -> dict[str, Any]:
    with _connected(parts, until) as connection:
        connection.settimeout(_left(until))
        connection.sendall(request)
        answer = HTTPResponse(cast(socket.socket, _TimedReader(connection, until)))
        answer.begin()
        if 300 <= answer.status < 400:
            raise ProviderError("redirect")
        if answer.status != 200:
            raise ProviderError("status")
        body = answer.read(LARGEST + 1)
        if len(body) > LARGEST:
            raise ProviderError("too_large")
        if answer.length:
            raise ProviderError("incomplete")
        return _object(body)


def _object(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        raise ProviderError("not_json") from None
    if not isinstance(answer, dict):
        raise ProviderError("not_json")
    return answer


@contextlib.contextmanager
def _connected(parts: SplitResult, until: float) -> Iterator[socket.socket]:
    host = str(parts.hostname)
    raw = _socket_to(_addresses(host, parts.port or (443 if parts.scheme == "https" else 80)), until)
    with contextlib.closing(raw):
        if parts.scheme == "http":
            yield raw
            return
        raw.settimeout(_left(until))
        with _trust().wrap_socket(raw, server_hostname=host) as secure:
            yield secure


def _addresses(host: str, port: int) -> list[tuple[str, int]]:
    """Return the addresses of a host; raise ProviderError unless all are public: one private one is enough for SSRF."""
    resolved = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    ips = list(dict.fromkeys(str(entry[4][0]) for entry in resolved))
    if not ips or not all(_is_allowed(ip) for ip in ips):
        raise ProviderError("address")
    return [(ip, port) for ip in ips]


def _is_allowed(ip: str) -> bool:
    address = ipaddress.ip_address(ip.partition("%")[0])
    return _is_public(address) or (address.is_loopback and _loopback_allowed())


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return True for a global unicast address that is neither reserved nor routed elsewhere by a rule."""
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    if address.version == 4:
        return address not in _PROTOCOLS
    return not (address.is_site_local or address.sixtofour)


def _socket_to(addresses: list[tuple[str, int]], until: float) -> socket.socket:
    for address in addresses[:-1]:
        with contextlib.suppress(OSError):
            return socket.create_connection(address, min(CONNECT_S, _left(until)))
    return socket.create_connection(addresses[-1], min(CONNECT_S, _left(until)))


def _left(until: float) -> float:
    """Return the remaining seconds; raise TimeoutError if no time remains."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _TimedReader(io.RawIOBase):
    """The bytes of an answer. Every read is bounded by the whole time that remains.

    A peer that sends one byte a second gets no more time than one that sends nothing.
    """

    def __init__(self, connection: socket.socket, until: float) -> None:
        super().__init__()
        self._connection = connection
        self._until = until
        self._most = 2 * LARGEST

    def makefile(self, *_: Any) -> io.BufferedReader:
        """Return a buffered reader, as a socket does."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with the bytes that arrived; raise TimeoutError at the end of the time."""
        self._connection.settimeout(_left(self._until))
        count = self._connection.recv_into(buffer)
        self._most -= count
        if self._most < 0:
            raise ProviderError("too_large")
        return count


@functools.cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()
