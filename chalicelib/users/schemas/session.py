"""Signing in and out (ACC-1, ACC-11)."""

from typing import Annotated

from pydantic import Field

from chalicelib.http.schemas.base import Contract, optional_field
from chalicelib.http.schemas.values import optional
from chalicelib.users.domain.session import Challenge, ChallengeName, Session

SignInEmail = Annotated[str, Field(min_length=3, max_length=320, pattern=r"^[^\s@]+@[^\s@]+$")]
Password = Annotated[str, Field(min_length=1, max_length=256)]
Opaque = Annotated[str, Field(min_length=1, max_length=4096)]
TotpCode = Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class _WithDevice(Contract):
    device: Opaque | None = optional("What the last sign-in answered as `device`, if the caller has one.")


class SignIn(_WithDevice):
    """An address and its password, and the device of an earlier sign-in."""

    email: SignInEmail
    password: Password


class FirstPassword(Contract):
    """The new password of a first sign-in, with the session of its challenge."""

    email: SignInEmail
    session: Opaque
    new_password: Password


class TotpAnswer(Contract):
    """The code that the user's authenticator shows, with the session of the challenge."""

    session: Opaque
    code: TotpCode


class Refresh(Contract):
    """The refresh token of a sign-in."""

    refresh_token: Opaque


class PasswordForgotten(_WithDevice):
    """The address to which a code is sent."""

    email: SignInEmail


class PasswordReset(_WithDevice):
    """The code that was sent, and the new password."""

    email: SignInEmail
    code: Annotated[str, Field(min_length=1, max_length=64)]
    new_password: Password


class SessionResponse(Contract):
    """Either the tokens of a session, or the challenge that comes next, with its session."""

    id_token: str | None = optional_field("The token for `Authorization: Bearer …`.")
    refresh_token: str | None = optional_field("For a new ID token, until it expires or the user signs out.")
    expires_in: int | None = optional_field("How many seconds the ID token is valid.")
    device: str | None = optional_field("To send with the next sign-in of this user, for 90 days.")
    challenge: ChallengeName | None = optional_field(
        "What is needed: `new_password` (a first sign-in), `totp` (a code), `totp_setup` (the first code of `secret`)."
    )
    session: str | None = optional_field("To send with the answer to the challenge, within ten minutes.")
    secret: str | None = optional_field("The secret for the user's authenticator, in base32.")

    @classmethod
    def of(cls, result: Session | Challenge) -> "SessionResponse":
        """Return the result of a sign-in as the API shows it."""
        if isinstance(result, Challenge):
            return cls(challenge=result.challenge, session=result.session, secret=result.secret)
        return cls(
            id_token=result.id_token,
            refresh_token=result.refresh_token,
            expires_in=result.expires_in,
            device=result.device,
        )
