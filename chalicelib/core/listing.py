"""Lists of words in messages."""

from collections.abc import Iterable

_MOST = 40


def listed(words: Iterable[str]) -> str:
    """Return words for a message, separated by commas; after forty the rest is only counted.

    Example:
        >>> listed(["phone", "email"])
        'phone, email'
    """
    all_words = list(words)
    more = len(all_words) - _MOST
    return ", ".join([*all_words[:_MOST], *([f"and {more} more"] if more > 0 else [])]) or "none"
