"""The API as a WSGI application: every request goes through Chalice's test client, in this process."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from threading import Thread
from typing import Any
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

from chalice.test import Client

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


def serving(client: Client) -> Callable[[dict[str, Any], StartResponse], Iterable[bytes]]:
    """Return a WSGI application that hands every request to the client, its path as it was sent."""

    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        address = urlsplit(environ["REQUEST_URI"])
        path = address.path + (f"?{address.query}" if address.query else "")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = client.http.request(environ["REQUEST_METHOD"], path, headers=_headers(environ), body=body)
        status = HTTPStatus(answer.status_code)
        start_response(f"{status.value} {status.phrase}", list(answer.headers.items()))
        return [answer.body]

    return application


class _Handler(WSGIRequestHandler):
    def get_environ(self) -> dict[str, Any]:
        return {**super().get_environ(), "REQUEST_URI": self.path}

    def log_message(self, *args: Any) -> None:
        return


@contextmanager
def listening(client: Client) -> Iterator[str]:
    """Serve the API on a local port and return its address."""
    server = make_server("127.0.0.1", 0, serving(client), handler_class=_Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    sent = {
        name[5:].replace("_", "-").title(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    if environ.get("CONTENT_TYPE"):
        sent["Content-Type"] = environ["CONTENT_TYPE"]
    return sent
