"""Checks what a credential names before it is saved."""

from chalicelib.domain.errors import FieldError, Invalid
from chalicelib.domain.setup import Campaign, Credential
from chalicelib.stores import setup


def check_credential(credential: Credential, now: int) -> None:
    """Raise Invalid where a campaign the credential names is none (ACC-2)."""
    errors = [
        FieldError(f"campaign_ids.{position}", "unknown", "There is no such campaign.")
        for position, campaign_id in enumerate(credential.campaign_ids)
        if setup.get(Campaign, campaign_id, now) is None
    ]
    if errors:
        raise Invalid("Some fields are not acceptable.", fields=errors)
