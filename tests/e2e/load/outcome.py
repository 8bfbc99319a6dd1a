"""What a run did and was answered, for the checks and the figures."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.load.plan import Forget, Person, Plan, Post


@dataclass(frozen=True)
class Posted:
    """A post and its last answer: when it was sent and answered, and how often it was sent."""

    post: Post
    status: int
    content: bytes
    began: float
    ended: float
    tries: int = 1

    @property
    def body(self) -> dict[str, Any]:
        """Return the answer."""
        body: dict[str, Any] = json.loads(self.content)
        return body

    @property
    def lead_id(self) -> str | None:
        """Return the lead of the answer, None if nothing was stored."""
        return self.body.get("lead_id")

    @property
    def is_of_erased(self) -> bool:
        """Return whether the answer is that of an erased lead."""
        return self.body.get("state") == "erased"


@dataclass(frozen=True)
class Forgotten:
    """A forget: the leads that it erased, those still readable just after its answer, its calls."""

    forget: Forget
    lead_ids: tuple[str, ...]
    readable: tuple[str, ...]
    began: float
    ended: float
    calls: int


@dataclass(frozen=True)
class Imported:
    """A file that was imported: its rows by verdict, the leads of its result, when it began and ended."""

    kind: str
    rows: int
    by_verdict: Mapping[str, int]
    lead_ids: tuple[str, ...]
    began: float
    ended: float


@dataclass
class Outcome:
    """Everything that a run did. `probes` are posts after the end, of contacts that must be refused."""

    plan: Plan
    tag: str
    posted: list[Posted] = field(default_factory=list)
    forgotten: list[Forgotten] = field(default_factory=list)
    imported: list[Imported] = field(default_factory=list)
    probes: list[Posted] = field(default_factory=list)

    def person(self, number: int) -> Person:
        """Return a person of the run."""
        return Person(number, self.tag)

    def by_key(self) -> dict[str, list[Posted]]:
        """Return the answers of each key, in the order in which they came."""
        keys: dict[str, list[Posted]] = {}
        for posted in sorted(self.posted, key=lambda each: each.ended):
            keys.setdefault(posted.post.key, []).append(posted)
        return keys

    def stored(self) -> Iterator[Posted]:
        """Yield the first answer with a lead of each key that has one."""
        for answers in self.by_key().values():
            yield from [each for each in answers if each.lead_id][:1]

    def imported_leads(self) -> list[str]:
        """Return the leads of the imported file."""
        return [lead_id for each in self.imported for lead_id in each.lead_ids]

    def erased(self) -> set[str]:
        """Return every lead that was forgotten."""
        return {lead_id for each in self.forgotten for lead_id in each.lead_ids}

    def kept_out(self) -> set[int]:
        """Return the persons whose contacts must be refused from now on."""
        kept_out = {each.forget.person for each in self.forgotten if _blocks(each)}
        return kept_out | set(self.plan.blocked)


def _blocks(forgotten: Forgotten) -> bool:
    """Return whether a forget blocked a contact: by lead it does so only if the person has a lead."""
    by_contact = forgotten.forget.way.startswith("contact")
    return forgotten.forget.keeps_out and (by_contact or bool(forgotten.lead_ids))
