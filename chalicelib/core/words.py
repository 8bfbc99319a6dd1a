"""The words of the trade: which names mean a contact, a field, a yes or a test (SRC-7). The lists are data."""

import functools
import re
from collections.abc import Mapping
from pathlib import Path

from chalicelib.core.plain_text import fold
from chalicelib.core.quick_dataclass import dataclass

_FILE = Path(__file__).resolve().parents[1] / "data" / "words.txt"
_PATH = re.compile(r"[.\[\]/]+")
_MOST_PARTS = 3


@dataclass(frozen=True)
class WordLists:
    """The lists of the file, each word folded: well-known field names, kinds of contact words, and the rest."""

    fields: Mapping[str, str]
    contacts: Mapping[str, str]
    fillers: frozenset[str]
    carriers: frozenset[str]
    labels: frozenset[str]
    yes: frozenset[str]
    no: frozenset[str]
    test_pairs: frozenset[str]
    test_texts: tuple[str, ...]


def canonical_key(key: str) -> str:
    """Return the well-known name of a key, as the trade writes it in any way; or the key itself (INT-1)."""
    words, folded = cached_words(), fold(key)
    known = words.fields.get(folded)
    if known is not None:
        return known
    return words.contacts[found] if (found := _contact_word(key)) in words.fillers else key


def contact_kind(key: str) -> str | None:
    """Return `phone` or `email` if a key is a contact word, otherwise None (SRC-3).

    Of a path such as `customer.contact[phone]` the last parts count.

    Example:
        >>> [contact_kind(key) for key in ("Home-Phone 2", "user[e mail]", "phone_type", "customer_id")]
        ['phone', 'email', None, None]
    """
    return cached_words().contacts.get(_contact_word(key) or "")


def is_carrier(key: str) -> bool:
    """Return True for a key that says nothing of its own, such as `value`: the key above it names the value."""
    return fold(key) in cached_words().carriers


def is_label(key: str) -> bool:
    """Return True for a key whose value names the values beside it, such as `column_id`."""
    return fold(key) in cached_words().labels


def yes_or_no(text: str) -> bool | None:
    """Return the meaning of a word for yes or no, or None if it is neither."""
    folded = fold(text.strip().rstrip(".!"))
    words = cached_words()
    return True if folded in words.yes else False if folded in words.no else None


def is_test_pair(key: str, value: str) -> bool:
    """Return True for a key and a value that together mark a test, such as `lp_action` with `test`."""
    return f"{fold(key)}={fold(value)}" in cached_words().test_pairs


def is_test_text(value: str) -> bool:
    """Return True for text that marks a test wherever it is, such as Meta's dummy data (SRC-7)."""
    if "<" not in value:
        return False
    return any(text in value.casefold() for text in cached_words().test_texts)


@functools.cache
def cached_words() -> WordLists:
    """Return the lists, read once in a process."""
    groups: dict[str, list[str]] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        name, colon, content = line.partition(":")
        if colon and not line.startswith("#"):
            words = [content.strip()] if name == "test text" else content.split()
            groups.setdefault(name, []).extend(words)
    fields = {}
    for name, words in groups.items():
        if name.startswith("field "):
            canonical = name.removeprefix("field ")
            fields.update({fold(word): canonical for word in (canonical, *words)})
    fillers, contacts = _contact_words(groups)
    return WordLists(
        fields,
        contacts,
        frozenset(fillers),
        _folded(groups["carrier"]),
        _folded(groups["label"]),
        _folded(groups["yes"]),
        _folded(groups["no"]),
        frozenset(groups["test pair"]),
        tuple(groups["test text"]),
    )


@functools.lru_cache(maxsize=4096)
def _contact_word(key: str) -> str | None:
    """Return the contact word that a key is, without its number: of a path, that of its last parts."""
    if len(key) > 200:
        return None
    contacts = cached_words().contacts
    parts = [part for part in map(fold, _PATH.split(key)) if part and not part.isdigit()]
    for count in range(1, min(_MOST_PARTS, len(parts)) + 1):
        word = "".join(parts[-count:])
        for candidate in (word, word.rstrip("0123456789"), word.lstrip("0123456789")):
            if candidate in contacts:
                return candidate
    return None


def _contact_words(groups: Mapping[str, list[str]]) -> tuple[set[str], dict[str, str]]:
    """Return the contact words that fill the person's own field, and the kinds of all."""
    fillers: set[str] = set()
    contacts: dict[str, str] = {}
    for kind in ("phone", "email"):
        nouns = _folded(groups[f"noun {kind}"])
        own = {*nouns, *_pairs(nouns, _folded(groups["owner"]))}
        fillers |= own
        others = {*_folded(groups.get(f"other {kind}", [])), *_pairs(nouns, _folded(groups["other"]))}
        contacts.update(dict.fromkeys(own | others, kind))
    return fillers, contacts


def _pairs(nouns: frozenset[str], owners: frozenset[str]) -> set[str]:
    return {word for noun in nouns for owner in owners for word in (owner + noun, noun + owner)}


def _folded(words: list[str]) -> frozenset[str]:
    return frozenset(map(fold, words))
