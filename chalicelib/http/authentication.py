"""Read the Authorization header. The hook `authenticate` finds the caller."""

from chalicelib.core import registry
from chalicelib.core.access import Actor

_LONGEST = 8192


def caller_of(header: str | None, now: int) -> Actor | None:
    """Return the caller; None without a credential; raise Unauthenticated for a bad one (ACC-6, ACC-9)."""
    if header is None:
        return None
    users = registry.hook("authenticate")
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(header) > _LONGEST or not token.isascii():
        users.refuse_unreadable(now)
    actor: Actor = users.authenticate(token, now)
    return actor
