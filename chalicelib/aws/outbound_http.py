"""Services of others, asked over HTTPS: JSON in, JSON out, in a time that holds whatever the other side does (CAM-13).

A campaign says whom to ask, so the address is not trusted: https only, no redirects, no host that resolves to
anything but public addresses, and the connection goes to the very address that was checked. What is asked about
stands in the body, never in the address. No error says more than a word.
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
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

from chalicelib import settings
from chalicelib.aws import secrets
from chalicelib.core.errors import Unavailable
from chalicelib.core.providers import is_https, is_secret_name

CONNECT_S = 1.0
LARGEST = 64 * 1024
_PROTOCOLS = ipaddress.ip_network("192.0.0.0/24")  # not all of it is private to every Python


class ProviderError(Exception):
    """The service gave no usable answer; `code` is one word and the message says no more."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class ServiceKey:
    """What a secret of a service holds: the one host it may be sent to, a header's value, a key to hash with."""

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
    """Return the JSON object that a service answers; NoAnswer if there is none by `until` (monotonic seconds).

    A key is sent to its own host and to no other, so that whoever may write an address cannot collect it.
    """
    parts = _checked(url)
    if key is not None and key.host != parts.hostname:
        raise ProviderError("secret")
    try:
        return _exchange(parts, _request(parts, question, key, method), until)
    except TimeoutError:
        raise ProviderError("timeout") from None
    except (OSError, HTTPException, ValueError):  # their messages may repeat what was sent or came back
        raise ProviderError("unreachable") from None


def service_key(name: str) -> ServiceKey:
    """Return a service's secret by its short name; NoAnswer where it is missing or not of its form."""
    if not is_secret_name(name):
        raise ProviderError("secret")
    try:
        held = json.loads(secrets.service_secret(name))
        return ServiceKey(held["host"], held.get("authorization", ""), held.get("key", "").encode())
    except (Unavailable, ValueError, TypeError, KeyError, AttributeError):
        raise ProviderError("secret") from None


def clear_cache() -> None:
    """Drop what is kept between questions, as a fresh process would."""
    _trust.cache_clear()


def _checked(url: str) -> SplitResult:
    parts = urlsplit(url)
    if is_https(url) or (_loopback_allowed() and parts.scheme == "http" and parts.hostname):
        return parts
    raise ProviderError("address")


def _loopback_allowed() -> bool:
    """Tell whether this deployment is one for tests, whose services stand on the same machine."""
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
        answer = HTTPResponse(cast(socket.socket, _Received(connection, until)))
        answer.begin()
        if 300 <= answer.status < 400:
            raise ProviderError("redirect")
        if answer.status != 200:
            raise ProviderError("status")
        content = answer.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ProviderError("too_large")
        if answer.length:
            raise ProviderError("incomplete")
        return _object(content)


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
    """Return where a host is; NoAnswer if any of it is not public: one is enough to reach inside (SSRF)."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    ips = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not ips or not all(_may_be_asked(ip) for ip in ips):
        raise ProviderError("address")
    return [(ip, port) for ip in ips]


def _may_be_asked(ip: str) -> bool:
    address = ipaddress.ip_address(ip.partition("%")[0])
    return _is_public(address) or (address.is_loopback and _loopback_allowed())


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Tell whether an address is anybody's: not of a network, a link, a host, nor one that leads to another by rule."""
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
    """Return the seconds that are left; TimeoutError if none are."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Received(io.RawIOBase):
    """What comes in: every read waits for what is left of the whole time, not for a time of its own.

    A peer that sends a byte a second gets no more time for it than one that sends nothing.
    """

    def __init__(self, connection: socket.socket, until: float) -> None:
        super().__init__()
        self._connection = connection
        self._until = until
        self._most = 2 * LARGEST

    def makefile(self, *_: Any) -> io.BufferedReader:
        """Return what is read from, as a socket does."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Tell that this can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with what has come in by the end of the time."""
        self._connection.settimeout(_left(self._until))
        count = self._connection.recv_into(buffer)
        self._most -= count
        if self._most < 0:
            raise ProviderError("too_large")
        return count


@functools.cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()
