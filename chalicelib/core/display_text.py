"""Text that is shown in one line: names, in lists and in mails."""

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"  # the spelling of some languages needs them


def is_one_line(text: str) -> bool:
    """Return whether a text has no line end, no other control character, and no invisible or direction sign.

    Example:
        >>> is_one_line("Solar West"), is_one_line("Solar\\nWest"), is_one_line("Solar\\u202etseW")
        (True, False, False)
    """
    return not any(unicodedata.category(char) in _HIDDEN and char not in _JOINERS for char in text)


def in_one_line(text: str) -> str:
    """Return a text for one line of a mail. Names that were stored before they were checked may hold such signs.

    Example:
        >>> in_one_line("Solar\\nBcc: a@example.org")
        'Solar Bcc: a@example.org'
    """
    return "".join(char if is_one_line(char) else " " for char in text)
