"""One of several runs at once tells somebody something, and only one (WRK-2, WRK-12, CAM-11)."""

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.aws.dynamodb import batch
from chalicelib.work.store import notifications


@contextmanager
def claim_notification(who: str, what: str, owner: str, now: int, until: int) -> Iterator[None]:
    """Claim until an instant to be the one who tells `who`, and give the claim back if the telling fails.

    A claim whose answer was lost is known by its holder; where it stays unknown, it is given back. Raises Cancelled
    if it is another's, and whatever the telling raises.

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
