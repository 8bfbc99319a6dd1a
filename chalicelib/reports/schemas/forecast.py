"""What falls due, and what would (RET-18)."""

from pydantic import Field

from chalicelib.http.schemas.base import Contract, Query
from chalicelib.http.schemas.values import Days
from chalicelib.reports.domain import ForecastWork, WhatIfWork


class ForecastQuery(Query):
    """How far to look."""

    days: int = Field(default=90, ge=1, le=366)


class DueOnDay(Contract):
    """How many persons of one campaign fall due on one UTC day."""

    date: str
    campaign_id: str
    due: int


class Forecast(Contract):
    """The days on which somebody falls due, soonest first."""

    days: list[DueOnDay]

    @classmethod
    def of(cls, work: ForecastWork) -> "Forecast":
        """Return the forecast that was counted."""
        counted = [(day, campaign, due) for campaign, days in work.tally.items() for day, due in days.items()]
        return cls(
            days=[DueOnDay(date=day, campaign_id=campaign, due=due) for day, campaign, due in sorted(counted)]
        )


class WhatIfQuestion(Contract):
    """The days the campaign might have; null for no policy."""

    days: Days | None


class RetentionComparison(Contract):
    """How many live leads would fall due earlier or later, or as now; `due_now` of the earlier ones at once."""

    earlier: int = 0
    later: int = 0
    same: int = 0
    due_now: int = 0


class RetentionComparisonDay(RetentionComparison):
    """The leads received on one UTC day."""

    date: str


class WhatIf(Contract):
    """What would be otherwise if the campaign had had these days; a change itself touches later leads only (RET-5)."""

    campaign_id: str
    days: int | None
    total: RetentionComparison
    by_day: list[RetentionComparisonDay]

    @classmethod
    def of(cls, work: WhatIfWork) -> "WhatIf":
        """Return the comparison that was made."""
        names = RetentionComparison.model_fields
        total = {name: sum(counts.get(name, 0) for counts in work.tally.values()) for name in names}
        return cls(
            campaign_id=work.asked["campaign_id"],
            days=work.asked["days"],
            total=RetentionComparison(**total),
            by_day=[RetentionComparisonDay(date=day, **counts) for day, counts in sorted(work.tally.items())],
        )
