"""The bucket of the seals, whose files are written once and locked (Amazon S3, PRI-32)."""

from typing import Any

from chalicelib import settings
from chalicelib.aws.clients import client, translate_errors
from chalicelib.core.errors import Conflict, LeadwardenError, NotFound, Unavailable

_TIMEOUT_S = 10
_EXISTS = ("PreconditionFailed", "ConditionalRequestConflict")
_ABSENT = ("NoSuchKey", "404")


def put(key: str, content: bytes) -> bool:
    """Write a file unless the key exists; return True if this call wrote it. Raise Unavailable without an answer."""
    try:
        with translate_errors(_error_of_put):
            _client().put_object(
                Bucket=_bucket(), Key=key, Body=content, ContentType="application/json", IfNoneMatch="*"
            )
    except Conflict:
        return False
    return True


def get(key: str) -> bytes | None:
    """Return a file's content, or None if it is missing; raise Unavailable if S3 does not answer."""
    try:
        with translate_errors(_error_of_get):
            content: bytes = _client().get_object(Bucket=_bucket(), Key=key)["Body"].read()
    except NotFound:
        return None
    return content


def _bucket() -> str:
    name = settings.current().seals_bucket
    if not name:
        raise Unavailable("This deployment has no bucket for seals.")
    return name


def _error_of_put(code: str) -> LeadwardenError:
    return Conflict("The file already exists.") if code in _EXISTS else _unavailable()


def _error_of_get(code: str) -> LeadwardenError:
    return NotFound("There is no such file.") if code in _ABSENT else _unavailable()


def _unavailable() -> Unavailable:
    return Unavailable("The bucket of the seals did not answer in time.")


def _client() -> Any:
    return client("s3", connect_timeout_s=2, read_timeout_s=_TIMEOUT_S)
