"""The results of a sign-in (ACC-1, ACC-11)."""

from dataclasses import field
from typing import Literal

from chalicelib.core.quick_dataclass import dataclass

ChallengeName = Literal["new_password", "totp", "totp_setup"]


@dataclass(frozen=True)
class PoolSession:
    """The tokens of the user pool, and for how many seconds the ID token is valid. The access token stays here."""

    id_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    access_token: str = field(default="", repr=False)


@dataclass(frozen=True)
class NewPasswordNeeded:
    """The first sign-in: the pool expects a new password of this user under this session."""

    session: str = field(repr=False)
    username: str


@dataclass(frozen=True)
class CodeNeeded:
    """The pool expects a code of this user's authenticator under this session."""

    session: str = field(repr=False)
    username: str


PoolAnswer = PoolSession | NewPasswordNeeded | CodeNeeded


@dataclass(frozen=True)
class Session:
    """A session as the caller gets it. The refresh token and the device can be read by this deployment only."""

    id_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    device: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Challenge:
    """What the caller has to do next, with an encrypted session. `secret` is for the user's authenticator."""

    challenge: ChallengeName
    session: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
