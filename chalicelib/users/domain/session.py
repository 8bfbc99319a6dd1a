"""The results of a sign-in (ACC-1)."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Session:
    """A session: its tokens, and for how many seconds the ID token is valid."""

    id_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


@dataclass(frozen=True)
class NewPasswordNeeded:
    """The first sign-in: the pool expects a new password under this session."""

    session: str = field(repr=False)
