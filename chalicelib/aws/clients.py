"""Create the clients of AWS services, and translate their errors; DynamoDB has its own client (`dynamodb.rows`)."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.core.errors import LeadwardenError, RequestFault, Unavailable

INVALID = frozenset(
    {
        "EntityTooLarge",
        "InvalidArgument",
        "InvalidParameterException",
        "InvalidRequest",
        "InvalidRequestException",
        "ItemCollectionSizeLimitExceeded",
        "ItemCollectionSizeLimitExceededException",
        "KeyTooLongError",
        "MalformedXML",
        "ParamValidationError",
        "SerializationException",
        "ValidationError",
        "ValidationException",
    }
)
"""The codes of requests that can never succeed as they are."""


@functools.cache
def client(
    service: str,
    *,
    connect_timeout_s: int,
    read_timeout_s: int,
    attempts: int = 3,
    retry_mode: str | None = None,
    signature_version: str | None = None,
) -> Any:
    """Return the client of a service with these time limits; it is created on first use and cached for the process.

    `attempts` includes the first call. A time limit applies to one attempt.
    """
    from botocore.config import Config
    from botocore.session import Session

    retries: Any = {"total_max_attempts": attempts}
    if retry_mode is not None:
        retries["mode"] = retry_mode
    config = Config(
        connect_timeout=connect_timeout_s,
        read_timeout=read_timeout_s,
        retries=retries,
        signature_version=signature_version,
    )
    return Session().create_client(service, config=config)


def clear_cache() -> None:
    """Clear the cached clients, so that the next call creates them again."""
    client.cache_clear()


@contextmanager
def translate_errors(error_of: Callable[[str], LeadwardenError], *, chained: bool = True) -> Iterator[None]:
    """Raise the error that `error_of` returns for a service's error code, instead of the SDK's error.

    The code is empty if there was no answer. Without `chained` the new error does not refer to the SDK's error, which
    may repeat what was sent. Raise RequestFault instead of Unavailable if the service, or the SDK before it is asked,
    refuses the request as invalid.

    Example: raise NotFound for a missing file, Unavailable for every other error.

        def _error_of(code: str) -> LeadwardenError:
            return NotFound("There is no such file.") if code == "NoSuchKey" else Unavailable("No answer came.")

        with translate_errors(_error_of):
            client("s3", connect_timeout_s=2, read_timeout_s=10).get_object(Bucket=bucket, Key=key)
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        code = error_code(error)
        translated: Exception = error_of(code)
        if isinstance(translated, Unavailable) and code in INVALID:
            translated = RequestFault("A service refused a request as invalid.")
        if chained:
            raise translated from error
        raise translated from None


def error_code(error: Exception) -> str:
    """Return the code in an error of the SDK; empty if there was no answer.

    `ParamValidationError` if the SDK itself refused the request.
    """
    if type(error).__name__ == "ParamValidationError":
        return "ParamValidationError"
    response: dict[str, Any] = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))
