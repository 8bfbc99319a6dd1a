"""The secrets of the deployment and of services, read from Secrets Manager once in a process."""

import functools

from chalicelib import settings
from chalicelib.aws.clients import client, translate_errors
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
    """Clear the secrets, so that the next use reads them again."""
    _read.cache_clear()


@functools.cache
def _read(secret_id: str) -> bytes:
    with translate_errors(lambda _: Unavailable("A secret of this deployment cannot be read.")):
        manager = client("secretsmanager", connect_timeout_s=_TIMEOUT_S, read_timeout_s=_TIMEOUT_S)
        answer = manager.get_secret_value(SecretId=secret_id)
    return str(answer["SecretString"]).encode()
