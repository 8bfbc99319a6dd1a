"""Takes the Authorization header apart; who the caller is, the use case decides."""

from chalicelib.domain.access import Actor
from chalicelib.usecases.identify import authenticate, refuse_unreadable

_LONGEST = 8192


def caller_of(header: str | None, now: int) -> Actor | None:
    """Return who sent the request: None without a credential; raise Unauthenticated for a bad one (ACC-6, ACC-9)."""
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(header) > _LONGEST or not token.isascii():
        refuse_unreadable(now)
    return authenticate(token, now)
