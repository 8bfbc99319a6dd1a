"""Changes the address with which a user signs in (ACC-11)."""

from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.organisation.usecases import config
from chalicelib.users.domain.users import User
from chalicelib.users.gateways import user_pool


def change_address(actor: Actor, user_id: str, version: int, email: str, now: int) -> User:
    """Give a user another address, and end the user's sessions. The change is recorded, the address is not (PRI-31).

    First the row with its ledger entry, then the pool: no address is in the pool that is not recorded. A repeated
    request with the same address finishes what was interrupted.
    Raise Conflict `user_exists` if another user has the address, `version_conflict` after a concurrent change. Raise
    Invalid for an address that the pool refuses. The row then gets its old address back.
    """
    actor.require(Permission.USERS_MANAGE)
    before = config.get(User, user_id, now)
    if before.email == email:
        _tell_pool(user_id, email)
        return before
    config.require_version(before, version)
    if user_pool.subject_of(email) not in (None, user_id):
        raise Conflict("A user has this address already.", "user_exists")
    after = config.next_version(before, {"email": email, "signed_out_at": now})
    config.update(actor, before, after, now, action="address_changed")
    try:
        _tell_pool(user_id, email)
    except (Conflict, Invalid):
        taken_back = config.next_version(after, {"email": before.email})
        config.update(actor, after, taken_back, now, action="address_changed")
        raise
    return after


def _tell_pool(user_id: str, email: str) -> None:
    user_pool.change_address(user_id, email)
    user_pool.sign_out(user_id)
