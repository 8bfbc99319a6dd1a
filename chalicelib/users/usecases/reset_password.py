"""Resets a password: sends a code by mail, and sets a new password with it (ACC-1)."""

from chalicelib.users.domain.passwords import require_strong
from chalicelib.users.gateways import user_pool
from chalicelib.users.usecases import bounds
from chalicelib.users.usecases.devices import device_of
from chalicelib.users.usecases.even_answers import even_answers


def send_reset_code(email: str, device: str | None, source_ip: str, now: int) -> None:
    """Send a code if a user has this address. The answer and its time are the same if none has (ACC-6).

    Raise Throttled above three requests an hour for the address, known or not (ACC-11).
    """
    bounds.count(bounds.of_reset("forgot", email, source_ip, device_of(device, email, now)), now)
    with even_answers():
        user_pool.send_reset_code(email)


def reset_password(
    email: str, code: str, new_password: str, device: str | None, source_ip: str, now: int
) -> None:
    """Set a new password with the code. Raise Invalid for a wrong or expired code, and for an unknown user (ACC-6).

    Raise Invalid `too_weak` before the pool is asked. Raise Throttled above three wrong codes an hour for the address
    (ACC-11).
    """
    require_strong(new_password)
    limits = bounds.of_reset("reset", email, source_ip, device_of(device, email, now))
    with bounds.counting_wrong(limits, now), even_answers():
        user_pool.confirm_reset(email, code, new_password)
