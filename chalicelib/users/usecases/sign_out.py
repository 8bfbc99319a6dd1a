"""Signs a user out, in all sessions (ACC-1)."""

from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core.access import Actor
from chalicelib.core.errors import NotFound
from chalicelib.organisation import store as configuration
from chalicelib.users.domain.users import User
from chalicelib.users.gateways import user_pool

_TRIES = 4


def sign_out(actor: Actor, now: int) -> None:
    """End the actor's sessions. ID tokens of sign-ins up to `now` are refused here, refresh tokens by the pool."""

    def attempt(_: int) -> None:
        user = configuration.get(User, actor.id, now)
        if user is None:
            raise NotFound("Not found.")
        signed_out = replace(user, signed_out_at=now, version=user.version + 1)
        batch.write(configuration.update(signed_out), batch.token_of("sign_out", user.id, user.version, now))

    retrying(attempt, tries=_TRIES, message="The sign-out met concurrent changes: repeat it.")
    configuration.clear_cache()
    user_pool.sign_out(actor.id)
