"""Reports of a campaign (INT-4, CAM-23)."""

from decimal import Decimal
from typing import Any, Self

from pydantic import ConfigDict, Field, model_validator

from chalicelib.contracts.base import Contract, Query, bad
from chalicelib.contracts.values import Day, Money
from chalicelib.domain import reports as domain
from chalicelib.domain.times import DAY_S, day_start

MAX_DAYS = 366


def _in_bounds(first: str, last: str) -> None:
    if not 0 <= day_start(last) - day_start(first) < MAX_DAYS * DAY_S:
        raise bad("period", "A period goes from a day to a later one, over a year at most.")


class ReportQuery(Query):
    """From which UTC day to which, both included."""

    model_config = ConfigDict(validate_by_name=True)

    first: Day = Field(alias="from")
    last: Day = Field(alias="to")

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        _in_bounds(self.first, self.last)
        return self

    def period(self) -> tuple[str, str]:
        """Return the first and the last day."""
        return self.first, self.last


class Numbers(Contract):
    """Counts and costs; `null` hides a group under five from who may not see the leads."""

    leads: dict[str, int | None] = Field(description="By status, as decided or reviewed.")
    reasons: dict[str, int | None] = Field(description="Of what was rejected or held, by reason.")
    refused: dict[str, int | None] = Field(description="What was turned away and not stored, by reason.")
    erased: int | None
    cost: dict[str, str] = Field(description="What the accepted leads cost, by currency.")
    services: dict[str, int | None] = Field(description="How often each validation service ran.")
    services_cost: dict[str, str] = Field(description="What each validation service cost.")


class DayNumbers(Numbers):
    """The numbers of one UTC day of receipt."""

    date: str


class Report(Contract):
    """A campaign's numbers over a period, and by day."""

    campaign_id: str
    total: Numbers
    by_day: list[DayNumbers]

    @classmethod
    def of(cls, report: domain.Report) -> "Report":
        """Return a report as the API shows it."""
        return cls(
            campaign_id=report.campaign_id,
            total=Numbers(**_shown(report.total, hidden=report.hidden)),
            by_day=[
                DayNumbers(date=day, **_shown(numbers, hidden=report.hidden))
                for day, numbers in sorted(report.by_day.items())
            ],
        )


class PriceCorrection(Contract):
    """What each lead received from one UTC day to another cost in truth."""

    model_config = ConfigDict(validate_by_name=True)

    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    price: Money

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        _in_bounds(self.first, self.last)
        return self

    def amount(self) -> Decimal:
        """Return the price."""
        return Decimal(self.price)


def _shown(numbers: domain.Numbers, *, hidden: bool) -> dict[str, Any]:
    def count(number: int) -> int | None:
        return None if hidden and 0 < number < domain.HIDDEN_UNDER else number

    def counts(group: dict[str, int]) -> dict[str, int | None]:
        return {name: count(number) for name, number in sorted(group.items()) if number}

    return {
        "leads": counts(numbers.leads),
        "reasons": counts(numbers.reasons),
        "refused": counts(numbers.refused),
        "erased": count(numbers.erased),
        "cost": {currency: format(amount, "f") for currency, amount in sorted(numbers.cost.items())},
        "services": counts(numbers.services),
        "services_cost": {
            name: format(amount, "f") for name, amount in sorted(numbers.services_cost.items())
        },
    }
