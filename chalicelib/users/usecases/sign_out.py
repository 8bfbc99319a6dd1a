"""A user signs out, everywhere (ACC-1)."""

from dataclasses import replace

from chalicelib import clock
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Actor
from chalicelib.core.errors import NotFound, Unavailable
from chalicelib.organisation import store as configuration
from chalicelib.users.domain.users import User
from chalicelib.users.gateways import user_pool

_TRIES = 4


def sign_out(actor: Actor, now: int) -> None:
    """End the actor's sessions: ID tokens issued up to `now` are refused here, refresh tokens at the pool."""
    for attempt in range(1, _TRIES + 1):
        user = configuration.get(User, actor.id, now)
        if user is None:
            raise NotFound("There is no such thing.")
        signed_out = replace(user, signed_out_at=now, version=user.version + 1)
        try:
            batch.write(
                configuration.update(signed_out), batch.token_of("sign_out", user.id, user.version, now)
            )
            break
        except batch.Cancelled:
            clock.backoff(attempt)
    else:
        raise Unavailable("The sign-out met other changes; please repeat it.")
    configuration.clear_cache()
    user_pool.sign_out(actor.id)
