"""Hostile and damaged values, files and bodies, the same for every run of a seed (PRI-20, PRI-21, INT-7)."""

import csv
import gzip
import io
import os
import random
import re
import unicodedata
from dataclasses import dataclass

from tests.harness.profiles import LONG

SIGNS = (
    "\u2028",
    "\u200b",
    "\ufeff",
    "\u00a0",
    "\x00",
    "\x85",
    "'",
    "`",
    '"',
    ";",
    "|",
    "\t",
    "=",
    "\uff1d",
    "\\",
    "\r",
)
CONTACT_NAMES = (
    "phone",
    "Mobile",
    "Phone #",
    "E-Mail",
    "home_phone",
    "Telephone No",
    "contact",
    "number",
    "spouse phone",
)
OTHER_NAMES = (
    "Customer No",
    "Name",
    "id",
    "Notes",
    "until",
    "reason",
    "days",
    "phone_type",
    "lead id",
    "",
    "Sales 2024",
)
ENDS = ("\n", "\r\n", "\r", "\n\n", "\r\r\n")
LAST_DIGITS = 8


def seed_of(fixed: int) -> int:
    """Return the seed: `HOSTILE_SEED`, a new one for a long run, or a fixed one; print it."""
    chosen = os.environ.get("HOSTILE_SEED")
    seed = int(chosen) if chosen else random.SystemRandom().randrange(10**9) if LONG else fixed
    print(f"HOSTILE_SEED={seed}")
    return seed


def value(chance: random.Random) -> str:
    """Return a value that a source or a spreadsheet could have made of a contact, or anything else."""
    number = f"202-555-01{chance.randrange(100):02d}"
    plain = number.replace("-", "")
    at = f"user{chance.randrange(50)}@example.org"
    made = chance.choice(
        (
            number, f"+1{plain}", plain, f"({plain[:3]}) {number[4:]}", at, at.upper(), f"'{number}", f'="{plain}"',
            f"`{at}", f"{plain}.0", f"{plain[0]}.{plain[1:4]}E+09", f"{plain[0]},{plain[1:4]}E+09", f"{number}/{plain}",
            f"{number} x55", f"{number[:8]}XXXX", "312XXXXXXX", "1-800-FLOWERS", "30.11.2026", "20261130", "2027", "30",
            "2030-01-31", "", " ", "n/a", "none", "Ann", "Ex, Ann", "Ex; Ann", "415", "2004001", plain + "9", "=1+1",
            f"tel:{number}", f"mailto:{at}", "\u200b", f"\u200e{number}", "".join(map(_wide, plain)), "x" * 10_001,
            f"Ann <{at}>", f"{at};{at}", f"one\u2028two {number}", "regulator", "\u00b2025550101",
            f"{number}\n{number}",
        )
    )  # fmt: skip
    if chance.random() < 0.1:
        place = chance.randrange(len(made) + 1)
        made = made[:place] + chance.choice(SIGNS) + made[place:]
    return made


@dataclass(frozen=True)
class HostileFile:
    """A file: its name, its bytes, its text before it was damaged, and its bytes before they were packed."""

    name: str
    content: bytes
    text: str
    plain: bytes


def file(chance: random.Random) -> HostileFile:
    """Return a file with or without a header, quoted well or badly, whole or damaged, plain or packed."""
    mark, end = chance.choice(",;\t|"), chance.choice(ENDS)
    width = chance.randint(1, 4)
    rows = [
        [value(chance) for _ in range(max(1, width - chance.choice((0, 0, 0, 1, -1))))]
        for _ in range(chance.randint(0, 6))
    ]
    kind = chance.random()
    if kind < 0.7:
        names = CONTACT_NAMES if kind < 0.3 else CONTACT_NAMES + OTHER_NAMES if kind < 0.6 else OTHER_NAMES
        rows.insert(0, [chance.choice(names) for _ in range(width)])
    out = io.StringIO()
    if chance.random() < 0.7:
        csv.writer(out, delimiter=mark, lineterminator=end).writerows(rows)
    else:
        out.write("".join(mark.join(row) + end for row in rows))
    text = chance.choice(("", "", "\ufeff", f"sep={mark}{end}", "My list\n")) + out.getvalue()
    content = text.encode(chance.choice(("utf-8",) * 8 + ("latin-1", "utf-16")), "replace")
    if chance.random() < 0.2:
        content = damaged(chance, content)
    plain = content
    if chance.random() < 0.1:
        content = gzip.compress(content)
        content = content[: chance.randrange(len(content))] if chance.random() < 0.3 else content
    return HostileFile(chance.choice(("a.csv", "a.txt", "a.csv.gz", "b/a", "a.xlsx")), content, text, plain)


def damaged(chance: random.Random, content: bytes) -> bytes:
    """Return a content with bytes cut off, changed, put in or repeated."""
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(content) + 1)
        part = chance.choice(
            (
                b'"',
                b"\x00",
                b"\xff",
                b"\r",
                b"\xc3",
                b"{",
                b"}",
                b"[",
                b",",
                b"%",
                b"&",
                b"+",
                b"\\",
                b"\xe2\x80\xa8",
            )
        )
        content = chance.choice(
            (
                content[:place],
                content[place:],
                content[:place] + part + content[place:],
                content[:place] + content[place + 1 :],
            )
        )
    return content


def is_as_written(normal: str, texts: list[str]) -> bool:
    """Return True if a contact is in one of the texts: its last digits in a row with nothing but marks between them."""
    shown = [_plain(text) for text in texts]
    if "@" in normal:
        return any(normal.casefold() in text.casefold() for text in shown)
    pattern = re.compile(r"[\s().+\[\]/-]*".join(normal[-LAST_DIGITS:]) + r"(?![0-9])")
    return any(pattern.search(text) for text in shown)


def _plain(text: str) -> str:
    visible = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return unicodedata.normalize("NFKC", visible)


def _wide(digit: str) -> str:
    return chr(0xFF10 + int(digit))
