"""A campaign's password is kept as a keyed hash only (INT-5)."""

import base64
import hashlib
import hmac


def password_hash(key: bytes, campaign_id: str, password: str) -> str:
    """Return the keyed hash of a campaign's password; the campaign is part of it."""
    message = f"{len(campaign_id)}:{campaign_id}{password}".encode()
    return base64.urlsafe_b64encode(
        hmac.new(key, b"campaign password\0" + message, hashlib.sha256).digest()
    ).decode()
