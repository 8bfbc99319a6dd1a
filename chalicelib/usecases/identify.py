"""Who is calling: a user with an ID token, or a machine with a credential (ACC-1, ACC-2)."""

from chalicelib.domain.access import Actor
from chalicelib.domain.errors import Unauthenticated


def identify(token: str, now: int) -> Actor:
    """Return the actor a bearer token stands for; raise Unauthenticated if it stands for nobody (ACC-6)."""
    raise Unauthenticated("The credential is not valid.")
