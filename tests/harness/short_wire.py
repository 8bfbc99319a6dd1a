"""The short way from the SDK to moto's tables: no request is signed, built and taken apart again (moto 5.2.5).

Serialising, retries, error classes and every hook of the SDK stay real. What is left out lies below `before-send`:
the HTTP request that moto makes of the one it was given, and takes apart. Only calls about rows take the short way.
moto checks no signature, so none is computed for it. `tests/harness/test_short_ways.py` compares both ways.
"""

import copy
import functools
import itertools
import json
import re
from types import SimpleNamespace
from typing import Any

import moto.cognitoidp.models
import moto.core.responses
from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
from botocore.awsrequest import AWSResponse
from botocore.compat import get_current_datetime
from botocore.context import get_context
from botocore.exceptions import NoCredentialsError
from botocore.session import Session
from botocore.useragent import UserAgentString
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse
from moto.core.models import DEFAULT_ACCOUNT_ID, MockAWS, botocore_stubber, responses_mock
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.utils import get_service_model
from moto.dynamodb.responses import DynamoHandler
from pynamodb.connection.base import Connection

_ABOUT_ROWS = frozenset(
    f"before-send.dynamodb.{operation}"
    for operation in (
        *("GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"),
        *("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"),
    )
)
_HOST = re.compile(r"https://dynamodb\.(?P<region>[^.]+)\.amazonaws\.com/?")
_numbers = itertools.count()
_BINARY = re.compile(rb'"BS?"\s*:')


def shorten() -> None:
    """Take the short way, in this process."""
    _answer_without_a_request()
    _sign_nothing_for_moto()
    _make_sessions_from_a_copy()
    _start_moto_from_a_copy()
    _hook_one_connection()
    _name_the_agent_once()
    _read_the_key_of_user_pools_once()


def _answer_without_a_request() -> None:
    stubber: Any = BotocoreStubber
    handler: Any = DynamoHandler
    responses: Any = moto.core.responses
    long_way = stubber.__call__

    def answer(self: Any, event_name: str, request: Any, **given: Any) -> Any:
        host = _HOST.fullmatch(request.url) if self.enabled and event_name in _ABOUT_ROWS else None
        if host is None:
            return long_way(self, event_name, request, **given)
        status, headers, body = _handler_of(request, host["region"]).call_action()
        raw: Any = MockRawResponse(body)
        return AWSResponse(request.url, status, headers, raw)

    stubber.__call__ = answer
    handler._enrich_response = staticmethod(_with_a_request_id)
    responses.method_names_from_class = functools.cache(responses.method_names_from_class)


def _handler_of(request: Any, region: str) -> Any:
    """Return moto's handler as it is when it has taken a request apart."""
    made: Any = DynamoHandler()
    target, content_type = (_text(request.headers[name]) for name in ("X-Amz-Target", "Content-Type"))
    made.headers = {"x-amz-target": target, "X-Amz-Target": target, "Content-Type": content_type}
    made.current_account, made.region, made.partition = DEFAULT_ACCOUNT_ID, region, "aws"
    made.querystring = made.data = made.uri_match = {}
    made.method, made.uri = request.method, request.url
    made.params = _parameters(request.body, target.rpartition(".")[2])
    made.response_headers = {"server": "amazon.com"}
    return made


def _parameters(body: bytes, operation: str) -> Any:
    """Return what moto reads from a body; binary values alone are not as in the JSON."""
    asked = json.loads(body)
    if not _BINARY.search(body):
        return asked
    model = get_service_model("dynamodb").operation_model(operation)
    parser: Any = PROTOCOL_PARSERS["json"](model, map_type=dict)
    return parser._parse_shape(model.input_shape, asked)


def _with_a_request_id(headers: dict[str, Any], body: Any) -> tuple[dict[str, Any], Any]:
    """Do what moto does for JSON, but count requests; it also searches every body for the id of an XML answer."""
    if "status" in headers:
        headers["status"] = str(headers["status"])
    headers["x-amzn-requestid"] = f"{next(_numbers):052}"
    return headers, body


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _sign_nothing_for_moto() -> None:
    auth: Any = SigV4Auth
    sign = auth.add_auth

    def add_auth(self: Any, request: Any) -> None:
        if type(self) is not auth or not botocore_stubber.enabled:
            sign(self, request)
            return
        if self.credentials is None:
            raise NoCredentialsError
        request.context["timestamp"] = get_current_datetime().strftime(SIGV4_TIMESTAMP)
        self._modify_request_before_signing(request)
        scope = f"Credential={self.scope(request)}"
        request.headers["Authorization"] = f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=none"

    auth.add_auth = add_auth


def _name_the_agent_once() -> None:
    agent: Any = UserAgentString
    name, named = agent.to_string, {}

    def agent_text(self: Any) -> str:
        context = get_context()
        features = frozenset(self._client_features or ()), frozenset(context.features if context else ())
        if (self, features) not in named:
            named[self, features] = name(self)
        return str(named[self, features])

    agent.to_string = agent_text


def _read_the_key_of_user_pools_once() -> None:
    models: Any = moto.cognitoidp.models
    read = models.jwk.RSAKey.import_key
    known: list[Any] = []

    def import_key(content: Any) -> Any:
        if not known:
            known.append(read(content))
        return known[0]

    models.jwk = SimpleNamespace(RSAKey=SimpleNamespace(import_key=import_key))


def _make_sessions_from_a_copy() -> None:
    """Register the SDK's own three hundred hooks once; a further session has a copy of them, once it needs them."""
    session: Any = Session
    register = session._register_builtin_handlers
    registered: list[Any] = []

    def registering(self: Any, events: Any) -> None:
        if not registered:
            register(self, events)
            registered.append(copy.copy(events._emitter))
            return
        events._emitter = self._original_handler = _Hooks(registered[0], events)

    session._register_builtin_handlers = registering


class _Hooks:
    """A session's emitter of events that is copied when it is first used: most clients are made already.

    What boto3 registers with each session waits for the copy.
    """

    def __init__(self, registered: Any, events: Any) -> None:
        self._registered, self._events = registered, events
        self._waiting: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def register(self, *given: Any, **named: Any) -> None:
        self._waiting.append((given, named))

    def __getattr__(self, name: str) -> Any:
        if self._events._emitter is self:
            self._events._emitter = self._copied()
        return getattr(self._events._emitter, name)

    def __copy__(self) -> Any:
        emitter = self._events._emitter
        return self._copied() if emitter is self else copy.copy(emitter)

    def _copied(self) -> Any:
        made = copy.copy(self._registered)
        for given, named in self._waiting:
            made.register(*given, **named)
        return made


def _hook_one_connection() -> None:
    """Keep the hook of the last connection on a client that serves a whole run, not those of all before it."""
    connection: Any = Connection
    client_of = connection.client.fget
    hooked: dict[Any, Any] = {}

    def client(self: Any) -> Any:
        had = self._client
        client = client_of(self)
        if client is not had:
            if client in hooked:
                client.meta.events.unregister("before-send.*.*", hooked[client]._before_send)
            hooked[client] = self
        return client

    connection.client = property(client)


def _start_moto_from_a_copy() -> None:
    """Make the patterns that keep other HTTP clients from AWS once, not for every test."""
    mock: Any = MockAWS
    start = mock._enable_patching
    made: list[Any] = []

    def enable(self: Any, reset: bool = True) -> None:
        if not made:
            start(self, reset)
            made.extend(responses_mock._registry.registered)
            return
        botocore_stubber.enabled = True
        if reset:
            self.reset()
        responses_mock.start()
        responses_mock._registry.registered.extend(made)

    mock._enable_patching = enable
