"""A user who forgot the password gets a code by mail and sets a new one (ACC-1)."""

from chalicelib.users.gateways import user_pool


def send_reset_code(email: str) -> None:
    """Send a code if the address is a user's; the answer is the same if it is not (ACC-6)."""
    user_pool.send_reset_code(email)


def reset_password(email: str, code: str, new_password: str) -> None:
    """Set a new password with the code; raise Invalid for a wrong or old code, whoever it was for (ACC-6)."""
    user_pool.confirm_reset(email, code, new_password)
