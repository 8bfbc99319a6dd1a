"""Replaces a campaign's password by its keyed hash (INT-5)."""

from collections.abc import Mapping
from typing import Any

from chalicelib.aws import secrets
from chalicelib.campaigns.domain.passwords import password_hash


def with_password_hashed(values: Mapping[str, Any], campaign_id: str) -> dict[str, Any]:
    """Return a campaign's values with `password_hash`, which is stored, in place of `password` (INT-5)."""
    hashed = {name: value for name, value in values.items() if name != "password"}
    if "password" in values:
        password = values["password"]
        hashed["password_hash"] = (
            None if password is None else password_hash(secrets.identity_key(), campaign_id, password)
        )
    return hashed
