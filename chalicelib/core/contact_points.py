"""The keyed hashes and the masks of contacts in their normal form (data-model.md, Contacts)."""

import base64
import functools
import hashlib
import hmac

NORMALISER_VERSION = 1


def key_id(key: bytes) -> str:
    """Return the short public name of a contact key. It does not reveal the key."""
    return fingerprint(key)[:8]


@functools.lru_cache(maxsize=4)
def fingerprint(key: bytes) -> str:
    """Return the fingerprint of a key, which shows a wrong key before lookups miss (data-model.md, Contacts)."""
    return hashlib.sha256(b"leadwarden contact key\0" + key).hexdigest()


def ref_of(key: bytes, kind: str, normal: str) -> str:
    """Return the ref of a normalised contact: `<key id>.base64url(HMAC-SHA256(key, kind | version | form))`."""
    return _keyed(key, kind, str(NORMALISER_VERSION), normal)


def duplicate_ref(key: bytes, set_name: str, values: tuple[str, ...]) -> str:
    """Return the duplicate index's ref: the keyed hash of a field set's values (data-model.md, Duplicate index)."""
    return _keyed(key, "window", set_name, *values)


def mask(normal: str) -> str:
    """Return a contact masked for lists: the last two digits, or the first letter and the domain."""
    if "@" in normal:
        local, _, domain = normal.partition("@")
        return f"{local[:1]}…@{domain}"
    return f"…{normal[-2:]}"


def _keyed(key: bytes, *parts: str) -> str:
    message = "|".join(f"{len(part)}:{part}" for part in parts).encode()
    digest = hmac.digest(key, message, "sha256")
    return f"{key_id(key)}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
