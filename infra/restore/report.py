"""The result of a restore in numbers; it holds no row and no contact."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Report:
    """What was done, what the ledger cannot repeat, and what is wrong."""

    done: Counter[str] = field(default_factory=Counter)
    by_hand: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def expect(self, what: str, found: int, wanted: int) -> None:
        """Add a compared count; report a difference as wrong."""
        self.done[f"verified: {what}"] = found
        if found != wanted:
            self.wrong.append(f"{what}: {found}, should be {wanted}")

    def lines(self) -> Iterator[str]:
        """Yield the report as it is printed."""
        yield from (f"  {what}: {count}" for what, count in self.done.items())
        if self.by_hand:
            yield "The ledger cannot repeat these; check each before the switch:"
            yield from (f"  {what}: {count}" for what, count in sorted(self.by_hand.items()))
        yield from (f"WRONG {what}" for what in self.wrong)
