"""External services, good and bad: a real server on a local port with the given behaviour."""

import datetime
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Behaviour = Callable[["FakeProvider", socket.socket], None]


@dataclass
class FakeProvider:
    """A server that reads each request completely and then calls `behaves`. `requests` has the requests it received."""

    behaves: Behaviour
    tls: ssl.SSLContext | None = None
    requests: list[bytes] = field(default_factory=list)
    stopped: Event = field(default_factory=Event)
    port: int = 0
    reached: int = 0

    @property
    def url(self) -> str:
        """Return the address."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/check"

    @property
    def last_body(self) -> dict[str, Any]:
        """Return the body of the last request."""
        request: dict[str, Any] = json.loads(self.requests[-1].partition(b"\r\n\r\n")[2])
        return request

    def serve(self, server: socket.socket) -> None:
        """Answer until stopped, each connection in a separate thread."""
        while not self.stopped.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            self.reached += 1
            Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            secure = self.tls.wrap_socket(connection, server_side=True) if self.tls else connection
            self.requests.append(_whole_request(secure))
            self.behaves(self, secure)


@contextmanager
def providing(behaves: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[FakeProvider]:
    """Run a provider on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        provider = FakeProvider(behaves, tls, port=server.getsockname()[1])
        Thread(target=provider.serve, args=(server,), daemon=True).start()
        yield provider
        provider.stopped.set()
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)


def answering(answer: Any, status: str = "200 OK", headers: Mapping[str, str] | None = None) -> Behaviour:
    """Answer with this JSON at once."""
    content = json.dumps(answer).encode()
    lines = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())

    def behave(provider: FakeProvider, connection: socket.socket) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n{lines}\r\n"
        connection.sendall(head.encode() + content)

    return behave


def saying(content: bytes) -> Behaviour:
    """Send exactly these bytes."""
    return lambda provider, connection: connection.sendall(content)


def slow(provider: FakeProvider, connection: socket.socket) -> None:
    """Answer nothing for half a minute."""
    provider.stopped.wait(30)


def dripping_for(seconds: float) -> Behaviour:
    """Send a good answer, one byte every tenth of a second, so that all of it takes this long."""
    padding = b" " * int(seconds * 10)
    content = padding + b'{"line_type": "mobile", "duplicate": false}'
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content)

    def behave(provider: FakeProvider, connection: socket.socket) -> None:
        connection.sendall(head)
        _drip(provider, connection, padding)
        connection.sendall(content[len(padding) :])

    return behave


dripping = dripping_for(60)


def dripping_headers(provider: FakeProvider, connection: socket.socket) -> None:
    """Send one header after the other, without end."""
    _drip(provider, connection, b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 200)


def huge(provider: FakeProvider, connection: socket.socket) -> None:
    """Send a body of many megabytes."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500000000\r\n\r\n")
    for _ in range(500):
        connection.sendall(b" " * 1_000_000)


def _drip(provider: FakeProvider, connection: socket.socket, content: bytes) -> None:
    for item in content:
        if provider.stopped.is_set():
            return
        connection.sendall(bytes([item]))
        time.sleep(0.1)


def _whole_request(connection: socket.socket) -> bytes:
    content = b""
    while b"\r\n\r\n" not in content:
        content += connection.recv(65536) or b"\r\n\r\n"
    head, _, body = content.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ),
        0,
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def self_signed(folder: Path) -> ssl.SSLContext:
    """Return the TLS context of a provider on this machine. Its own authority is `certificate.pem` in the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context
