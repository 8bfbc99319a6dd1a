"""Reads the source credentials, never their tokens (ACC-2, ACC-9)."""

from chalicelib.aws.dynamodb import counters
from chalicelib.core.access import Actor, Permission
from chalicelib.core.paging import LastKey, Page
from chalicelib.core.times import utc_day
from chalicelib.organisation.usecases import config
from chalicelib.users.domain.credentials import Credential, CredentialUse


def read_credential(actor: Actor, credential_id: str, now: int) -> CredentialUse:
    """Return a credential with its last use and today's failures. Raise NotFound if it does not exist."""
    actor.require(Permission.USERS_MANAGE)
    return use_of(config.get(Credential, credential_id, now), now)


def list_credentials(actor: Actor, limit: int, after: LastKey | None, now: int) -> Page[CredentialUse]:
    """Return a page of credentials with their last use and today's failures."""
    actor.require(Permission.USERS_MANAGE)
    page = config.list_visible(Credential, limit, after, lambda _: True)
    return Page([use_of(credential, now) for credential in page.items], page.next)


def use_of(credential: Credential, now: int) -> CredentialUse:
    """Return a credential with the day of its last use, and today's refusals and look-ups (ACC-2, ACC-9, PRI-5)."""
    today = utc_day(now)
    return CredentialUse(
        credential,
        counters.last_use(credential.id, now),
        counters.failures_on(credential.id, today, now),
        counters.look_ups_on(credential.id, today, now),
    )
