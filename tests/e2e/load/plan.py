"""The plan of a run: a seeded mix of posts, replays, duplicates, forgets and two files."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import chalicelib

LEAST, MOST = 20, 10_000
SPARE = 40_000  # a person who is in no plan
OPEN, UNIQUE, LIMITED = "open", "unique", "limited"
FIRST, COPY, REPLAY = "first post", "duplicate", "replay"
OF_LEAD, OF_LEAD_KEPT_OUT, OF_CONTACT_KEPT_OUT = "lead", "lead, kept out", "contact, kept out"
_FORGETS = (OF_LEAD, OF_LEAD_KEPT_OUT, OF_CONTACT_KEPT_OUT)
_MOST_COPIES = 4
_USED_BY_OTHER_TESTS = ("202", "303", "312", "415")
_CODES = Path(chalicelib.__path__[0]) / "data" / "area-codes.txt"


@dataclass(frozen=True)
class Person:
    """An invented person of a run, with a number that is reserved for examples."""

    number: int
    tag: str

    @property
    def phone(self) -> str:
        """Return the number, as a form would send it."""
        code = _area_codes()[self.number // 100]
        return f"+1 {code}-555-01{self.number % 100:02d}"

    @property
    def email(self) -> str:
        """Return the address. It is this run's alone, so a trace of it can be searched for."""
        return f"load-{self.tag}-{self.number}@example.com"

    @property
    def fields(self) -> dict[str, str]:
        """Return the fields of a lead."""
        return {"first_name": "Gus", "phone": self.phone, "email": self.email}


@dataclass(frozen=True)
class Post:
    """A post of a lead under a key. A replay has the key of an earlier post; a duplicate has its person."""

    kind: str
    campaign: str
    person: int
    key: str


@dataclass(frozen=True)
class Forget:
    """A forget of all leads of a person: lead by lead, or by the e-mail address."""

    person: int
    way: str

    @property
    def keeps_out(self) -> bool:
        """Return whether the person is to be kept out."""
        return self.way != OF_LEAD


Action = Post | Forget


@dataclass(frozen=True)
class Plan:
    """The actions in their order, the persons of the two files, and the limit of the limited campaign."""

    actions: tuple[Action, ...]
    blocked: tuple[int, ...]
    imported: tuple[int, ...]
    limit: int


def plan(seed: int, leads: int) -> Plan:
    """Return a plan with so many leads, each under a key of its own; replays, forgets and files come on top of them.

    Of the leads, 4 in 10 go to a campaign without checks, 3 to one that refuses duplicates and 3 to one with a limit,
    which takes 6 of 10. A fifth is sent again, at once or later. One person in ten is forgotten after the posts.
    One in ten is in a file of blocks that is imported meanwhile, with as many who never post.
    """
    if not LEAST <= leads <= MOST:
        raise ValueError(f"A run has {LEAST} to {MOST} leads, not {leads}.")
    chance = random.Random(seed)
    first = list(_posts(chance, leads))
    placed: list[tuple[float, Action]] = [(chance.random(), post) for post in first]
    last: dict[int, float] = {}
    for at, post in placed:
        assert isinstance(post, Post)
        last[post.person] = max(at, last.get(post.person, 0.0))
    placed += _replays(chance, placed)
    people = sorted(last)
    for person in chance.sample(people, max(3, len(people) // 10)):
        placed.append((chance.uniform(last[person], 1), Forget(person, chance.choice(_FORGETS))))
    absent = range(len(people), len(people) + max(1, len(people) // 10))
    imported = range(absent.stop, absent.stop + max(1, leads // 10))
    blocked = [*chance.sample(people, len(absent)), *absent]
    chance.shuffle(blocked)
    ordered = [action for _, action in sorted(placed, key=lambda each: each[0])]
    limited = sum(post.campaign == LIMITED for post in first)
    return Plan(tuple(ordered), tuple(blocked), tuple(imported), limited * 6 // 10)


def _posts(chance: random.Random, leads: int) -> Iterator[Post]:
    """Yield the posts of a run. Persons are numbered from 0 on; one of the unique campaign has up to four posts."""
    limited = unique = leads * 3 // 10
    for person in range(leads - limited - unique):
        yield Post(FIRST, OPEN, person, f"{OPEN}-{person}")
    person = leads - limited - unique
    for _ in range(limited):
        yield Post(FIRST, LIMITED, person, f"{LIMITED}-{person}")
        person += 1
    while unique:
        copies = min(unique, chance.randint(1, _MOST_COPIES))
        for copy in range(copies):
            yield Post(COPY if copy else FIRST, UNIQUE, person, f"{UNIQUE}-{person}-{copy}")
        person, unique = person + 1, unique - copies


def _replays(chance: random.Random, placed: list[tuple[float, Action]]) -> list[tuple[float, Action]]:
    """Return replays of a fifth of the posts: half at the same time as the post, half at any time after it."""
    replays: list[tuple[float, Action]] = []
    for at, post in chance.sample(placed, len(placed) // 5):
        assert isinstance(post, Post)
        later = at if chance.random() < 0.5 else chance.uniform(at, 1)
        replays.append((later, Post(REPLAY, post.campaign, post.person, post.key)))
    return replays


def _area_codes() -> list[str]:
    """Return the area codes in service that no other test on a stack uses."""
    lines = _CODES.read_text(encoding="utf-8").splitlines()
    codes = " ".join(line for line in lines if not line.startswith("#")).split()
    return [code for code in codes if code not in _USED_BY_OTHER_TESTS]
