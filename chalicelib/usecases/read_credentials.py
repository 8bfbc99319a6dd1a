"""Reads the source credentials, never their tokens (ACC-2, ACC-9)."""

from typing import Any

from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.campaigns import CredentialUse
from chalicelib.domain.setup import Credential
from chalicelib.usecases import changes
from chalicelib.usecases.read_campaigns import seen_of

Position = dict[str, Any] | None


def read_credential(actor: Actor, credential_id: str, now: int) -> CredentialUse:
    """Return a credential with its last use and today's refusals; NotFound if there is none."""
    actor.require(Permission.USERS_MANAGE)
    return seen_of(changes.get(Credential, credential_id, now), now)


def list_credentials(
    actor: Actor, limit: int, after: Position, now: int
) -> tuple[list[CredentialUse], Position]:
    """Return a page of credentials with their last use and today's refusals."""
    actor.require(Permission.USERS_MANAGE)
    found, following = changes.list_visible(Credential, limit, after, lambda _: True)
    return [seen_of(credential, now) for credential in found], following
