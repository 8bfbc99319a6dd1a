"""Which rows an ongoing transaction holds, and which rows an ongoing single write writes."""

from collections import Counter
from collections.abc import Iterable

from tests.harness.conflicts.tables.rows import Address


class Holds:
    """The rows of ongoing calls. With `conflicts` off, no call meets another, as in the emulators."""

    def __init__(self, *, conflicts: bool = True) -> None:
        self._conflicts = conflicts
        self._held: set[Address] = set()
        self._written: Counter[Address] = Counter()

    def met(self, rows: Iterable[Address]) -> set[Address]:
        """Return those of the rows that an ongoing transaction holds."""
        if not self._conflicts:
            return set()
        return {row for row in rows if row in self._held}

    def met_by_read(self, rows: Iterable[Address]) -> set[Address]:
        """Return those that an ongoing transaction holds or a single write writes: a TransactGetItems meets both."""
        if not self._conflicts:
            return set()
        return {row for row in rows if row in self._held or self._written[row]}

    def hold(self, rows: Iterable[Address]) -> None:
        """Let a transaction hold rows that no other one holds."""
        self._held.update(rows)

    def release(self, rows: Iterable[Address]) -> None:
        """End the hold of a transaction."""
        self._held.difference_update(rows)

    def write(self, rows: Iterable[Address]) -> None:
        """Begin a write of single rows."""
        self._written.update(rows)

    def end_write(self, rows: Iterable[Address]) -> None:
        """End it."""
        self._written.subtract(rows)
        for row in rows:
            if not self._written[row]:
                del self._written[row]
