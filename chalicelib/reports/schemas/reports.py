"""Reports of a campaign (INT-4, CAM-23)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Self

from pydantic import ConfigDict, Field, model_validator

from chalicelib.core.times import DAY_S, day_start
from chalicelib.http.schemas.base import Contract, Query, value_error
from chalicelib.http.schemas.named import NamedCampaign
from chalicelib.http.schemas.values import Day, Money
from chalicelib.reports import domain as reports_domain
from chalicelib.reports.domain import PriceCorrectionWork

MAX_DAYS = 366


def _in_bounds(first: str, last: str) -> None:
    if not 0 <= day_start(last) - day_start(first) < MAX_DAYS * DAY_S:
        raise value_error("period", "The period must end on or after its first day, and last a year at most.")


class ReportQuery(Query):
    """The first and the last UTC day, both included."""

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


class ReportShare(Contract):
    """Counts and costs of some of the leads."""

    leads: dict[str, int | None] = Field(description="By status, as decided or reviewed.")
    cost: dict[str, str | None] = Field(description="The cost of the accepted leads, by currency.")


class ReportNumbers(ReportShare):
    """Counts and costs. `null` hides a group under five, and numbers that disclose it, without `leads.read`."""

    reasons: dict[str, int | None] = Field(description="Rejected and duplicate leads, by reason.")
    refused: dict[str, int | None] = Field(description="Leads that were refused and not stored, by reason.")
    erased: int | None
    services: dict[str, int | None] = Field(description="How often each validation service ran.")
    services_cost: dict[str, str | None] = Field(description="The cost of each validation service.")
    by_category: dict[str, ReportShare] | None = Field(
        description="The leads by the category stamped on them."
    )
    by_group: dict[str, ReportShare] | None = Field(description="The leads by the group stamped on them.")


class ReportDay(ReportNumbers):
    """The numbers of one UTC day of receipt."""

    date: str


class Report(Contract):
    """A campaign's numbers over a period, and by day."""

    campaign_id: str
    campaign: NamedCampaign
    total: ReportNumbers
    by_day: list[ReportDay]

    @classmethod
    def of(cls, report: reports_domain.Report) -> "Report":
        """Return a report as the API shows it."""
        days = sorted(report.by_day.items())
        if not report.hidden:
            return cls(
                campaign_id=report.campaign_id,
                campaign=NamedCampaign(id=report.campaign_id),
                total=ReportNumbers(**_shown(report.total)),
                by_day=[ReportDay(date=day, **_shown(numbers)) for day, numbers in days],
            )
        hidden = reports_domain.disclosable_days(_counts(numbers) for _, numbers in days)
        return cls(
            campaign_id=report.campaign_id,
            campaign=NamedCampaign(id=report.campaign_id),
            total=ReportNumbers(**_without(hidden, report.total)),
            by_day=[ReportDay(date=day, **_without(_small(numbers), numbers)) for day, numbers in days],
        )


class PriceCorrection(Contract):
    """The correct price of each lead received from one UTC day to another, both included."""

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


class Repriced(Contract):
    """How many leads have a new price."""

    corrected: int

    @classmethod
    def of(cls, work: PriceCorrectionWork) -> "Repriced":
        """Return the count so far."""
        return cls(corrected=work.tally["leads"]["corrected"])


def _shown(numbers: reports_domain.Numbers) -> dict[str, Any]:
    """Return all numbers, none of them hidden."""
    return {
        **_share(numbers),
        "reasons": _present(numbers.reasons),
        "refused": _present(numbers.refused),
        "erased": numbers.erased,
        "services": _present(numbers.services),
        "services_cost": _money(numbers.services_cost),
        "by_category": _shares(numbers.by["category"]),
        "by_group": _shares(numbers.by["group"]),
    }


def _without(hidden: frozenset[str], numbers: reports_domain.Numbers) -> dict[str, Any]:
    """Return the numbers without the hidden counts and their costs, and without the shares of categories and groups."""
    shown = _shown(numbers)
    for group in ("leads", "reasons", "refused", "services"):
        shown[group] = {name: None if f"{group}:{name}" in hidden else n for name, n in shown[group].items()}
    if "leads:accepted" in hidden:
        shown["cost"] = dict.fromkeys(shown["cost"])
    services = {name for name in shown["services_cost"] if f"services:{name}" in hidden}
    shown["services_cost"] |= dict.fromkeys(services)
    erased = None if "erased" in hidden else numbers.erased
    return shown | {"erased": erased, "by_category": None, "by_group": None}


def _small(numbers: reports_domain.Numbers) -> frozenset[str]:
    return frozenset(name for name, number in _counts(numbers).items() if reports_domain.is_small(number))


def _counts(numbers: reports_domain.Numbers) -> dict[str, int]:
    """Return every count of persons by `<group>:<name>`."""
    groups = ("leads", "reasons", "refused", "services")
    named = {f"{group}:{name}": n for group in groups for name, n in getattr(numbers, group).items()}
    return named | {"erased": numbers.erased}


def _shares(shares: Mapping[str, reports_domain.GroupShare]) -> dict[str, ReportShare]:
    return {label: ReportShare(**_share(share)) for label, share in sorted(shares.items())}


def _share(share: reports_domain.GroupShare) -> dict[str, Any]:
    return {"leads": _present(share.leads), "cost": _money(share.cost)}


def _present(counts: Mapping[str, int]) -> dict[str, int | None]:
    return {name: number for name, number in sorted(counts.items()) if number}


def _money(amounts: Mapping[str, Decimal]) -> dict[str, str | None]:
    return {name: format(amount, "f") for name, amount in sorted(amounts.items())}
