"""Signing in and out (ACC-1)."""

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.http.schemas.base import Contract, optional_field
from chalicelib.users.domain.session import NewPasswordNeeded, Session

SignInEmail = Annotated[str, Field(min_length=3, max_length=320, pattern=r"^[^\s@]+@[^\s@]+$")]
Password = Annotated[str, Field(min_length=1, max_length=256)]
Opaque = Annotated[str, Field(min_length=1, max_length=4096)]


class SignIn(Contract):
    """An address and its password."""

    email: SignInEmail
    password: Password


class FirstPassword(Contract):
    """The new password of a first sign-in, with the session of its challenge."""

    email: SignInEmail
    session: Opaque
    new_password: Password


class Refresh(Contract):
    """The refresh token of a sign-in."""

    refresh_token: Opaque


class PasswordForgotten(Contract):
    """The address to which a code is sent."""

    email: SignInEmail


class PasswordReset(Contract):
    """The code that was sent, and the new password."""

    email: SignInEmail
    code: Annotated[str, Field(min_length=1, max_length=64)]
    new_password: Password


class SessionResponse(Contract):
    """Either the tokens of a session, or the challenge of a first sign-in with its session."""

    id_token: str | None = optional_field("The token for `Authorization: Bearer …`.")
    refresh_token: str | None = optional_field("For a new ID token, until it expires or the user signs out.")
    expires_in: int | None = optional_field("How many seconds the ID token is valid.")
    challenge: Literal["new_password"] | None = optional_field("A first sign-in: set a password.")
    session: str | None = optional_field("To send with the answer to the challenge.")

    @classmethod
    def of(cls, result: Session | NewPasswordNeeded) -> "SessionResponse":
        """Return the result of a sign-in as the API shows it."""
        if isinstance(result, NewPasswordNeeded):
            return cls(challenge="new_password", session=result.session)
        return cls(id_token=result.id_token, refresh_token=result.refresh_token, expires_in=result.expires_in)
