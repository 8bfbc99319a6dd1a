"""The secrets of the deployment and of services, read from Secrets Manager once in a process."""

import functools
from typing import Any

from chalicelib import settings
from chalicelib.core.errors import Unavailable

_TIMEOUT_S = 3


def contacts_key() -> bytes:
    """Return the key of contact refs; raise Unavailable if it cannot be read (fail closed)."""
    return _read(settings.current().contacts_secret)


def identity_key() -> bytes:
    """Return the key of lead ids, digests and campaign passwords; raise Unavailable if it cannot be read."""
    return _read(settings.current().identity_secret)


def signing_key() -> bytes:
    """Return the key of cursors, confirmations and opaque ids; raise Unavailable if it cannot be read."""
    return _read(settings.current().signing_secret)


def service_secret(name: str) -> bytes:
    """Return the secret of a validation service by its short name; raise Unavailable if it cannot be read.

    The prefix separates a name typed by a user from the deployment's own keys.
    """
    return _read(f"leadwarden-{settings.current().stage}-service-{name}")


def clear_cache() -> None:
    """Clear the secrets and the client, so that the next use reads again."""
    _read.cache_clear()
    _client.cache_clear()


@functools.cache
def _read(secret_id: str) -> bytes:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = _client().get_secret_value(SecretId=secret_id)
    except (BotoCoreError, ClientError) as error:
        raise Unavailable("A secret of this deployment cannot be read.") from error
    return str(answer["SecretString"]).encode()


@functools.cache
def _client() -> Any:
    from botocore.config import Config
    from botocore.session import Session

    config = Config(connect_timeout=_TIMEOUT_S, read_timeout=_TIMEOUT_S, retries={"total_max_attempts": 3})
    return Session().create_client("secretsmanager", config=config)
