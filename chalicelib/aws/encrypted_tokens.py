"""Encrypted tokens: small values that clients return unread and unchanged (cursors, confirmations, opaque ids).

AES-SIV under the signing secret. Equal values give equal tokens, so an id can be derived from a key.
"""

import base64
import binascii
import functools
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from chalicelib.aws import secrets
from chalicelib.core.errors import Malformed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_LONGEST = 4096


def encrypt_token(purpose: str, content: dict[str, Any]) -> str:
    """Return `content` encrypted and authenticated for `purpose`, as URL-safe text. Equal content gives equal text."""
    plain = json.dumps(content, separators=(",", ":"), sort_keys=True).encode()
    encrypted = _cipher(secrets.signing_key()).encrypt(plain, [purpose.encode()])
    return base64.urlsafe_b64encode(encrypted).rstrip(b"=").decode()


def decrypt_token(purpose: str, token: str) -> dict[str, Any]:
    """Return the content encrypted for `purpose`; raise Malformed for a token this deployment did not encrypt so."""
    from cryptography.exceptions import InvalidTag

    cipher = _cipher(secrets.signing_key())
    try:
        if len(token) > _LONGEST:
            raise ValueError
        encrypted = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        content = json.loads(cipher.decrypt(encrypted, [purpose.encode()]))
    except (ValueError, binascii.Error, InvalidTag) as error:
        raise Malformed("This token was not issued by this deployment.", code="seal_invalid") from error
    if not isinstance(content, dict) or encrypt_token(purpose, content) != token:
        raise Malformed("This token was not issued by this deployment.", code="seal_invalid")
    return content


@functools.lru_cache(maxsize=2)
def _cipher(secret: bytes) -> "AESSIV":
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    return AESSIV(hmac.digest(secret, b"leadwarden seal v1", hashlib.sha512))
