"""Parsers for the values of each kind of field (INT-1, INT-7)."""

import ipaddress
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from chalicelib.core.contact_points import normal_email, normal_phone
from chalicelib.core.times import parse_instant
from chalicelib.core.words import listed

_COUNTRY = re.compile(r"[A-Za-z]{2}")
_POSTAL_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 \-]{1,10}[A-Za-z0-9]")
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
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise UnreadableValue("type", "Must be a text or a number.")
    if kind == "phone":
        return _phone(value, region)
    return _READERS[kind](str(value).strip())


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


def _phone(value: Any, region: str) -> str:
    if isinstance(value, float | Decimal):
        raise UnreadableValue(
            "phone", "Send phone numbers as text, because a fraction or an exponent loses digits."
        )
    normal = normal_phone(str(value), region)
    if normal is None:
        raise UnreadableValue(
            "phone", "Must be a valid number of the project's region, or one that starts with +."
        )
    return normal


def _email(text: str) -> str:
    normal = normal_email(text)
    if normal is None:
        raise UnreadableValue("email", "Must be an e-mail address.")
    return normal


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text not in _YES | _NO:
        raise UnreadableValue("boolean", "Must be true or false.")
    return text in _YES


def _number(text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise UnreadableValue("number", "Must be a number, such as 50000 or 0.5: no units, no commas.")
    return format(number, "f")


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UnreadableValue("date", "Must be a date, such as 2026-11-21.") from None


def _instant(text: str) -> str:
    try:
        parse_instant(text)
    except ValueError:
        raise UnreadableValue(
            "instant", "Must be an instant with a zone, such as 2026-11-21T08:30:00Z."
        ) from None
    return text


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
