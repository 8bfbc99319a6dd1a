"""Outbound HTTP: requests, accepted answers, hosts never contacted, and the time limit (CAM-13, CAM-25)."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib import settings
from chalicelib.aws import outbound_http, secrets
from chalicelib.aws.outbound_http import ProviderError, ServiceKey
from tests.harness import fake_provider
from tests.harness.fake_provider import answering, providing, saying, self_signed
from tests.harness.patience import quickest

NUMBER = "+12025550147"


@pytest.fixture
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICES_LOOPBACK", "allowed")
    settings.current.cache_clear()
    outbound_http.clear_cache()


def ask(url: str, seconds: float = 3.0, **more: Any) -> dict[str, Any]:
    return outbound_http.post_json(url, {"phone": NUMBER}, until=time.monotonic() + seconds, **more)


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(ProviderError) as caught:
        call()
    assert str(caught.value) == caught.value.code
    assert NUMBER not in repr(caught.value)
    return caught.value.code


@pytest.mark.usefixtures("_loopback")
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_CAM_13_the_values_are_in_the_body_and_not_in_the_url(method: str) -> None:
    with providing(answering({"line_type": "mobile"})) as service:
        assert ask(service.url, method=method) == {"line_type": "mobile"}

    head = service.requests[0].partition(b"\r\n\r\n")[0]
    assert head.startswith(f"{method} /check HTTP/1.1".encode())
    assert NUMBER.encode() not in head
    assert service.last_body == {"phone": NUMBER}


@pytest.mark.usefixtures("_loopback")
def test_CAM_13_a_key_is_sent_to_its_own_host_only() -> None:
    with providing(answering({})) as service:
        ask(service.url, key=ServiceKey("127.0.0.1", "Bearer s3cret"))
        assert b"Authorization: Bearer s3cret" in service.requests[0]
        assert (
            refusal(lambda: ask(service.url, key=ServiceKey("api.example.com", "Bearer s3cret"))) == "secret"
        )
        assert refusal(lambda: ask(service.url, key=ServiceKey("127.0.0.1", "x\r\nX-More: 1"))) == "secret"
        assert len(service.requests) == 1
    assert "s3cret" not in repr(ServiceKey("127.0.0.1", "Bearer s3cret", b"s3cret"))


@pytest.mark.usefixtures("_loopback")
@pytest.mark.parametrize(
    ("behaves", "code"),
    [
        (answering({}, "500 Internal Server Error"), "status"),
        (answering({}, "404 Not Found"), "status"),
        (answering({}, "302 Found", {"Location": "http://127.0.0.1:1/"}), "redirect"),
        (answering({}, "308 Permanent Redirect", {"Location": "/elsewhere"}), "redirect"),
        (answering([1, 2]), "not_json"),
        (answering("mobile"), "not_json"),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\": \xff1}"), "not_json"),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{}"), "incomplete"),
        (saying(b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 60_000), "not_json"),
        (saying(b"SSH-2.0-OpenSSH_9.6\r\n"), "unreachable"),
        (saying(b""), "unreachable"),
        (fake_provider.huge, "too_large"),
        (saying(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 70_000), "too_large"),
        (saying(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n{}"), "unreachable"),
    ],
)  # fmt: skip
def test_CAM_13_a_bad_answer_is_an_error(behaves: fake_provider.Behaviour, code: str) -> None:
    with providing(behaves) as service:
        assert refusal(lambda: ask(service.url)) == code

    assert len(service.requests) == 1


@pytest.mark.usefixtures("_loopback")
def test_CAM_13_a_chunked_answer_is_read() -> None:
    chunked = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"a": "b"\r\n1\r\n}\r\n0\r\n\r\n'
    with providing(saying(chunked)) as service:
        assert ask(service.url) == {"a": "b"}


@pytest.mark.usefixtures("_loopback")
@pytest.mark.parametrize(
    "behaves", [fake_provider.slow, fake_provider.dripping, fake_provider.dripping_headers]
)
def test_CAM_13_the_time_limit_covers_the_whole_answer(behaves: fake_provider.Behaviour) -> None:
    with providing(behaves) as service:
        refused, waited = quickest(lambda _: refusal(lambda: ask(service.url, 0.6)), below=1.5)
        assert refused == "timeout"
        assert waited < 1.5


@pytest.mark.usefixtures("_loopback")
def test_CAM_13_an_unreachable_host_is_an_error() -> None:
    with providing(answering({})) as service:
        url = service.url
    assert refusal(lambda: ask(url)) == "unreachable"
    assert refusal(lambda: ask("https://nobody.invalid/")) == "unreachable"
    assert refusal(lambda: ask(f"https://{'a' * 70}.example/")) == "unreachable"
    assert refusal(lambda: ask(url, 0)) == "timeout"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "10.0.0.5", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "255.255.255.255", "224.0.0.1", "240.0.0.1", "192.0.0.8", "2130706433", "0x7f.1", "127.1", "[::1]", "[::]",
        "[fd00:ec2::254]", "[fe80::1]", "[fec0::1]", "[ff02::1]", "[::ffff:169.254.169.254]", "[::ffff:8.8.8.8]",
        "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::1]", "[2001::1]", "[::169.254.169.254]",
    ],
)  # fmt: skip
def test_CAM_13_no_internal_address_is_contacted(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr("socket.create_connection", lambda *arguments, **_: opened.append(arguments))

    assert refusal(lambda: ask(f"https://{host}/latest/meta-data")) in ("address", "unreachable")
    assert opened == []


def test_CAM_13_one_internal_address_among_several_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    result = [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", ("10.0.0.5", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: result)

    assert refusal(lambda: ask("https://both.example.com/")) == "address"


def test_CAM_13_the_connection_uses_the_checked_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second lookup could return another address, so the name is looked up once."""
    looked_up, opened = [], []

    def look_up(host: str, *_: object, **__: object) -> list[Any]:
        looked_up.append(host)
        return [(2, 1, 6, "", ("8.8.8.8" if len(looked_up) == 1 else "169.254.169.254", 443))]

    def connect(address: tuple[str, int], timeout: float) -> None:
        opened.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    monkeypatch.setattr("socket.create_connection", connect)

    assert refusal(lambda: ask("https://turning.example.com/")) == "unreachable"
    assert opened == [("8.8.8.8", 443)]
    assert looked_up == ["turning.example.com"]


@pytest.mark.parametrize(
    "url",
    ["http://api.example.com/", "ftp://api.example.com/", "https://", "https://u:p@api.example.com/", "file:///etc/passwd",
     "https://api.example.com/#x", "https://api.example.com:99999/", "https://api.example.com/a b", "//x", ""],
)  # fmt: skip
def test_CAM_13_only_plain_https_urls_are_contacted(url: str) -> None:
    assert refusal(lambda: ask(url)) == "address"


@pytest.mark.usefixtures("_loopback")
def test_CAM_13_an_untrusted_certificate_ends_it_before_sending(tmp_path: Path) -> None:
    with providing(answering({}), tls=self_signed(tmp_path)) as service:
        assert refusal(lambda: ask(service.url)) == "unreachable"
        assert service.requests == []


@pytest.mark.usefixtures("_loopback")
def test_CAM_13_a_trusted_certificate_is_contacted_over_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    outbound_http.clear_cache()
    with providing(answering({"line_type": "fixed"}), tls=context) as service:
        assert ask(service.url) == {"line_type": "fixed"}
    outbound_http.clear_cache()


@pytest.mark.usefixtures("aws")
def test_CAM_13_a_secret_is_found_by_its_short_name_only() -> None:
    manager = boto3.client("secretsmanager")
    held = json.dumps({"host": "api.example.com", "authorization": "Bearer x", "key": "k"})
    manager.create_secret(Name="leadwarden-test-service-lookup", SecretString=held)

    assert outbound_http.service_key("lookup") == ServiceKey("api.example.com", "Bearer x", b"k")
    for name in ("missing", "test/contacts", "../contacts", "", "Lookup", "a" * 65):
        assert refusal(lambda name=name: outbound_http.service_key(name)) == "secret"  # type: ignore[misc]


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("held", ["plain text", "[]", "{}", '{"host": "h", "key": 5}', '"text"', "null"])
def test_CAM_13_a_secret_of_another_form_is_ignored(held: str) -> None:
    boto3.client("secretsmanager").create_secret(Name="leadwarden-test-service-odd", SecretString=held)
    secrets.clear_cache()

    assert refusal(lambda: outbound_http.service_key("odd")) == "secret"
