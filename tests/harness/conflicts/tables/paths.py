"""The words of an expression, and the paths in it: `#a.b[2]`. Both are read once and kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.harness.conflicts.tables.values import Invalid, Item, Value

_WORD = re.compile(r"\s*([#:]?[A-Za-z0-9_]+|<>|<=|>=|[=<>(),.\[\]+-])")
Step = str | int


@dataclass(frozen=True)
class Given:
    """What comes with an expression: the real names and the values of its placeholders."""

    names: Mapping[str, str]
    values: Mapping[str, Value]

    def value(self, name: str) -> Value:
        """Return the value of a placeholder."""
        if name not in self.values:
            raise Invalid(f"an expression uses {name}, which has no value")
        return self.values[name]


class Words:
    """The words of an expression, read from left to right. It notes the placeholders that it passes."""

    def __init__(self, text: str) -> None:
        self._words, at = list[str](), 0
        while text[at:].strip():
            word = _WORD.match(text, at)
            if word is None:
                raise Invalid("syntax error in an expression")
            self._words.append(word[1])
            at = word.end()
        self._at = 0
        self.used = frozenset(word for word in self._words if word[0] in "#:")

    @property
    def next(self) -> str:
        """Return the next word; empty at the end."""
        return self._words[self._at] if self._at < len(self._words) else ""

    @property
    def second(self) -> str:
        """Return the word after the next one."""
        return self._words[self._at + 1] if self._at + 1 < len(self._words) else ""

    def take(self) -> str:
        """Pass the next word."""
        word = self.next
        if not word:
            raise Invalid("an expression ends too early")
        self._at += 1
        return word

    def skip(self, word: str) -> bool:
        """Pass the next word if it is this one, in any case."""
        is_there = self.next.upper() == word
        self._at += is_there
        return is_there

    def require(self, word: str) -> None:
        """Pass this word, which must be the next one."""
        if not self.skip(word):
            raise Invalid(f"an expression lacks {word}")


class Path:
    """The way to an attribute, or to a member of it."""

    def __init__(self, words: Words) -> None:
        self._steps: list[Step] = [_name(words.take())]
        while words.next in (".", "["):
            if words.take() == ".":
                self._steps.append(_name(words.take()))
            else:
                self._steps.append(_index(words.take()))
                words.require("]")

    def steps(self, given: Given) -> list[Step]:
        """Return the real names and the indexes."""
        return [_real(step, given) for step in self._steps]

    def read(self, item: Item, given: Given) -> Value | None:
        """Return the value at this path, or None."""
        first, *rest = self._steps
        value = item.get(_real(first, given))  # type: ignore[arg-type]  # the first step is a name
        for step in rest:
            value = _member(value, _real(step, given))
        return value


def _member(value: Value | None, step: Step) -> Value | None:
    if value is None:
        return None
    found: Value | None = None
    if isinstance(step, str):
        found = value.get("M", {}).get(step)
    elif step < len(value.get("L", ())):
        found = value["L"][step]
    return found


def _name(word: str) -> str:
    if word[0] == "#" or word[0].isalpha() or word[0] == "_":
        return word
    raise Invalid("an expression lacks a name")


def _index(word: str) -> int:
    if not word.isdigit():
        raise Invalid("an index is a number")
    return int(word)


def _real(step: Step, given: Given) -> Step:
    if isinstance(step, int) or step[0] != "#":
        return step
    if step not in given.names:
        raise Invalid(f"an expression uses {step}, which has no name")
    return given.names[step]
