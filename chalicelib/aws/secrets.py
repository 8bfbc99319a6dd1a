"""The secrets of the deployment and of services, read from Secrets Manager once in a process."""

import functools

from chalicelib import settings
from chalicelib.aws.clients import client, translate_errors
from chalicelib.core.errors import Unavailable

_TIMEOUT_S = 3


def contacts_key(key_id: str | None = None) -> bytes:
    """Return the key of contact refs; raise Unavailable if it cannot be read (fail closed).

    Without an id it is the first key of the deployment. A later key is a version of the same secret, with a label.
    """
    label = None if key_id is None else _label(key_id)
    return _read(settings.current().contacts_secret, label)


def add_contacts_key(key_id: str, key: str) -> None:
    """Store a further key of contact refs beside the first. It is kept as long as it has its label."""
    with translate_errors(lambda _: Unavailable("The new key cannot be stored; nothing was changed.")):
        client("secretsmanager", connect_timeout_s=_TIMEOUT_S, read_timeout_s=_TIMEOUT_S).put_secret_value(
            SecretId=settings.current().contacts_secret, SecretString=key, VersionStages=[_label(key_id)]
        )


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


def _label(key_id: str) -> str:
    return f"contacts-{key_id}"


@functools.cache
def _read(secret_id: str, label: str | None = None) -> bytes:
    with translate_errors(lambda _: Unavailable("A secret of this deployment cannot be read.")):
        manager = client("secretsmanager", connect_timeout_s=_TIMEOUT_S, read_timeout_s=_TIMEOUT_S)
        version = {"VersionStage": label} if label else {}
        answer = manager.get_secret_value(SecretId=secret_id, **version)
    return str(answer["SecretString"]).encode()
