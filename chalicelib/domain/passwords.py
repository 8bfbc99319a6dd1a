"""Campaign passwords: only a keyed hash is ever kept (INT-5)."""

import hashlib
import hmac


def password_hash(key: bytes, campaign_id: str, password: str) -> str:
    """Return what is kept of a campaign's password: its hash under the identity key, bound to the campaign."""
    message = "".join(f"{len(part)}:{part}" for part in ("password", campaign_id, password)).encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()
