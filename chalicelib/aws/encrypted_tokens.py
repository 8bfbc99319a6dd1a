"""Seals: small values that leave the house and come back unread and unchanged (cursors, confirmations, opaque ids).

AES-SIV under the signing secret: the same value gives the same seal, so that an id can be made from a key.
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
    """Return `content` encrypted and authenticated for `purpose`, as URL-safe text; equal in, equal out."""
    plain = json.dumps(content, separators=(",", ":"), sort_keys=True).encode()
    sealed = _cipher(secrets.signing_key()).encrypt(plain, [purpose.encode()])
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def decrypt_token(purpose: str, token: str) -> dict[str, Any]:
    """Return what was sealed for `purpose`; raise Malformed for anything this deployment did not seal so."""
    from cryptography.exceptions import InvalidTag

    cipher = _cipher(secrets.signing_key())
    try:
        if len(token) > _LONGEST:
            raise ValueError
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        content = json.loads(cipher.decrypt(sealed, [purpose.encode()]))
    except (ValueError, binascii.Error, InvalidTag) as error:
        raise Malformed("This is not one of ours.", code="seal_invalid") from error
    if not isinstance(content, dict) or encrypt_token(purpose, content) != token:
        raise Malformed("This is not one of ours.", code="seal_invalid")
    return content


@functools.lru_cache(maxsize=2)
def _cipher(secret: bytes) -> "AESSIV":
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

    return AESSIV(hmac.digest(secret, b"leadwarden seal v1", hashlib.sha512))
