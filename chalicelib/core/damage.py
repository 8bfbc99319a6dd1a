"""Damage that spreadsheets do to numbers. A damaged row is refused with its own reason, never repaired (PRI-21)."""

import re
from collections.abc import Sequence
from itertools import pairwise

_EXPONENT = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_TRAILING_ZERO = re.compile(r"\+?[\d ]+[.,]0+")
_SEPARATOR = re.compile(r"[/;,&|\n]|\bor\b|\band\b", re.IGNORECASE)
_DIGITS_OF_A_NUMBER = 7

MESSAGES = {
    "empty": "The row has no contact.",
    "exponent": "A spreadsheet shortened this number to an exponent; its digits are lost.",
    "trailing_zero": "A spreadsheet turned this number into a fraction (.0); it may be another number.",
    "two_numbers": "There is more than one number in the cell.",
    "vanity_number": "This number is spelled with letters; write its digits.",
    "date": "This is a date, not a phone number.",
    "plus_not_encoded": "The + was not encoded, and the number can be read in two ways or in none; send it as %2B.",
    "ambiguous_number": "This number can be read in two ways; send it as it is called from abroad, with + first.",
    "not_a_number": "This is not a phone number.",
    "not_an_address": "This is not an e-mail address.",
    "bad_end": "The end is neither a date nor a number of days.",
    "ambiguous_end": "The end can be a year or a number of days; write a date.",
    "past_end": "The end is in the past.",
    "bad_reason": "The reason is not in the list of reasons.",
    "too_long": "The row is longer than 10,000 characters.",
    "open_quote": "A quotation mark is opened and not closed.",
    "bad_quote": "A quotation mark is in a place where it is not allowed.",
    "bad_encoding": "The row is not UTF-8.",
    "control_character": "The row contains a control character.",
    "blocked_since": "The contact was blocked after this file was uploaded; that block stays.",
    "columns": "The row has more columns than the header.",
}


def damage_of(cell: str) -> str | None:
    """Return the reason why a phone cell is damaged, or None if it looks undamaged."""
    text = cell.strip().strip("'\"=")
    if not text:
        return "empty"
    if _EXPONENT.fullmatch(text):
        return "exponent"
    if _TRAILING_ZERO.fullmatch(text):
        return "trailing_zero"
    parts = [part for part in _SEPARATOR.split(text) if digits_in(part) >= _DIGITS_OF_A_NUMBER]
    return "two_numbers" if len(parts) > 1 else None


def holds_damage(cells: Sequence[str]) -> bool:
    """Return True if a row has a damaged number, also one whose decimal comma was read as the delimiter."""
    pairs = map(",".join, pairwise(cells))
    return any(damage_of(cell) not in (None, "empty") for cell in cells) or any(
        damage_of(pair) == "exponent" for pair in pairs
    )


def digits_in(text: str) -> int:
    """Return the number of digits in a text."""
    return sum(character.isdigit() for character in text)
