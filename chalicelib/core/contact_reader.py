"""The one reader of phone numbers and e-mail addresses, for every way into the system (INT-7, SRC-3).

What is certain is read. What is not is refused with a reason: a short word from `REASONS`, never the value.
"""

import re
from dataclasses import replace

from chalicelib.core import damage
from chalicelib.core.phone_numbers import e164_of, is_grouped_as_usual, is_valid, north_american
from chalicelib.core.phone_text import WrittenPhone, without_damage, written_phone
from chalicelib.core.plain_text import plain_text
from chalicelib.core.quick_dataclass import dataclass

REASONS = {
    word: damage.MESSAGES[word]
    for word in (
        *("empty", "exponent", "trailing_zero", "two_numbers", "not_a_number", "not_an_address"),
        *("vanity_number", "date", "plus_not_encoded", "ambiguous_number"),
    )
}
_CODES = {"not_a_number": "phone", "not_an_address": "email"}
_FORM_BLANK = re.compile(r" \d")
_MOST_CHARACTERS = 63  # so that no part is too long
_NAMED_ADDRESS = re.compile(r"[^<>@]*<([^<>]+)>")
_PLAIN_ADDRESS = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+([a-z]{2,})", re.ASCII
)
_SPECIAL_DOMAINS = frozenset(("arpa", "invalid", "local", "localhost", "onion", "test"))


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact: its kind (`phone` or `email`), normal form, extension, and the damage that was taken off."""

    kind: str
    normal: str
    extension: str | None = None
    mended: tuple[str, ...] = ()


def read_contact(text: str, region: str) -> Contact | str:
    """Return the phone number or e-mail address in a text, or the reason why it cannot be read.

    Example:
        >>> read_contact("(202) 555-0147 ext. 5", "US")
        Contact(kind='phone', normal='+12025550147', extension='5', mended=())
        >>> read_contact("202-555-XXXX", "US")
        'not_a_number'
    """
    return read_email(text) if "@" in text or "\uff20" in text else read_phone(text, region)


def read_phone(text: str, region: str, *, form: bool = False) -> Contact | str:
    """Return the possible number in a text in E.164, or the reason why it cannot be read (INT-7).

    `region` is the country of numbers without `+`. In a posted form a `+` that was not encoded arrives as one leading
    blank. The number is then read with or without it, if only one of the two is valid; otherwise `plus_not_encoded`.
    """
    if form and _FORM_BLANK.match(text):
        return _read_form_blank(text, region)
    plain = north_american(text, region)
    return Contact("phone", plain) if plain else _read(written_phone(text), region)


def read_email(text: str) -> Contact | str:
    """Return the address in a text: trimmed, in NFKC, its domain in lower case; or the reason why it cannot be read."""
    plain = plain_text(text)
    if not plain:
        return "empty" if plain == "" else "not_an_address"
    plain, mended = without_damage(plain)
    plain = _without_link(plain)
    normal = normal_email(plain)
    return Contact("email", normal, mended=mended) if normal else "not_an_address"


def named_address(text: str) -> Contact | None:
    """Return the address of a text such as `Ann <ann@example.org>`, if it holds no second one; otherwise None."""
    match = _NAMED_ADDRESS.fullmatch(text.strip()) if "<" in text else None
    found = read_email(match[1]) if match else None
    return found if isinstance(found, Contact) else None


def _without_link(text: str) -> str:
    """Return the address in a link such as `mailto:ann@example.org?subject=Hi`, or in angle brackets."""
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1].strip()
    if text[:7].lower() != "mailto:":
        return text
    address, mark, query = text[7:].partition("?")
    return (
        text if mark and ("@" in query or "%40" in query) else address
    )  # its query may have a second address


def normal_email(text: str) -> str | None:
    """Return an address in its normal form without repairing it, or None."""
    plain = plain_text(text)
    if plain is None or "@" not in plain:
        return None
    if is_plain_address(plain):
        return plain
    from email_validator import EmailNotValidError, validate_email  # only where a text is no plain address

    try:
        valid = validate_email(plain, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return f"{valid.local_part}@{valid.domain.lower()}"


def is_plain_address(text: str) -> bool:
    """Return True for a plain address in lower case, which is its own normal form.

    Tests prove that the library says the same. This costs a fraction of it, and imports nothing.
    """
    match = _PLAIN_ADDRESS.fullmatch(text) if len(text) <= _MOST_CHARACTERS else None
    return match is not None and match[1] not in _SPECIAL_DOMAINS


def phone_in_text(text: str, region: str) -> Contact | None:
    """Return the number of a text that is under no contact word, or None (SRC-3, kind b).

    It must be valid and written as a phone: with `+`, or grouped as its country groups numbers. Bare digits, dates,
    amounts, times and ids are no contacts.
    """
    written = written_phone(text)
    if isinstance(written, str) or written.looks_like_date or written.mended:
        return None
    if not written.plus and len(written.groups) < 2:
        return None
    found = _read(written, region)
    if isinstance(found, str) or not is_valid(found.normal):
        return None
    return found if written.plus or is_grouped_as_usual(found.normal, written.groups) else None


def field_code(reason: str) -> str:
    """Return the code of a field for a reason: `phone` or `email` for other text, otherwise the reason itself."""
    return _CODES.get(reason, reason)


def _read(written: WrittenPhone | str, region: str) -> Contact | str:
    if isinstance(written, str):
        return written
    normal = e164_of(written.digits, written.plus, region, written.groups)
    is_read = normal.startswith("+")
    if written.looks_like_date and not (is_read and is_valid(normal)):
        return "date"
    if not is_read:
        return normal
    if written.short_extension and not normal.startswith("+1"):
        return "not_a_number"  # an `x` among the digits may be a masked digit
    return Contact("phone", normal, written.extension, written.mended)


def _read_form_blank(text: str, region: str) -> Contact | str:
    readings = (_read(written_phone(f"+{text[1:]}"), region), _read(written_phone(text[1:]), region))
    if "ambiguous_number" in readings:
        return "plus_not_encoded"
    found = {
        contact.normal: replace(contact, mended=(*contact.mended, "plus_not_encoded"))
        for contact in readings
        if not isinstance(contact, str) and is_valid(contact.normal)
    }
    return next(iter(found.values())) if len(found) == 1 else "plus_not_encoded"
