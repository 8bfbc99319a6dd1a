"""A measured figure, its floor, and the bar of its ratio; charts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

_HEAD = "| # | what | figure | floor | ratio | bar | |"


@dataclass(frozen=True)
class Figure:
    """One line of the table. A figure that could not be measured is None, and `note` says why.

    The ratio must not pass the bar; with `least` it must reach it.
    """

    number: str
    what: str
    unit: str
    bar: float
    figure: float | None = None
    floor: float = 1.0
    note: str = ""
    least: bool = False

    @property
    def ratio(self) -> float | None:
        """Return the figure ÷ its floor."""
        return None if self.figure is None else self.figure / self.floor

    @property
    def met(self) -> bool:
        """Return whether the ratio keeps its bar. A figure that was not measured counts as met."""
        if self.ratio is None:
            return True
        return self.ratio >= self.bar - 1e-9 if self.least else self.ratio <= self.bar + 1e-9

    def line(self) -> str:
        """Return the line of the table."""
        bar = f"{'≥ ' if self.least else ''}{self.bar:g}"
        if self.figure is None or self.ratio is None:
            return f"| {self.number} | {self.what} | – | – | – | {bar} | {self.note} |"
        cells = f"{self.figure:,.4g} {self.unit} | {self.floor:,.4g} {self.unit} | {self.ratio:.2f} | {bar}"
        return f"| {self.number} | {self.what} | {cells} | {'met' if self.met else '**missed**'} |"


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table."""
    return "\n".join(
        [_HEAD, "| --- | --- | --- | --- | --- | --- | --- |", *(figure.line() for figure in figures)]
    )


def chart(title: str, axis: str, at: Sequence[int], values: Sequence[float]) -> str:
    """Return a curve as a table and as a chart that Markdown shows (mermaid)."""
    numbers = [f"{value:,.0f}" for value in values]
    rows = [f"| {axis} | {' | '.join(map(str, at))} |", "| --- " * (len(at) + 1) + "|"]
    rows.append(f"| {title[:1].lower()}{title[1:]} | {' | '.join(numbers)} |")
    drawn = [
        "```mermaid",
        "xychart-beta",
        f'  title "{title}"',
        f'  x-axis "{axis}" {json.dumps([*map(str, at)])}',
    ]
    drawn += [
        f"  y-axis 0 --> {max(values) * 1.1:.0f}",
        f"  line {[round(value) for value in values]}",
        "```",
    ]
    return "\n".join([*rows, "", *drawn])


def least_of(rounds: int, *measure: object) -> list[float]:
    """Measure in turns, so that a busy moment affects all alike. Return the least of each."""
    least = [float("inf")] * len(measure)
    for _ in range(rounds):
        for index, measurement in enumerate(measure):
            assert callable(measurement)
            least[index] = min(least[index], measurement())
    return least
