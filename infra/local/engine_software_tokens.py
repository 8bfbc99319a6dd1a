"""Run inside the engine: software tokens and attributes of users as Amazon Cognito has them.

Without this, the engine gives a secret to anybody, asks for codes as soon as one was verified, lets a user write every
attribute, and gives two users one address.
"""

# ruff: noqa: SLF001 - the engine offers no other way to change its user pools

from collections.abc import Callable
from typing import Any

Response = tuple[int, dict[str, Any], Any]
Handler = Callable[[dict[str, Any]], Response]


def keep_rules_of_cognito(cognito: Any) -> None:
    """Replace functions of the engine's Cognito module."""
    cognito._associate_software_token = _for_users(cognito, cognito._associate_software_token)
    cognito._verify_software_token = _verifying(cognito, cognito._verify_software_token)
    cognito._admin_set_user_mfa_preference = _preferring(cognito, cognito._admin_set_user_mfa_preference)
    cognito._update_user_attributes = _writing(cognito, cognito._update_user_attributes)
    cognito._admin_update_user_attributes = _addressing(cognito, cognito._admin_update_user_attributes)


def _for_users(cognito: Any, handler: Handler) -> Handler:
    def answer(data: dict[str, Any]) -> Response:
        if cognito._user_for_access_token(data.get("AccessToken")) is None:
            return _error(cognito, "NotAuthorizedException", "Invalid Access Token")
        return handler(data)

    return answer


def _verifying(cognito: Any, verify: Handler) -> Handler:
    """Return the verification, after which codes are asked for only once the preference says so."""

    def answer(data: dict[str, Any]) -> Response:
        user = cognito._user_for_access_token(data.get("AccessToken"))
        before = list(user.get("_mfa_enabled", ())), user.get("_preferred_mfa", "")
        response = verify(data)
        user["_mfa_enabled"], user["_preferred_mfa"] = before
        return response

    return _for_users(cognito, answer)


def _preferring(cognito: Any, prefer: Handler) -> Handler:
    def answer(data: dict[str, Any]) -> Response:
        pool, error = cognito._resolve_pool(data.get("UserPoolId"))
        user, missing = (None, error) if error else cognito._resolve_user(pool, data.get("Username"))
        wanted = data.get("SoftwareTokenMfaSettings", {}).get("Enabled")
        if not missing and user and wanted and not user.get("_totp_secret"):
            return _error(cognito, "InvalidParameterException", "User has not verified software token mfa")
        return prefer(data)

    return answer


def _writing(cognito: Any, update: Handler) -> Handler:
    """Return the update of a user's own attributes, which refuses those that the client may not write."""

    def answer(data: dict[str, Any]) -> Response:
        claims = cognito._token_claims(data.get("AccessToken")) or {}
        pool, _ = cognito._pool_for_client(claims.get("client_id"))
        client = (pool or {"_clients": {}})["_clients"].get(claims.get("client_id"), {})
        writable = client.get("WriteAttributes")
        names = {attribute["Name"] for attribute in data.get("UserAttributes", ())}
        if writable and not names <= set(writable):
            message = "A client attempted to write unauthorized attribute"
            return _error(cognito, "NotAuthorizedException", message)
        return update(data)

    return answer


def _addressing(cognito: Any, update: Handler) -> Handler:
    """Return an administrator's update, which refuses an address that another user signs in with."""

    def answer(data: dict[str, Any]) -> Response:
        pool, error = cognito._resolve_pool(data.get("UserPoolId"))
        if not error:
            own, _ = cognito._resolve_user(pool, data.get("Username"))
            for attribute in data.get("UserAttributes", ()):
                if attribute["Name"] in (pool.get("UsernameAttributes") or ()):
                    other, missing = cognito._resolve_user(pool, attribute["Value"])
                    if not missing and other is not own:
                        message = "An account with the given email already exists."
                        return _error(cognito, "AliasExistsException", message)
        return update(data)

    return answer


def _error(cognito: Any, code: str, message: str) -> Response:
    response: Response = cognito.error_response_json(code, message, 400)
    return response
