"""What a campaign brought and cost, counted by UTC day of receipt; nothing here was ever personal (data.md)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from chalicelib.domain.leads import Facts, Status

HIDDEN_UNDER = 5
_PARTS = Decimal(10_000)


@dataclass
class Numbers:
    """Counts by status, reason and service, and sums of money by currency."""

    leads: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    erased: int = 0
    cost: dict[str, Decimal] = field(default_factory=dict)
    services: dict[str, int] = field(default_factory=dict)
    services_cost: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """A campaign's numbers over a period; `hidden` from readers who may not see the leads."""

    campaign_id: str
    total: Numbers
    by_day: Mapping[str, Numbers]
    hidden: bool


def counted(facts: Facts) -> dict[str, int]:
    """Return the statistics a lead moves as it came in: status, why, what it and its services cost (in 1/10,000).

    Whatever happened to it since has moved them by the difference, so the sums mind no order (data.md).
    """
    price = facts.answer.price if facts.answer else facts.price
    moved = _standing(facts.came_in_as, facts.reasons, price, facts.currency)
    for line in facts.costs:
        name, _, cost = line.partition("=")
        moved[f"service:{name}"] = 1
        moved[f"service_cost:{name}"] = parts_of(Decimal(cost))
    return moved


def difference(before: Facts, after: Facts) -> dict[str, int]:
    """Return by how much the statistics move when a lead's status or price changes (CAM-15, INT-4)."""
    old, new = (_standing(one.status, one.reasons, one.price, one.currency) for one in (before, after))
    moved = {name: new.get(name, 0) - old.get(name, 0) for name in old.keys() | new.keys()}
    return {name: amount for name, amount in moved.items() if amount}


def _standing(status: Status, reasons: Sequence[str], price: Decimal | None, currency: str) -> dict[str, int]:
    moved = {status.value: 1}
    if status in (Status.REJECTED, Status.DUPLICATE) and reasons:
        moved[f"reason:{reasons[0]}"] = 1
    if status is Status.ACCEPTED and price:
        moved[f"cost:{currency}"] = parts_of(price)
    return moved


def parts_of(amount: Decimal) -> int:
    """Return an amount of money in 1/10,000: counters add whole numbers."""
    return int(amount * _PARTS)


def numbers_of(statistics: Mapping[str, int], refused: Mapping[str, int]) -> Numbers:
    """Return the numbers of one day from its counters."""
    numbers = Numbers(refused=dict(refused), erased=statistics.get("erased", 0))
    for name, amount in statistics.items():
        group, _, which = name.partition(":")
        match group:
            case "reason":
                numbers.reasons[which] = amount
            case "cost":
                numbers.cost[which] = amount / _PARTS
            case "service":
                numbers.services[which] = amount
            case "service_cost":
                numbers.services_cost[which] = amount / _PARTS
            case "erased":
                continue
            case _:
                numbers.leads[name] = amount
    return numbers


def total_of(days: Iterable[Numbers]) -> Numbers:
    """Return the sum of many days."""
    total = Numbers()
    for numbers in days:
        for group in ("leads", "reasons", "refused", "cost", "services", "services_cost"):
            sums = getattr(total, group)
            for name, amount in getattr(numbers, group).items():
                sums[name] = sums.get(name, 0) + amount
        total.erased += numbers.erased
    return total
