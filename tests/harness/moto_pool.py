"""Make moto's user pools refuse what Amazon Cognito refuses, where the sign-in depends on it."""

import base64
import functools
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import moto.cognitoidp.models
from moto.cognitoidp.exceptions import (
    CodeMismatchException,
    InvalidParameterException,
    NotAuthorizedError,
    ResourceNotFoundError,
)
from moto.cognitoidp.models import CognitoIdpBackend
from moto.cognitoidp.utils import verify_totp

_NAMES_OF_FLOWS = {
    "ADMIN_USER_PASSWORD_AUTH": "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "USER_PASSWORD_AUTH": "ALLOW_USER_PASSWORD_AUTH",
    "USER_SRP_AUTH": "ALLOW_USER_SRP_AUTH",
    "REFRESH_TOKEN_AUTH": "ALLOW_REFRESH_TOKEN_AUTH",
}


@functools.cache
def refuse_as_cognito() -> None:
    """Refuse flows that the client does not allow, calls without the secret's hash, and unknown sessions.

    Left alone, moto takes any flow, looks at no hash in the calls of an administrator, knows no sessions that are bound
    to a user, shows which users exist, and holds a user's own address for another user's.
    """
    backend: Any = CognitoIdpBackend
    models: Any = moto.cognitoidp.models
    models.verify_totp = functools.partial(verify_totp, valid_window=1)
    backend.admin_initiate_auth = _admin_initiating(backend.admin_initiate_auth)
    backend.initiate_auth = _initiating(backend.initiate_auth)
    backend.respond_to_auth_challenge = _responding(backend.respond_to_auth_challenge)
    backend.confirm_forgot_password = _confirming(backend.confirm_forgot_password)
    backend.admin_update_user_attributes = _updating(backend.admin_update_user_attributes)


def _admin_initiating(initiate: Callable[..., Any]) -> Callable[..., Any]:
    def admin_initiate_auth(
        self: Any, user_pool_id: str, client_id: str, auth_flow: str, auth_parameters: dict[str, str]
    ) -> Any:
        client = self.describe_user_pool(user_pool_id).clients.get(client_id)
        _check(client, auth_flow, auth_parameters)
        if "REFRESH_TOKEN" in auth_parameters:
            _check_owner(self, user_pool_id, auth_parameters)
        return initiate(self, user_pool_id, client_id, auth_flow, auth_parameters)

    return admin_initiate_auth


def _initiating(initiate: Callable[..., Any]) -> Callable[..., Any]:
    def initiate_auth(self: Any, client_id: str, auth_flow: str, auth_parameters: dict[str, str]) -> Any:
        _check(_client(self, client_id), auth_flow, auth_parameters)
        return initiate(self, client_id, auth_flow, auth_parameters)

    return initiate_auth


def _check(client: Any, flow: str, parameters: dict[str, str]) -> None:
    if client is None:
        return
    allowed = client.extended_config.get("ExplicitAuthFlows", [])
    if _NAMES_OF_FLOWS.get(flow) not in allowed:
        raise InvalidParameterException(f"{flow} flow not enabled for this client")
    if "USERNAME" in parameters:
        _require_hash(client, parameters["USERNAME"], parameters.get("SECRET_HASH"))


def _check_owner(backend: Any, user_pool_id: str, parameters: dict[str, str]) -> None:
    """Require the hash of the token's owner: Cognito names the user by the subject where addresses sign in."""
    pool = backend.describe_user_pool(user_pool_id)
    owner = pool.refresh_tokens.get(parameters["REFRESH_TOKEN"])
    if owner is None:
        raise NotAuthorizedError("Invalid Refresh Token")
    client_id, username, _ = owner
    user = backend.admin_get_user(user_pool_id, username)
    _require_hash(pool.clients[client_id], user.id, parameters.get("SECRET_HASH"))


def _responding(respond: Callable[..., Any]) -> Callable[..., Any]:
    def respond_to_auth_challenge(
        self: Any, session: str, client_id: str, challenge_name: str, challenge_responses: dict[str, str]
    ) -> Any:
        username, pool = self.sessions.get(session, ("", None))
        named = challenge_responses.get("USERNAME", "")
        if pool is None or pool._get_user(username) is not pool._get_user(named):
            raise NotAuthorizedError("Invalid session for the user.")
        _require_hash(pool.clients[client_id], named, challenge_responses.get("SECRET_HASH"))
        return respond(self, session, client_id, challenge_name, challenge_responses)

    return respond_to_auth_challenge


def _confirming(confirm: Callable[..., Any]) -> Callable[..., Any]:
    def confirm_forgot_password(self: Any, client_id: str, username: str, *more: str, **named: str) -> None:
        try:
            confirm(self, client_id, username, *more, **named)
        except ResourceNotFoundError:
            if _client(self, client_id) is None:
                raise
            raise CodeMismatchException("Invalid verification code provided.") from None

    return confirm_forgot_password


def _updating(update: Callable[..., Any]) -> Callable[..., Any]:
    def admin_update_user_attributes(
        self: Any, user_pool_id: str, username: str, attributes: list[dict[str, str]]
    ) -> None:
        user = self.admin_get_user(user_pool_id, username)
        own = {"Name": "email", "Value": user.attribute_lookup.get("email")}
        update(self, user_pool_id, username, [each for each in attributes if each != own])

    return admin_update_user_attributes


def _client(backend: Any, client_id: str) -> Any:
    found = (pool.clients.get(client_id) for pool in backend.user_pools.values())
    return next((client for client in found if client), None)


def _require_hash(client: Any, username: str, given: str | None) -> None:
    """Compare the hash over UTF-8, as Cognito does; moto's own check fails for names outside Latin-1."""
    digest = hmac.new(client.secret.encode(), (username + client.id).encode(), hashlib.sha256).digest()
    if client.generate_secret and given != base64.b64encode(digest).decode():
        raise NotAuthorizedError("Unable to verify secret hash for client")
