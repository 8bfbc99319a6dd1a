"""Normal forms of phone numbers and e-mail addresses, and their keyed hashes (data-model.md, Contacts)."""

import base64
import functools
import hashlib
import hmac
import re
import unicodedata

NORMALISER_VERSION = 1
_INVISIBLE = dict.fromkeys(
    map(ord, "\ufeff\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
)


_PLAN_OF_1 = frozenset(
    "US CA AG AI AS BB BM BS DM DO GD GU JM KN KY LC MP MS PR SX TC TT VC VG VI".split()
)  # fmt: skip
_NORTH_AMERICAN = re.compile(r"(\+?1)?[ .-]?\(?([2-9][0-9]{2})\)?[ .-]?([2-9][0-9]{2})[ .-]?([0-9]{4})")


def north_american(text: str, region: str) -> str | None:
    """Return the ten digits of a number in a plain North American form, or None.

    Tests prove that the result equals the library's. This costs a fraction of it.
    """
    match = _NORTH_AMERICAN.fullmatch(text)
    if match is None or not (region in _PLAN_OF_1 or (match[1] or "").startswith("+")):
        return None
    return match[2] + match[3] + match[4]


def normal_phone(text: str, region: str, *, possible: bool = False) -> str | None:
    """Return a number in E.164, or None if it is not valid in `region` or in international form (INT-7).

    With `possible` a number only has to be possible, because a block list rather takes too much (PRI-21). A number
    without its area code gives None, and so does one whose E.164 form reads as another number: no search would find
    it.
    """
    import phonenumbers  # 30 ms with its first table: import it only where a number is read

    plain = north_american(text, region)
    if plain is not None:
        number = phonenumbers.PhoneNumber(1, int(plain))
        if phonenumbers.is_valid_number_for_region(number, "US") or phonenumbers.is_valid_number(number):
            return f"+1{plain}"
    try:
        number = phonenumbers.parse(_clean(text), region)
    except phonenumbers.NumberParseException:
        return None
    number.extension = None
    normal = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    if phonenumbers.is_valid_number(number):
        return normal
    complete = phonenumbers.ValidationResult.IS_POSSIBLE
    if not possible or phonenumbers.is_possible_number_with_reason(number) != complete:
        return None
    return normal if _reads_back(normal) else None


def is_region(region: str) -> bool:
    """Return True if phone numbers can be read with this region as the default."""
    import phonenumbers

    return region in phonenumbers.SUPPORTED_REGIONS


def normal_email(text: str) -> str | None:
    """Return an address trimmed, in NFKC, its domain in lower case; None if it is not a valid address."""
    from email_validator import EmailNotValidError, validate_email

    try:
        valid = validate_email(_clean(text), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return f"{valid.local_part}@{valid.domain.lower()}"


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


def _reads_back(normal: str) -> bool:
    import phonenumbers

    try:
        again = phonenumbers.parse(normal)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.format_number(again, phonenumbers.PhoneNumberFormat.E164) == normal)


def _keyed(key: bytes, *parts: str) -> str:
    message = "|".join(f"{len(part)}:{part}" for part in parts).encode()
    digest = hmac.digest(key, message, "sha256")
    return f"{key_id(key)}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _clean(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_INVISIBLE).strip()
