"""Parsers for the values of each kind of field (INT-1, INT-7)."""

import ipaddress
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from chalicelib.core.contact_reader import REASONS, Contact, field_code, read_email, read_phone
from chalicelib.core.listing import listed
from chalicelib.core.times import is_day, iso, parse_instant

_COUNTRY = re.compile(r"[A-Za-z]{2}")
_POSTAL_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 \-]{1,10}[A-Za-z0-9]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SHORTENED_POSTAL_CODE = re.compile(r"[0-9]{3,4}(?:-[0-9]{4})?")
_FIVE_DIGITS = frozenset("US PR VI AS DE FR IT ES MX FI EE TR MY KR UA HR LT ME RS".split())
_FRACTIONS = (float, Decimal)
_YES = {"true", "yes", "1", "on"}
_NO = {"false", "no", "0", "off"}
EVIDENCE_KINDS = {
    "tcpa_consent": "boolean",
    "test": "boolean",
    "tcpa_consent_at": "instant",
    "ip_address": "ip",
}


class UnreadableValue(Exception):
    """The value does not fit the field's kind; the message never repeats it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def read_value(kind: str, value: Any, region: str) -> Any:
    """Return the value in the stored form of its kind; raise UnreadableValue if it does not fit.

    `region` is the default region of phone numbers.
    """
    if kind == "boolean":
        return _boolean(value)
    if kind == "phone":
        return read_phone_value(value, region).normal
    return _READERS[kind](_text_of(value).strip())


def read_phone_value(value: Any, region: str, *, form: bool = False) -> Contact:
    """Return the phone number of a field; raise UnreadableValue with the reason why it cannot be read (INT-7)."""
    text = _text_of(value)
    if isinstance(value, _FRACTIONS):
        raise UnreadableValue(
            "phone", "Send phone numbers as text, because a fraction or an exponent loses digits."
        )
    found = read_phone(text, region, form=form)
    if isinstance(found, Contact):
        return found
    if found in ("not_a_number", "empty"):
        message = "Must be a complete number of the project's region, or one that starts with +."
        raise UnreadableValue("phone", message)
    raise UnreadableValue(field_code(found), REASONS[found])


def read_postal_code(value: Any, country: str) -> str:
    """Return a postal code of a country; raise UnreadableValue `lost_zero` for one that lost its first zero."""
    text = str(read_value("postal_code", value, country))
    if country in _FIVE_DIGITS and _SHORTENED_POSTAL_CODE.fullmatch(text):
        message = (
            "A postal code of this country has five digits; a spreadsheet may have removed a leading zero."
        )
        raise UnreadableValue("lost_zero", message)
    return text


def _text_of(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, *_FRACTIONS)):
        raise UnreadableValue("type", "Must be a text or a number.")
    return str(value)


def read_choice(value: Any, choices: tuple[str, ...]) -> str:
    """Return the given choice as the field spells it; case does not count, unless two choices differ by it only.

    Raise UnreadableValue, with the choices, if the field has no such choice.
    """
    text = value.strip() if isinstance(value, str) else ""
    alike = [choice for choice in choices if choice == text] or [
        choice for choice in choices if choice.casefold() == text.casefold()
    ]
    if len(alike) != 1:
        raise UnreadableValue("choice", f"Must be one of: {listed(choices)}.")
    return alike[0]


def _email(text: str) -> str:
    found = read_email(text)
    if isinstance(found, str):
        raise UnreadableValue("email", "Must be an e-mail address.")
    return found.normal


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text not in _YES | _NO:
        raise UnreadableValue("boolean", "Must be true or false.")
    return text in _YES


def _number(text: str) -> str:
    number = Decimal(text if _NUMBER.fullmatch(text) else "NaN")
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise UnreadableValue("number", "Must be a number, such as 50000 or 0.5: no units, no commas.")
    return format(number, "f")


def _date(text: str) -> str:
    if not is_day(text):
        raise UnreadableValue("date", "Must be a date, such as 2026-11-21.")
    return text


def _instant(text: str) -> str:
    try:
        return iso(parse_instant(text))
    except (ValueError, OverflowError):
        message = "Must be an instant with a zone, such as 2026-11-21T08:30:00Z."
        raise UnreadableValue("instant", message) from None


def _postal_code(text: str) -> str:
    if not _POSTAL_CODE.fullmatch(text):
        raise UnreadableValue("postal_code", "Must be a postal code.")
    return text.upper()


def _country(text: str) -> str:
    if not _COUNTRY.fullmatch(text):
        raise UnreadableValue("country", "Must be a country code of two letters (ISO 3166).")
    return text.upper()


def _ip(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise UnreadableValue("ip", "Must be an IPv4 or IPv6 address.") from None


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise UnreadableValue("url", "Must be an address that starts with http:// or https://.")
    return text


_READERS: dict[str, Callable[[str], Any]] = {
    "text": str,
    "choice": str,
    "email": _email,
    "number": _number,
    "date": _date,
    "instant": _instant,
    "postal_code": _postal_code,
    "country": _country,
    "ip": _ip,
    "url": _url,
}
