"""The bucket of the seals, whose files are written once and locked (Amazon S3, PRI-32)."""

import functools
from typing import Any

from chalicelib import settings
from chalicelib.core.errors import Unavailable

_TIMEOUT_S = 10
_EXISTS = ("PreconditionFailed", "ConditionalRequestConflict")
_ABSENT = ("NoSuchKey", "404")


def put(key: str, content: bytes) -> bool:
    """Write a file unless the key exists; return True if this call wrote it. Raise Unavailable without an answer."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        _client().put_object(
            Bucket=_bucket(), Key=key, Body=content, ContentType="application/json", IfNoneMatch="*"
        )
    except (BotoCoreError, ClientError) as error:
        if _code_of(error) in _EXISTS:
            return False
        raise _unavailable() from error
    return True


def get(key: str) -> bytes | None:
    """Return a file's content, or None if it is missing; raise Unavailable if S3 does not answer."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        content: bytes = _client().get_object(Bucket=_bucket(), Key=key)["Body"].read()
    except (BotoCoreError, ClientError) as error:
        if _code_of(error) in _ABSENT:
            return None
        raise _unavailable() from error
    return content


def clear_cache() -> None:
    """Clear the client, as in a new process."""
    _client.cache_clear()


def _bucket() -> str:
    name = settings.current().seals_bucket
    if not name:
        raise Unavailable("This deployment has no bucket for seals.")
    return name


def _code_of(error: Exception) -> str:
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))


def _unavailable() -> Unavailable:
    return Unavailable("The bucket of the seals did not answer in time.")


@functools.cache
def _client() -> Any:
    from botocore.config import Config
    from botocore.session import Session

    config = Config(connect_timeout=2, read_timeout=_TIMEOUT_S, retries={"total_max_attempts": 3})
    return Session().create_client("s3", config=config)
