"""Statistics of a campaign by UTC day of receipt, without personal data (data-model.md, Statistics)."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from decimal import Decimal
from typing import Any, TypedDict

from chalicelib.core.paging import DayRowPosition, LastKey
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.jobs.domain import Counts, JobWork
from chalicelib.leads.domain.leads import Facts, Status

HIDDEN_UNDER = 5
_PARTS = Decimal(10_000)


class ForecastAsked(TypedDict):
    """The question of a forecast: the deadlines from `since` to `until`, in these projects; None for all."""

    since: int
    until: int
    projects: list[str] | None


class ShardPosition(TypedDict):
    """The position in the index by deadline: a shard, and its last row that was read."""

    shard: int
    after: LastKey | None


class WhatIfAsked(TypedDict):
    """The question of a what-if: the campaign, the other retention days, and the time of the question."""

    campaign_id: str
    days: int | None
    now: int


class PriceCorrectionAsked(TypedDict):
    """The order of a price correction: the campaign, the price, and the last UTC day."""

    campaign_id: str
    last: str
    price: str


class CorrectedCount(TypedDict):
    """The number of leads with a corrected price."""

    corrected: int


class CorrectedTally(TypedDict):
    """The result of a price correction."""

    leads: CorrectedCount


ForecastWork = JobWork[ForecastAsked, ShardPosition, Counts]
"""Its tally is by campaign and day."""

WhatIfWork = JobWork[WhatIfAsked, DayRowPosition, Counts]
"""Its tally is by day and kind of difference."""

PriceCorrectionWork = JobWork[PriceCorrectionAsked, DayRowPosition, CorrectedTally]


@dataclass
class GroupShare:
    """The numbers of a group of leads: counts by status, and the cost of accepted leads by currency."""

    leads: dict[str, int] = field(default_factory=dict)
    cost: dict[str, Decimal] = field(default_factory=dict)

    def add(self, other: "GroupShare") -> None:
        """Add the numbers of another group."""
        _add(self.leads, other.leads)
        _add(self.cost, other.cost)


@dataclass
class Numbers(GroupShare):
    """All numbers: with reasons, rejections, erasures and services, and by category and group (CAM-23)."""

    reasons: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    erased: int = 0
    services: dict[str, int] = field(default_factory=dict)
    services_cost: dict[str, Decimal] = field(default_factory=dict)
    by: dict[str, dict[str, GroupShare]] = field(default_factory=lambda: {"category": {}, "group": {}})

    def add_numbers(self, other: "Numbers") -> None:
        """Add the numbers of other leads."""
        self.add(other)
        for name in ("reasons", "refused", "services", "services_cost"):
            _add(getattr(self, name), getattr(other, name))
        self.erased += other.erased
        for stamp, shares in other.by.items():
            for label, share in shares.items():
                self.by[stamp].setdefault(label, GroupShare()).add(share)


@dataclass(frozen=True)
class Report:
    """A campaign's numbers over a period; `hidden` if the reader may not see small groups."""

    campaign_id: str
    total: Numbers
    by_day: Mapping[str, Numbers]
    hidden: bool


def counted(facts: Facts) -> dict[str, int]:
    """Return the statistics of a lead at its receipt: status, reason, its cost and its services' (in 1/10,000).

    Later changes add their difference, so the order does not matter (data-model.md, Statistics). Price and reason are
    those of the answer; without one, those of the facts.
    """
    answer, status = facts.answer, facts.original_status
    price, reason = (answer.price, answer.reason) if answer else (facts.price, _reason_of(facts))
    moved = _counts(facts, status, price, reason)
    for line in facts.costs:
        name, _, cost = line.partition("=")
        moved[f"service:{name}"] = 1
        moved[f"service_cost:{name}"] = parts_of(Decimal(cost))
    return moved


def difference(before: Facts, after: Facts) -> dict[str, int]:
    """Return the change of the statistics when a lead's status or price changes (CAM-15, INT-4)."""
    old, new = (_counts(facts, facts.status, facts.price, _reason_of(facts)) for facts in (before, after))
    moved = {name: new.get(name, 0) - old.get(name, 0) for name in old.keys() | new.keys()}
    return {name: amount for name, amount in moved.items() if amount}


def _reason_of(facts: Facts) -> str | None:
    """Return the reason by which a lead counts: the first one."""
    return facts.reasons[0] if facts.reasons else None


def _counts(facts: Facts, status: Status, price: Decimal | None, reason: str | None) -> dict[str, int]:
    """Return the counts of a lead with these values, in total and by category and group (CAM-23)."""
    share = {status.value: 1}
    if status is Status.ACCEPTED and price:
        share[f"cost:{facts.currency}"] = parts_of(price)
    moved = dict(share)
    if status in (Status.REJECTED, Status.DUPLICATE) and reason:
        moved[f"reason:{reason}"] = 1
    for stamp, label in (("category", facts.category), ("group", facts.group)):
        if label is not None:
            moved |= {f"{stamp}:{name}:{label}": amount for name, amount in share.items()}
    return moved


def parts_of(amount: Decimal) -> int:
    """Return an amount of money in 1/10,000, because counters add whole numbers."""
    return int(amount * _PARTS)


def numbers_of(statistics: Mapping[str, int], refused: Mapping[str, int]) -> Numbers:
    """Return the numbers of one day from its counters."""
    numbers = Numbers(refused=dict(refused), erased=statistics.get("erased", 0))
    for name, amount in statistics.items():
        group, _, which = name.partition(":")
        match group:
            case "reason":
                numbers.reasons[which] = amount
            case "service":
                numbers.services[which] = amount
            case "service_cost":
                numbers.services_cost[which] = amount / _PARTS
            case "category" | "group":
                _put_by_label(numbers.by[group], which, amount)
            case "erased":
                continue
            case _:
                _put(numbers, name, amount)
    return numbers


def total_of(days: Iterable[Numbers]) -> Numbers:
    """Return the sum of many days."""
    total = Numbers()
    for numbers in days:
        total.add_numbers(numbers)
    return total


def is_small(number: int) -> bool:
    """Return True if a group is hidden from readers without `leads.read` (data-model.md, Facts and person)."""
    return 0 < number < HIDDEN_UNDER


def disclosable_days(days: Iterable[Mapping[str, int]]) -> frozenset[str]:
    """Return the names whose hidden days sum to under five, so that a sum would disclose them."""
    hidden: dict[str, int] = {}
    for day in days:
        _add(hidden, {name: number for name, number in day.items() if is_small(number)})
    return frozenset(name for name, number in hidden.items() if is_small(number))


def _put_by_label(shares: dict[str, GroupShare], which: str, amount: int) -> None:
    """Add `<status>:<label>` or `cost:<currency>:<label>` to its group. A label may contain a colon."""
    name, _, label = which.partition(":")
    if name == "cost":
        currency, _, label = label.partition(":")
        name = f"cost:{currency}"
    _put(shares.setdefault(label, GroupShare()), name, amount)


def _put(share: GroupShare, name: str, amount: int) -> None:
    kind, _, currency = name.partition(":")
    if kind == "cost":
        share.cost[currency] = amount / _PARTS
    else:
        share.leads[name] = amount


def _add(sums: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, amount in more.items():
        sums[name] = sums.get(name, 0) + amount
