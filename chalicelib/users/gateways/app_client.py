"""The client of the user pool: its secret, and the hash that a call on behalf of a user carries (ACC-11)."""

import base64
import functools
import hashlib
import hmac
from typing import Any

from chalicelib import settings
from chalicelib.aws.clients import client, translate_errors
from chalicelib.core.errors import Unavailable

_TIMEOUT_S = 5


def cognito() -> Any:
    """Return the SDK's client of Amazon Cognito."""
    return client("cognito-idp", connect_timeout_s=_TIMEOUT_S, read_timeout_s=_TIMEOUT_S)


def secret_hash(username: str) -> str:
    """Return the hash of a user name under the secret of the pool's client.

    Without it the pool refuses. The name is the one of the same call. Raise Unavailable if the secret cannot be read.
    """
    client_id = settings.current().pool_client_id
    secret = _secret(settings.current().pool_id, client_id)
    return base64.b64encode(hmac.digest(secret, (username + client_id).encode(), hashlib.sha256)).decode()


def unavailable() -> Unavailable:
    """Return the error for a pool that does not answer."""
    return Unavailable("The user pool did not answer.")


def clear_cache() -> None:
    """Clear the secret, as in a new process."""
    _secret.cache_clear()


@functools.cache
def _secret(pool_id: str, client_id: str) -> bytes:
    """Return the secret, read from the pool. It is stored nowhere else, and a new client has a new one."""
    with translate_errors(lambda _: unavailable()):
        answer = cognito().describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)
    secret = answer["UserPoolClient"].get("ClientSecret")
    if not secret:
        raise unavailable()
    return str(secret).encode()
