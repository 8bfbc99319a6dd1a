"""The keyed hashes and the masks of contacts in their normal form (data-model.md, Contacts)."""

import base64
import functools
import hashlib
import unicodedata
from collections.abc import Mapping

from chalicelib.core.phone_numbers import folded
from chalicelib.core.quick_dataclass import dataclass

NORMALISER_VERSION = 2
"""The newest normal form. It rises when the form of a stored contact changes; a test pins the forms."""

_BLOCK = 64  # bytes of SHA-256


@dataclass(frozen=True, slots=True)
class Refs:
    """The refs of one contact: `write` is the ref of new rows, `others` are those it may still stand under.

    `form` is the normal form of `write`. Look a contact up under `all`.
    """

    write: str
    others: tuple[str, ...] = ()
    form: int = NORMALISER_VERSION

    @property
    def all(self) -> tuple[str, ...]:
        """Return every ref to look the contact up under, the one of new rows first."""
        return (self.write, *self.others)

    @property
    def in_turn(self) -> tuple[str, ...]:
        """Return every ref in the order to read them one after the other: the one of new rows last.

        So a row that is re-keyed meanwhile is found, under one ref or under both.
        """
        return (*self.others, self.write)


def keyed_hash(key: bytes, message: bytes) -> bytes:
    """Return the HMAC-SHA256 of a message. A key is prepared once: most of the work for a short message (B3)."""
    started = _started(key)
    inner, outer = started[0].copy(), started[1].copy()
    inner.update(message)
    outer.update(inner.digest())
    return outer.digest()


def key_id(key: bytes) -> str:
    """Return the short public name of a contact key. It does not reveal the key."""
    return fingerprint(key)[:8]


@functools.lru_cache(maxsize=8)
def fingerprint(key: bytes) -> str:
    """Return the fingerprint of a key, which shows a wrong key before lookups miss (data-model.md, Contacts)."""
    return hashlib.sha256(b"leadwarden contact key\0" + key).hexdigest()


def normal_form(kind: str, contact: str, version: int) -> str:
    """Return a contact, as it was read, in a version of the normal form.

    Version 1 is the contact as it was read. Version 2 folds the case before the `@`, and former prefixes of phones.
    """
    if version < 2:
        return contact
    return folded(contact) if kind == "phone" else _lower(contact)


def ref_of(key: bytes, kind: str, contact: str, version: int = NORMALISER_VERSION) -> str:
    """Return the ref of a contact: `<key id>.base64url(HMAC-SHA256(key, kind | version | form))`."""
    return _keyed(key, kind, str(version), normal_form(kind, contact, version))


def kept_refs(key: bytes, kind: str, contact: str, version: int) -> tuple[str, ...]:
    """Return the refs under which rows that could not be re-keyed may stand: as sent, and in lower case."""
    contacts = (contact, _lower(contact)) if kind == "email" and version < 2 else (contact,)
    return tuple(dict.fromkeys(ref_of(key, kind, one, version) for one in contacts))


def duplicate_ref(key: bytes, set_name: str, values: tuple[str, ...]) -> str:
    """Return the duplicate index's ref: the keyed hash of a field set's values (data-model.md, Duplicate index)."""
    return _keyed(key, "window", set_name, *values)


def duplicate_refs(key: bytes, lead_type_id: str, values: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return the duplicate index's ref of each set of a lead type that has values, by the name of the set."""
    return {name: duplicate_ref(key, f"{lead_type_id}/{name}", given) for name, given in values.items()}


def mask(normal: str) -> str:
    """Return a contact masked for lists: the last two digits, or the first letter and the domain."""
    if "@" in normal:
        local, _, domain = normal.partition("@")
        return f"{local[:1]}…@{domain}"
    return f"…{normal[-2:]}"


def mask_with_country(normal: str) -> str:
    """Return a masked contact; of a phone number with its calling code, such as `+44 …99`.

    Example:
        >>> mask_with_country("+12025550199"), mask_with_country("ada@example.com")
        ('+1 …99', 'a…@example.com')
    """
    if "@" in normal:
        return mask(normal)
    import phonenumbers  # 30 ms with its first table: import it only where a number is read

    try:
        code = phonenumbers.parse(normal).country_code
    except phonenumbers.NumberParseException:
        return mask(normal)
    return f"+{code} {mask(normal)}"


def _lower(address: str) -> str:
    return unicodedata.normalize("NFKC", address.lower())


def _keyed(key: bytes, *parts: str) -> str:
    message = "|".join([f"{len(part)}:{part}" for part in parts]).encode()
    text = base64.urlsafe_b64encode(keyed_hash(key, message)).decode().rstrip("=")
    return f"{key_id(key)}.{text}"


@functools.lru_cache(maxsize=8)
def _started(key: bytes) -> "tuple[hashlib._Hash, hashlib._Hash]":
    """Return the two hashes of RFC 2104 after their first blocks; those of `hmac` take twice as long to copy."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner, outer = (bytes([byte ^ pad for byte in block]) for pad in (0x36, 0x5C))
    return hashlib.sha256(inner), hashlib.sha256(outer)
