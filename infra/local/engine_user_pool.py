"""Run inside the engine: make its user pools refuse what Amazon Cognito refuses.

Without this, the engine accepts any first password, under any session, and finds a user by the exact case of the
sign-in name even where the pool declares `CaseSensitive: false`.
"""

# ruff: noqa: SLF001 - the engine offers no other way to change its user pools

import json
import time
from collections.abc import Callable
from typing import Any

_CHALLENGE = "NEW_PASSWORD_REQUIRED"
_SESSION_S = 180  # Cognito's default for the session of a challenge

Response = tuple[int, dict[str, Any], Any]


def refuse_as_cognito(cognito: Any) -> None:
    """Replace four functions of the engine's Cognito module."""
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
    """The open sessions of first sign-ins: which user each is for, and until when."""

    def __init__(self, cognito: Any) -> None:
        self._cognito = cognito
        self._open: dict[str, tuple[str, float]] = {}

    def remembering(self, sign_in: Callable[..., Response]) -> Callable[..., Response]:
        """Return the sign-in with a password, which remembers the session of its challenge."""

        def password_auth_result(
            pool: Any, pool_id: str, client_id: str, user: Any, *more: Any, **named: Any
        ) -> Response:
            response = sign_in(pool, pool_id, client_id, user, *more, **named)
            answer = json.loads(response[2])
            if answer.get("ChallengeName") == _CHALLENGE:
                self._open[answer["Session"]] = (user["Username"], time.monotonic() + _SESSION_S)
            return response

        return password_auth_result

    def checking(self, respond: Callable[[Any], Response]) -> Callable[[Any], Response]:
        """Return the answer to a challenge, which refuses an unknown session and a weak password."""

        def respond_to_auth_challenge(data: dict[str, Any]) -> Response:
            if data.get("ChallengeName") != _CHALLENGE:
                return respond(data)
            if refusal := self._refusal(data):
                return refusal
            response = respond(data)
            if response[0] == 200:
                del self._open[data["Session"]]
            return response

        return respond_to_auth_challenge

    def _refusal(self, data: dict[str, Any]) -> Response | None:
        responses = data.get("ChallengeResponses", {})
        pool, _ = self._cognito._pool_for_client(data.get("ClientId"))
        user, error = self._cognito._resolve_user(pool or {"_users": {}}, responses.get("USERNAME"))
        expected, ends = self._open.get(data.get("Session", ""), ("", 0.0))
        refusal: Response | None
        if error or user["Username"] != expected or time.monotonic() > ends:
            refusal = self._cognito.error_response_json(
                "NotAuthorizedException", "Invalid session for the user.", 400
            )
        else:
            refusal = self._cognito._validate_password(pool, responses.get("NEW_PASSWORD") or "")
        return refusal
