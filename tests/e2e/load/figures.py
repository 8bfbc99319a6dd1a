"""The rates of a run, as ratios to those of a function that does nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

from tests.e2e.load.outcome import Outcome, Posted

_HEAD = "| what | number | a second | ÷ no-op |\n| --- | --- | --- | --- |"


@dataclass(frozen=True)
class Rate:
    """So many in a second, by all callers together."""

    what: str
    number: int
    rate: float


def table(outcome: Outcome, noop: list[float], counted_s: float, callers: int) -> str:
    """Return the rates of a run as a table. The first line is the function that does nothing."""
    floor = _of_calls("a function that does nothing", noop, callers)
    rates = [floor, *_rates(outcome, counted_s, callers)]
    return "\n".join(
        [
            _HEAD,
            *(
                f"| {rate.what} | {rate.number} | {rate.rate:.3g} | {rate.rate / floor.rate:.2f} |"
                for rate in rates
            ),
        ]
    )


def _rates(outcome: Outcome, counted_s: float, callers: int) -> Iterable[Rate]:
    by_kind: dict[str, list[Posted]] = {}
    for posted in outcome.posted:
        by_kind.setdefault(_kind(posted), []).append(posted)
    for kind, all_posted in sorted(by_kind.items()):
        yield _of_calls(kind, [each.ended - each.began for each in all_posted], callers)
    forgets = [each for each in outcome.forgotten if each.calls]
    spent = [(each.ended - each.began) / each.calls for each in forgets for _ in range(each.calls)]
    if spent:
        yield _of_calls("forget: each of its two requests", spent, callers)
    for file in outcome.imported:
        yield Rate(
            f"import: rows of {file.kind}, meanwhile", file.rows, file.rows / (file.ended - file.began)
        )
    leads = len(list(outcome.stored())) + len(outcome.imported_leads())
    yield Rate("leads stored, counted and reported", leads, leads / counted_s)


def _kind(posted: Posted) -> str:
    """Return the kind of a post: as planned, or refused for a block."""
    return f"post: {posted.post.kind}" if posted.lead_id else "post: refused, nothing stored"


def _of_calls(what: str, seconds: list[float], callers: int) -> Rate:
    return Rate(what, len(seconds), callers / fmean(seconds))
