"""Checks the campaigns of a credential before it is saved."""

from chalicelib.core import registry
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.users.domain.credentials import Credential


def check_credential(credential: Credential, now: int) -> None:
    """Raise Invalid if the credential names a campaign that does not exist (ACC-2)."""
    campaign_exists = registry.hook("campaign_exists")
    errors = [
        FieldError(f"campaign_ids.{position}", "unknown", "There is no such campaign.")
        for position, campaign_id in enumerate(credential.campaign_ids)
        if not campaign_exists(campaign_id, now)
    ]
    if errors:
        raise Invalid("Some fields are not acceptable.", fields=errors)
