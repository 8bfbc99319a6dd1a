"""Forecast and what-if as the API shows them (RET-18)."""

from pydantic import Field

from chalicelib.http.schemas.base import Contract, Query
from chalicelib.http.schemas.named import NamedCampaign
from chalicelib.http.schemas.values import Days
from chalicelib.reports.domain import ForecastWork, WhatIfWork


class ForecastQuery(Query):
    """How many days ahead to count."""

    days: int = Field(default=90, ge=1, le=366)


class DueOnDay(Contract):
    """How many persons of one campaign reach their end on one UTC day."""

    date: str
    campaign_id: str
    due: int


class Forecast(Contract):
    """The days on which persons reach their end, soonest first."""

    days: list[DueOnDay]
    campaigns: list[NamedCampaign] = Field(description="The campaigns of these days, with their names.")

    @classmethod
    def of(cls, work: ForecastWork) -> "Forecast":
        """Return the forecast that was counted."""
        counted = [(day, campaign, due) for campaign, days in work.tally.items() for day, due in days.items()]
        return cls(
            days=[
                DueOnDay(date=day, campaign_id=campaign, due=due) for day, campaign, due in sorted(counted)
            ],
            campaigns=[NamedCampaign(id=campaign) for campaign in sorted({each[1] for each in counted})],
        )


class WhatIfQuestion(Contract):
    """The days to compare with; null: no policy."""

    days: Days | None


class RetentionComparison(Contract):
    """How many live leads would end earlier, later, or as now. `due_now`: how many of the earlier would end at once."""

    earlier: int = 0
    later: int = 0
    same: int = 0
    due_now: int = 0


class RetentionComparisonDay(RetentionComparison):
    """The leads received on one UTC day."""

    date: str


class WhatIf(Contract):
    """The comparison with these days for all leads. A real change applies only to leads received later (RET-5)."""

    campaign_id: str
    campaign: NamedCampaign
    days: int | None
    total: RetentionComparison
    by_day: list[RetentionComparisonDay]

    @classmethod
    def of(cls, work: WhatIfWork) -> "WhatIf":
        """Return the comparison as the API shows it."""
        names = RetentionComparison.model_fields
        total = {name: sum(counts.get(name, 0) for counts in work.tally.values()) for name in names}
        return cls(
            campaign_id=work.asked["campaign_id"],
            campaign=NamedCampaign(id=work.asked["campaign_id"]),
            days=work.asked["days"],
            total=RetentionComparison(**total),
            by_day=[RetentionComparisonDay(date=day, **counts) for day, counts in sorted(work.tally.items())],
        )
