"""Mail to users of the organisation (Amazon SES): ids and links, never personal data of a lead (WRK-2, WRK-12)."""

import functools
from typing import Any

from chalicelib import settings
from chalicelib.core.errors import Unavailable

_TIMEOUT_S = 10


def is_on() -> bool:
    """Return True if this deployment sends mail, because a sender is set."""
    return bool(settings.current().mail_from)


def send(to: str, subject: str, text: str) -> None:
    """Send one mail; raise Unavailable if SES refuses it. The address is in no error and no log."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        _client().send_email(
            Source=settings.current().mail_from,
            Destination={"ToAddresses": [to]},
            Message={
                "Subject": {"Data": subject, "Charset": "UTF-8"},
                "Body": {"Text": {"Data": text, "Charset": "UTF-8"}},
            },
        )
    except (BotoCoreError, ClientError):
        raise Unavailable("The mail could not be sent.") from None


def clear_cache() -> None:
    """Clear the client, as in a new process."""
    _client.cache_clear()


@functools.cache
def _client() -> Any:
    from botocore.config import Config
    from botocore.session import Session

    config = Config(connect_timeout=2, read_timeout=_TIMEOUT_S, retries={"total_max_attempts": 3})
    return Session().create_client("ses", config=config)
