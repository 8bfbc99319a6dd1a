"""Resets a password: sends a code by mail, and sets a new password with it (ACC-1)."""

from chalicelib.users.gateways import user_pool


def send_reset_code(email: str) -> None:
    """Send a code if a user has this address. The answer is the same if none has (ACC-6)."""
    user_pool.send_reset_code(email)


def reset_password(email: str, code: str, new_password: str) -> None:
    """Set a new password with the code. Raise Invalid for a wrong or expired code, and for an unknown user (ACC-6)."""
    user_pool.confirm_reset(email, code, new_password)
