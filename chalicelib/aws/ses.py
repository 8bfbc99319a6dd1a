"""Mail to users of the organisation (Amazon SES): ids and links, never personal data of a lead (WRK-2, WRK-12)."""

from chalicelib import settings
from chalicelib.aws.clients import client, translate_errors
from chalicelib.core.errors import Unavailable

_TIMEOUT_S = 10


def is_on() -> bool:
    """Return True if this deployment sends mail, because a sender is set."""
    return bool(settings.current().mail_from)


def send(to: str, subject: str, text: str) -> None:
    """Send one mail; raise Unavailable if SES refuses it. The address is in no error and no log."""
    with translate_errors(lambda _: Unavailable("The mail could not be sent."), chained=False):
        client("ses", connect_timeout_s=2, read_timeout_s=_TIMEOUT_S).send_email(
            Source=settings.current().mail_from,
            Destination={"ToAddresses": [to]},
            Message={
                "Subject": {"Data": subject, "Charset": "UTF-8"},
                "Body": {"Text": {"Data": text, "Charset": "UTF-8"}},
            },
        )
