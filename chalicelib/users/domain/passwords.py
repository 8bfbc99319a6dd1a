"""The password rule (ACC-1). The user pool has the same one, in infra/resources/users.yaml."""

from chalicelib.core.errors import FieldError, Invalid

SHORTEST = 12
_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz")
_KINDS = (_LOWER, frozenset(map(str.upper, _LOWER)), frozenset("0123456789"))
_TOO_WEAK = (
    "At least 12 characters, with an upper case letter, a lower case letter and a digit of ASCII, "
    "and no space at either end."
)


def require_strong(password: str) -> None:
    """Raise Invalid `too_weak` for a password that the rule does not allow.

    It is checked before the user pool is asked: the answer is the same for every address (ACC-6).
    """
    characters = set(password)
    bounded = password == password.strip() and len(password) >= SHORTEST
    if not bounded or not all(characters & kind for kind in _KINDS):
        raise too_weak()


def too_weak() -> Invalid:
    """Return the error for a password that the rule does not allow."""
    wrong = FieldError("new_password", "too_weak", _TOO_WEAK)
    return Invalid("The password was not changed.", fields=[wrong])
