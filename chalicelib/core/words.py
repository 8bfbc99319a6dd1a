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
_LONGEST_WORD = 100
_INNER_NUMBER = re.compile(r"([^\W\d]{2,})[0-9]{1,2}([^\W\d]{2,})")  # phone1_home


@dataclass(frozen=True)
class _ContactWord:
    """The kind of a contact word, whether it fills the person's own field, and whether it is another person's."""

    kind: str
    fills: bool
    of_another: bool


@dataclass(frozen=True)
class WordLists:
    """The lists of the file, each word folded: well-known field names, kinds of contact words, and the rest."""

    fields: Mapping[str, str]
    contacts: Mapping[str, str]
    fillers: frozenset[str]
    affixes: frozenset[str]
    others: frozenset[str]
    carriers: frozenset[str]
    labels: frozenset[str]
    yes: frozenset[str]
    no: frozenset[str]
    test_pairs: frozenset[str]
    test_texts: tuple[str, ...]


def canonical_key(key: str) -> str:
    """Return the well-known name of a key, as the trade writes it in any way; or the key itself (INT-1)."""
    known = cached_words().fields.get(fold(key))
    if known is not None:
        return known
    found = _contact_word(key)
    return found.kind if found is not None and found.fills else key


def contact_kind(key: str) -> str | None:
    """Return `phone` or `email` if a key is a contact word, otherwise None (SRC-3).

    Of a path such as `customer.contact[phone]` the last parts count, without those that say nothing, such as `value`.

    Example:
        >>> [contact_kind(key) for key in ("Home-Phone 2", "user[e mail]", "phone_type", "customer_id")]
        ['phone', 'email', None, None]
    """
    found = _contact_word(key)
    return None if found is None else found.kind


def is_of_another(key: str) -> bool:
    """Return True for a contact word that names the contact of another person in any part of it (SRC-7).

    Example:
        >>> [is_of_another(key) for key in ("spouse_phone", "emergency.contact[phone]", "home_phone", "spouse")]
        [True, True, False, False]
    """
    found = _contact_word(key)
    return found is not None and found.of_another


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
        _folded([*groups["owner"], *groups["form"], *groups["other"]]),
        _folded(groups["other"]),
        _folded(groups["carrier"]),
        _folded(groups["label"]),
        _folded(groups["yes"]),
        _folded(groups["no"]),
        frozenset(groups["test pair"]),
        tuple(groups["test text"]),
    )


@functools.lru_cache(maxsize=4096)
def _contact_word(key: str) -> _ContactWord | None:
    """Return what a name is as a contact word, without its number: of a path, its last parts, the longest first."""
    if len(key) > 200:
        return None
    words = cached_words()
    parts = [part for part in map(fold, _PATH.split(key)) if part and not part.isdigit()]
    suffixes = ["".join(parts[-count:]) for count in range(min(_MOST_PARTS, len(parts)), 0, -1)]
    whole = "".join(parts)
    names_another = any(other in whole for other in words.others)
    for suffix in suffixes:
        for word in _without_number(suffix):
            if word in words.contacts:
                of_another = names_another and not (len(parts) == 1 and word in words.fillers)
                return _ContactWord(
                    words.contacts[word], word in words.fillers and not of_another, of_another
                )
    for suffix in suffixes + _without_carriers(parts):
        kind = _kind_with_affix(suffix)
        if kind is not None:
            return _ContactWord(kind, fills=False, of_another=names_another)
    return None


def _without_number(word: str) -> tuple[str, ...]:
    """Return the word, and without a number at its end, its beginning or between two words."""
    inner = _INNER_NUMBER.sub(r"\1\2", word)
    return word, word.rstrip("0123456789"), word.lstrip("0123456789"), inner


def _without_carriers(parts: list[str]) -> list[str]:
    """Return the last parts of a path before those that say nothing, the longest first; nothing without such parts."""
    end = len(parts)
    while end and parts[end - 1] in cached_words().carriers and len(parts) - end < _MOST_PARTS:
        end -= 1
    if end == len(parts):
        return []
    return ["".join(parts[max(0, end - count) : end]) for count in range(_MOST_PARTS, 0, -1)]


def _kind_with_affix(word: str) -> str | None:
    """Return the kind of a contact word that has one more owner, form or other person at its beginning or end."""
    words = cached_words()
    for candidate in dict.fromkeys(_without_number(word[:_LONGEST_WORD])):
        if candidate in words.contacts:
            return words.contacts[candidate]
        for affix in words.affixes:
            for rest in (candidate.removeprefix(affix), candidate.removesuffix(affix)):
                if rest in words.contacts:
                    return words.contacts[rest]
    return None


def _contact_words(groups: Mapping[str, list[str]]) -> tuple[set[str], dict[str, str]]:
    """Return the contact words that fill the person's own field, and the kinds of these and of further ones."""
    fillers: set[str] = set()
    contacts: dict[str, str] = {}
    for kind in ("phone", "email"):
        nouns = _folded(groups[f"noun {kind}"])
        own = {*nouns, *_pairs(nouns, _folded(groups["owner"]))}
        fillers |= own
        contacts.update(dict.fromkeys(own | _folded(groups[f"more {kind}"]), kind))
    return fillers, contacts


def _pairs(nouns: frozenset[str], owners: frozenset[str]) -> set[str]:
    return {word for noun in nouns for owner in owners for word in (owner + noun, noun + owner)}


def _folded(words: list[str]) -> frozenset[str]:
    return frozenset(map(fold, words))
