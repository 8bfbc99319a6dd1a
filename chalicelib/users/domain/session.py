"""What signing in comes to (ACC-1)."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Session:
    """Signed in: the tokens, and for how many seconds the ID token is good."""

    id_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


@dataclass(frozen=True)
class NewPasswordNeeded:
    """The first sign-in: the pool waits for a new password under this session."""

    session: str = field(repr=False)
