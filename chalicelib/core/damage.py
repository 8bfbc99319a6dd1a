"""What spreadsheets do to numbers: refused with its own reason, never guessed (PRI-21)."""

import re
from collections.abc import Sequence
from itertools import pairwise

_EXPONENT = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_TRAILING_ZERO = re.compile(r"\+?[\d ]+[.,]0+")
_PARTED = re.compile(r"[/;,&|\n]|\bor\b|\band\b", re.IGNORECASE)
_DIGITS_OF_A_NUMBER = 7

MESSAGES = {
    "empty": "The row has no contact.",
    "exponent": "A spreadsheet shortened this number to an exponent; its digits are lost.",
    "trailing_zero": "A spreadsheet turned this number into a fraction (.0); it may be another number.",
    "two_numbers": "There is more than one number in the cell.",
    "not_a_number": "This is not a phone number.",
    "not_an_address": "This is not an e-mail address.",
    "bad_end": "The end is neither a date nor a number of days.",
    "past_end": "The end is past already.",
    "bad_reason": "The reason is not one of the list.",
    "too_long": "The row is longer than 10,000 characters.",
    "open_quote": "A quotation mark is opened and never closed.",
    "bad_quote": "A quotation mark stands where none may.",
    "bad_encoding": "The row is not UTF-8.",
    "control_character": "The row holds a character that is no text.",
    "blocked_since": "The contact was blocked after this file came in; that block stands.",
    "columns": "The row has other columns than the header.",
}


def damage_of(cell: str) -> str | None:
    """Return the reason why a phone cell is damaged, or None if it looks whole."""
    text = cell.strip().strip("'\"=")
    if not text:
        return "empty"
    if _EXPONENT.fullmatch(text):
        return "exponent"
    if _TRAILING_ZERO.fullmatch(text):
        return "trailing_zero"
    parts = [part for part in _PARTED.split(text) if digits_in(part) >= _DIGITS_OF_A_NUMBER]
    return "two_numbers" if len(parts) > 1 else None


def holds_damage(cells: Sequence[str]) -> bool:
    """Tell whether a row holds a damaged number, be it one whose decimal comma came apart at the delimiter."""
    pairs = map(",".join, pairwise(cells))
    return any(damage_of(cell) not in (None, "empty") for cell in cells) or any(
        damage_of(pair) == "exponent" for pair in pairs
    )


def digits_in(text: str) -> int:
    """Return how many digits a text holds."""
    return sum(character.isdigit() for character in text)
