"""The keyed hash of a campaign's password. The password itself is not stored (INT-5)."""

import base64
import hashlib
import hmac


def password_hash(key: bytes, campaign_id: str, password: str) -> str:
    """Return the keyed hash of a campaign's password. The campaign id is included."""
    message = f"{len(campaign_id)}:{campaign_id}{password}".encode()
    return base64.urlsafe_b64encode(
        hmac.new(key, b"campaign password\0" + message, hashlib.sha256).digest()
    ).decode()
