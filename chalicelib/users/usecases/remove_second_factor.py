"""Removes a user's second factor, for example after a telephone was lost (ACC-11)."""

from chalicelib.core.access import SYSTEM, Actor, Permission
from chalicelib.organisation.usecases import config
from chalicelib.users.domain.users import User
from chalicelib.users.gateways import software_tokens, user_pool


def remove_second_factor(actor: Actor, user_id: str, now: int) -> User:
    """Remove the authenticator of a user, and end the user's sessions. Recorded as `second_factor_removed`.

    The next sign-in sets up a new one where the organisation asks for it. Safe to repeat: first the row, then the pool.
    """
    actor.require(Permission.USERS_MANAGE)
    return _remove(actor, user_id, now)


def remove_for_operator(user_id: str, now: int) -> None:
    """Remove the authenticator of a user as the operator, who has the deployment's AWS credentials (ACC-7)."""
    _remove(SYSTEM, user_id, now)


def _remove(actor: Actor, user_id: str, now: int) -> User:
    before = config.get(User, user_id, now)
    after = config.update(
        actor,
        before,
        config.next_version(before, {"signed_out_at": now}),
        now,
        action="second_factor_removed",
    )
    software_tokens.remove(user_id)
    user_pool.sign_out(user_id)
    return after
