"""Only one of several concurrent runs sends a notification (WRK-2, WRK-12, CAM-11)."""

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.aws.dynamodb import batch
from chalicelib.work.store import notifications


@contextmanager
def claim_notification(who: str, what: str, owner: str, now: int, until: int) -> Iterator[None]:
    """Claim until an instant to notify `who` of `what`; release the claim if the notification fails.

    A claim whose answer was lost is recognised by its owner; if the result stays unknown, the claim is released.
    Raise Cancelled if another owner has the claim, and every error of the notification.

    Example:
        >>> with claim_notification("usr_1", "assigned", "run_1", now, now + 60):
        ...     print("The mail is sent.")
        The mail is sent.
        >>> with claim_notification("usr_1", "assigned", "run_2", now, now + 60):
        ...     print("Another run has sent it.")
        Traceback (most recent call last):
            ...
        chalicelib.aws.dynamodb.batch.Cancelled: the transaction was cancelled
    """
    try:
        batch.write_one(notifications.claim(who, what, owner, now, until))
        yield
    except batch.Cancelled:
        raise
    except Exception:
        batch.write_one(notifications.release(who, what, owner))
        raise
