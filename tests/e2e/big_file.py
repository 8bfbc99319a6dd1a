"""A file of 200,000 numbers that belong to no person, and the expected result of each row.

Their area codes (N9X) are reserved for a later extension of the numbering plan. A hundred of the numbers reserved
for examples are among them, because the intake accepts only valid numbers.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

ROWS = 200_000
_EXAMPLES = [f"303555{line:04d}" for line in range(100, 200)]
_FREE_CODES = [f"{first}9{last}" for first in range(2, 10) for last in range(10)]
_FORMATS = (
    "+1{0}{1}{2}",
    "1{0}{1}{2}",
    "{0}{1}{2}",
    "({0}) {1}-{2}",
    "{0}-{1}-{2}",
    "{0}.{1}.{2}",
    "+1 {0}-{1}-{2}",
    "1-{0}-{1}-{2}",
    '"({0}) {1}-{2}"',
)
_RARE_FORMATS = (
    "'+1{0}{1}{2}",
    "tel:+1-{0}-{1}-{2}",
    "\u202a+1 {0} {1} {2}\u202c",
    "+1 {0} {1} {2},30,other",
)
_DAMAGES: tuple[tuple[bytes, str], ...] = (
    (b"2.99556E+09", "exponent"),
    (b"2,99556E+09", "exponent"),
    (b"2995550101.0", "trailing_zero"),
    (b"2995550101 / 3995550101", "two_numbers"),
    (b"2995550101,3995550101", "two_numbers"),
    (b"nobody knows", "not_a_number"),
    (b"5550101", "not_a_number"),
    (b"nobody@", "not_an_address"),
    (b'"2995550101', "open_quote"),
    (b'"2995550101"9', "bad_quote"),
    (b"299555\xff0101", "bad_encoding"),
    (b"299555\x000101", "control_character"),
    (b"9" * 10_001, "too_long"),
    (b"   ,30", "empty"),
    (b"2995550101,soon", "bad_end"),
    (b"2995550101,2020-01-31", "past_end"),
    (b"2995550101,,because", "bad_reason"),
)
INVALID_EVERY, REPEATED_PERCENT = 100, 3


@dataclass(frozen=True)
class BigFile:
    """The file, and for each of its rows verdict and reason."""

    content: bytes
    verdicts: list[tuple[str, str]]

    @property
    def counts_by_result(self) -> dict[str, int]:
        """Return how many rows get each result."""
        return dict(Counter(verdict for verdict, _ in self.verdicts))

    @property
    def reasons(self) -> dict[str, int]:
        """Return how many rows are invalid for each reason."""
        return dict(Counter(reason for _, reason in self.verdicts if reason))


def big_file(rows: int = ROWS) -> BigFile:
    """Return the file: no header, mixed formats, every hundredth row damaged, three rows in a hundred repeated."""
    chance = random.Random(3)  # the same file each time
    fresh, seen = _numbers(chance), list[str]()
    lines: list[bytes] = []
    verdicts: list[tuple[str, str]] = []
    for row in range(rows):
        if row % INVALID_EVERY == INVALID_EVERY - 1:
            line, reason = _DAMAGES[row // INVALID_EVERY % len(_DAMAGES)]
            verdicts.append(("invalid", reason))
        elif seen and chance.randrange(100) < REPEATED_PERCENT:
            line = _format(chance.choice(seen), chance)
            verdicts.append(("already_blocked", ""))
        else:
            seen.append(next(fresh))
            line = _format(seen[-1], chance)
            verdicts.append(("blocked", ""))
        lines.append(line)
    return BigFile(b"\r\n".join(lines) + b"\r\n", verdicts)


def _numbers(chance: random.Random) -> Iterator[str]:
    free = [f"{code}555{line:04d}" for code in _FREE_CODES for line in range(10_000)]
    chance.shuffle(free)
    yield from _EXAMPLES
    yield from free


def _format(number: str, chance: random.Random) -> bytes:
    formats = _FORMATS if chance.randrange(100) else _RARE_FORMATS
    return chance.choice(formats).format(number[:3], number[3:6], number[6:]).encode()
