"""A measured figure, its floor, and the bar that its ratio must not pass."""

from collections.abc import Sequence
from dataclasses import dataclass

_HEAD = "| # | what | figure | floor | ratio | bar | |"


@dataclass(frozen=True)
class Figure:
    """One line of the table. A figure that could not be measured is None, and `note` says why."""

    number: str
    what: str
    unit: str
    bar: float
    figure: float | None = None
    floor: float = 1.0
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Return the figure ÷ its floor."""
        return None if self.figure is None else self.figure / self.floor

    @property
    def met(self) -> bool:
        """Return whether the ratio is within its bar. A figure that was not measured counts as met."""
        return self.ratio is None or self.ratio <= self.bar + 1e-9

    def line(self) -> str:
        """Return the line of the table."""
        if self.figure is None or self.ratio is None:
            return f"| {self.number} | {self.what} | – | – | – | {self.bar:g} | {self.note} |"
        cells = f"{self.figure:,.4g} {self.unit} | {self.floor:,.4g} {self.unit} | {self.ratio:.2f} | {self.bar:g}"
        return f"| {self.number} | {self.what} | {cells} | {'met' if self.met else '**missed**'} |"


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table."""
    return "\n".join(
        [_HEAD, "| --- | --- | --- | --- | --- | --- | --- |", *(figure.line() for figure in figures)]
    )


def least_of(rounds: int, *measure: object) -> list[float]:
    """Measure in turns, so that a busy moment affects all alike. Return the least of each."""
    least = [float("inf")] * len(measure)
    for _ in range(rounds):
        for index, measurement in enumerate(measure):
            assert callable(measurement)
            least[index] = min(least[index], measurement())
    return least
