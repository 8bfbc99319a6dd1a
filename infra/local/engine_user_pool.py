"""Run inside the engine: make its user pools refuse what Amazon Cognito refuses.

Without this, the engine accepts any first password and any number of uses of a code, under any session. It finds a user
by the exact case of the sign-in name even where the pool declares `CaseSensitive: false`. More is in
`engine_software_tokens.py`.
"""

# ruff: noqa: SLF001 - the engine offers no other way to change its user pools

import json
import time
from collections.abc import Callable
from typing import Any

_NEW_PASSWORD = "NEW_PASSWORD_REQUIRED"
_CODE = "SOFTWARE_TOKEN_MFA"
_CHALLENGES = (_NEW_PASSWORD, _CODE)
_MINUTES = 3  # Cognito's default for the session of a challenge
_CODE_USED_S = 120

Response = tuple[int, dict[str, Any], Any]


def refuse_as_cognito(cognito: Any) -> None:
    """Replace functions of the engine's Cognito module."""
    challenges = _Challenges(cognito)
    cognito._resolve_user = _in_any_case(cognito)
    cognito._password_auth_result = challenges.remembering(cognito._password_auth_result)
    for name in ("_respond_to_auth_challenge", "_admin_respond_to_auth_challenge"):
        setattr(cognito, name, challenges.checking(getattr(cognito, name)))


def _in_any_case(cognito: Any) -> Callable[..., Any]:
    """Return the look-up of a user by name, in any case where the pool declares it."""
    exact = cognito._resolve_user

    def resolve_user(pool: dict[str, Any], username: str | None) -> Any:
        user, error = exact(pool, username)
        if (
            error is None
            or username is None
            or pool.get("UsernameConfiguration", {}).get("CaseSensitive", True)
        ):
            return user, error
        names = pool.get("UsernameAttributes") or []
        for other in pool["_users"].values():
            attributes = cognito._attr_list_to_dict(other.get("Attributes", []))
            if username.casefold() in {str(attributes.get(name, "")).casefold() for name in names}:
                return other, None
        return user, error

    return resolve_user


class _Challenges:
    """The open sessions of challenges: which user each is for, and until when."""

    def __init__(self, cognito: Any) -> None:
        self._cognito = cognito
        self._open: dict[str, tuple[str, float]] = {}
        self._used: dict[tuple[str, str], float] = {}

    def remembering(self, sign_in: Callable[..., Response]) -> Callable[..., Response]:
        """Return the sign-in with a password, which remembers the session of its challenge."""

        def password_auth_result(
            pool: Any, pool_id: str, client_id: str, user: Any, *more: Any, **named: Any
        ) -> Response:
            response = sign_in(pool, pool_id, client_id, user, *more, **named)
            self._remember(pool, client_id, user, json.loads(response[2]))
            return response

        return password_auth_result

    def checking(self, respond: Callable[[Any], Response]) -> Callable[[Any], Response]:
        """Return the answer to a challenge. It refuses an unknown session, a weak password and a used code.

        A first password does not replace the code of a user who has an authenticator.
        """

        def respond_to_auth_challenge(data: dict[str, Any]) -> Response:
            if data.get("ChallengeName") not in _CHALLENGES:
                return self._error("NotAuthorizedException", "Invalid session for the user.")
            pool, pool_id = self._cognito._pool_for_client(data.get("ClientId"))
            name = data.get("ChallengeResponses", {}).get("USERNAME")
            user, error = self._cognito._resolve_user(pool or {"_users": {}}, name)
            if refusal := self._refusal(data, pool, None if error else user):
                return refusal
            response: Response = respond(data)
            if response[0] == 200:
                del self._open[data["Session"]]
                if data["ChallengeName"] == _CODE:
                    self._used[user["Username"], _code_of(data)] = time.monotonic()
                response = self._next(data, pool, pool_id, user) or response
            return response

        return respond_to_auth_challenge

    def _remember(self, pool: Any, client_id: str, user: Any, answer: dict[str, Any]) -> None:
        if answer.get("ChallengeName") in _CHALLENGES:
            minutes = pool["_clients"].get(client_id, {}).get("AuthSessionValidity") or _MINUTES
            self._open[answer["Session"]] = (user["Username"], time.monotonic() + minutes * 60)

    def _next(self, data: dict[str, Any], pool: Any, pool_id: str, user: Any) -> Response | None:
        """Return the challenge after a first password, if the user has an authenticator."""
        if data["ChallengeName"] != _NEW_PASSWORD:
            return None
        challenge = self._cognito._mfa_challenge_for_user(pool, user, pool_id, user["Username"])
        if challenge is None:
            return None
        self._remember(pool, data["ClientId"], user, challenge)
        response: Response = self._cognito.json_response(challenge)
        return response

    def _refusal(self, data: dict[str, Any], pool: Any, user: Any) -> Response | None:
        expected, ends = self._open.get(data.get("Session", ""), ("", 0.0))
        if user is None or user["Username"] != expected or time.monotonic() > ends:
            return self._error("NotAuthorizedException", "Invalid session for the user.")
        if data["ChallengeName"] == _CODE:
            used_at = self._used.get((user["Username"], _code_of(data)), -_CODE_USED_S)
            if time.monotonic() - used_at < _CODE_USED_S:
                return self._error("ExpiredCodeException", "Your software token has already been used once.")
            return None
        refusal: Response | None = self._cognito._validate_password(
            pool, data["ChallengeResponses"].get("NEW_PASSWORD") or ""
        )
        return refusal

    def _error(self, code: str, message: str) -> Response:
        response: Response = self._cognito.error_response_json(code, message, 400)
        return response


def _code_of(data: dict[str, Any]) -> str:
    return str(data.get("ChallengeResponses", {}).get("SOFTWARE_TOKEN_MFA_CODE", ""))
