"""Status, answer and time of a refusal do not show whether an address is known (ACC-6, ACC-11)."""

import time
from typing import Any

import pytest

from chalicelib import settings
from chalicelib.users.gateways import user_pool
from chalicelib.users.gateways.app_client import cognito
from tests.harness.api import ApiHarness, Reply

KNOWN, UNKNOWN = "ann@example.com", "nobody@example.com"
PASSWORD = "Long-enough-1"
LEAST_S = 0.3


@pytest.fixture(autouse=True)
def known(api: ApiHarness, pool: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One known user, and a deployment that delays refusals."""
    monkeypatch.setenv("REFUSAL_MS", "300")
    settings.current.cache_clear()
    user_pool.invite(KNOWN, "Ann")
    pool.admin_set_user_password(
        UserPoolId=settings.current().pool_id, Username=KNOWN, Password=PASSWORD, Permanent=True
    )


def timed(api: ApiHarness, path: str, body: dict[str, Any]) -> tuple[Reply, float]:
    started = time.monotonic()
    return api.stranger().post(path, body), time.monotonic() - started


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/v1/session", {"password": "Wrong-password-1"}),
        ("/v1/session/forgot", {}),
        ("/v1/session/reset", {"code": "moto-confirmation-code:0", "new_password": "Another-long-1"}),
    ],
)
def test_ACC_6_known_and_unknown_addresses_are_answered_alike(
    api: ApiHarness, path: str, more: dict[str, Any]
) -> None:
    answers = [timed(api, path, {"email": email, **more}) for email in (KNOWN, UNKNOWN)]
    assert len({(reply.status, reply.text) for reply, _ in answers}) == 1
    assert all(seconds >= LEAST_S for _, seconds in answers)


@pytest.mark.parametrize("path", ["/v1/session/forgot", "/v1/session/reset", "/v1/session"])
def test_ACC_6_the_bounds_are_the_same_for_unknown_addresses(
    api: ApiHarness, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFUSAL_MS", "0")
    settings.current.cache_clear()
    more = {
        "/v1/session": {"password": "Wrong-password-1"},
        "/v1/session/reset": {"code": "moto-confirmation-code:0", "new_password": "Another-long-1"},
    }.get(path, {})
    for email in (KNOWN, UNKNOWN):
        statuses = [api.stranger().post(path, {"email": email, **more}).status for _ in range(21)]
        assert statuses[-1] == 429 or statuses.count(429) > 0


@pytest.mark.parametrize("code", ["CodeDeliveryFailureException", "LimitExceededException"])
def test_ACC_6_a_mail_that_cannot_be_sent_says_nothing(api: ApiHarness, code: str) -> None:
    from botocore.exceptions import ClientError

    def failing(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code}}, "ForgotPassword")

    events = cognito().meta.events
    name = "before-call.cognito-identity-provider.ForgotPassword"
    events.register(name, failing)
    try:
        assert api.stranger().post("/v1/session/forgot", {"email": KNOWN}).status == 204
    finally:
        events.unregister(name, failing)
