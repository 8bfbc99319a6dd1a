"""The bucket of the seals: files that are written once and locked (Amazon S3, PRI-32)."""

from typing import Any

from chalicelib import settings
from chalicelib.aws.clients import client, translate_errors
from chalicelib.core.errors import Conflict, NotFound, Unavailable

_TIMEOUT_S = 10
_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")
_ABSENT = ("NoSuchKey", "404")


def put(key: str, content: bytes) -> bool:
    """Write a file only where none is; tell whether this call wrote it. Unavailable if S3 does not answer."""
    try:
        with translate_errors(lambda code: Conflict("Taken.") if code in _TAKEN else _unavailable()):
            _client().put_object(
                Bucket=_bucket(), Key=key, Body=content, ContentType="application/json", IfNoneMatch="*"
            )
    except Conflict:
        return False
    return True


def get(key: str) -> bytes | None:
    """Return a file's content, or None if there is none; Unavailable if S3 does not answer."""
    try:
        with translate_errors(lambda code: NotFound("Absent.") if code in _ABSENT else _unavailable()):
            content: bytes = _client().get_object(Bucket=_bucket(), Key=key)["Body"].read()
    except NotFound:
        return None
    return content


def _bucket() -> str:
    name = settings.current().seals_bucket
    if not name:
        raise Unavailable("This deployment seals nothing.")
    return name


def _unavailable() -> Unavailable:
    return Unavailable("The seals did not answer in time.")


def _client() -> Any:
    return client("s3", connect_timeout_s=2, read_timeout_s=_TIMEOUT_S)
