"""Reads the source credentials, never their tokens (ACC-2, ACC-9)."""

from typing import Any

from chalicelib.aws.dynamodb import counters
from chalicelib.core.access import Actor, Permission
from chalicelib.core.times import utc_day
from chalicelib.organisation.usecases import config
from chalicelib.users.domain.credentials import Credential, CredentialUse

Position = dict[str, Any] | None


def read_credential(actor: Actor, credential_id: str, now: int) -> CredentialUse:
    """Return a credential with its last use and today's refusals; NotFound if there is none."""
    actor.require(Permission.USERS_MANAGE)
    return use_of(config.get(Credential, credential_id, now), now)


def list_credentials(
    actor: Actor, limit: int, after: Position, now: int
) -> tuple[list[CredentialUse], Position]:
    """Return a page of credentials with their last use and today's refusals."""
    actor.require(Permission.USERS_MANAGE)
    found, following = config.list_visible(Credential, limit, after, lambda _: True)
    return [use_of(credential, now) for credential in found], following


def use_of(credential: Credential, now: int) -> CredentialUse:
    """Return a credential with the day of its last use and today's refusals (ACC-2, ACC-9)."""
    last_used = counters.last_use(credential.id, now)
    return CredentialUse(credential, last_used, counters.failures_on(credential.id, utc_day(now), now))
