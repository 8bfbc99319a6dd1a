"""Mail through SES (WRK-2, WRK-12)."""

from typing import Any

import boto3
import pytest

from chalicelib import settings
from chalicelib.aws import ses
from chalicelib.core.errors import Unavailable


def test_WRK_2_a_mail_goes_from_the_set_sender_to_one_agent(outbox: Any) -> None:
    ses.send("agent@example.com", "1 lead assigned to you", "… and a link")
    (sent,) = outbox
    assert sent.source == "leads@example.com"
    assert [to for several in sent.destinations.values() for to in several] == ["agent@example.com"]
    assert (sent.subject, sent.body) == ("1 lead assigned to you", "… and a link")


def test_WRK_2_a_mail_ses_refuses_is_unavailable_without_the_address(
    outbox: Any, caplog: pytest.LogCaptureFixture
) -> None:
    boto3.client("ses").delete_identity(Identity="leads@example.com")
    with pytest.raises(Unavailable) as caught:
        ses.send("agent@example.com", "Subject", "Text")
    assert "agent@" not in caught.value.message
    assert "agent@" not in caplog.text
    assert caught.value.__suppress_context__
    assert outbox == []


def test_WRK_2_without_a_sender_no_mail_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not ses.is_on()
    monkeypatch.setenv("MAIL_FROM", "leads@example.com")
    settings.current.cache_clear()
    assert ses.is_on()
