"""The bulk changes of retention at project level: their jobs and their effects (RET-20)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from chalicelib.core.errors import Effect
from chalicelib.core.paging import LastKey
from chalicelib.core.retention import Policy, gone
from chalicelib.jobs.domain import APPLY_OUTCOMES, SET_CAMPAIGNS, JobWork
from chalicelib.leads.domain.leads import Facts

__all__ = ["APPLY_OUTCOMES", "SET_CAMPAIGNS"]


class PolicyAsked(TypedDict):
    """A policy as it is stored with a job."""

    days: int | None
    rejected_days: int | None


class BulkAsked(TypedDict):
    """The order: the project, its campaigns with the first UTC day of each, by which actor (kind and id), and when.

    `policy` is given to set campaigns, `rules` are the days by outcome that were confirmed. `leads` tells whether leads
    that are there are changed, too.
    """

    project_id: str
    campaigns: list[str]
    first_days: list[str]
    by: list[str]
    now: int
    leads: bool
    policy: NotRequired[PolicyAsked]
    rules: NotRequired[dict[str, int | None]]


class BulkPosition(TypedDict):
    """The position: a campaign by number, a UTC day, its last row that was read, and the round.

    The second round reads the days since the start again, because the index lags. It waits until `not_before`.
    """

    campaign: int
    day: str
    after: LastKey | None
    round: int
    not_before: int


class BulkCounts(TypedDict):
    """How many campaigns and leads changed, how many persons were erased at once, and how many leads failed."""

    campaigns: int
    changed: int
    erased: int
    failed: int


class BulkTally(TypedDict):
    """The result of a bulk change."""

    counts: BulkCounts


BulkWork = JobWork[BulkAsked, BulkPosition, BulkTally]


@dataclass
class Preview:
    """The leads that a bulk change would move; `complete` is False if not all could be counted."""

    earlier: int = 0
    later: int = 0
    due_now: int = 0
    complete: bool = True

    def add(self, before: Facts, after: Facts, now: int) -> None:
        """Count one lead that changes."""
        old, new = before.retention.due_at, after.retention.due_at
        is_earlier = new is not None and (old is None or new < old)
        self.earlier += is_earlier
        self.later += not is_earlier
        self.due_now += gone(after.erase_at, now)

    @property
    def leads(self) -> int:
        """Return the number of leads."""
        return self.earlier + self.later


def policy_of(asked: BulkAsked) -> Policy:
    """Return the policy that the order gives."""
    stored = asked["policy"]
    return Policy(stored["days"], stored["rejected_days"])


def effect_of_outcomes(preview: Preview) -> Effect:
    """Return the effect of applying the outcome rules, in words and numbers (RET-12, RET-20)."""
    summary = (
        f"The outcome rules apply to leads that have their outcome already: {_count(preview)} lead(s) change, "
        f"{preview.earlier} are erased earlier and {preview.later} later.{_ending(preview)}"
    )
    numbers = {"leads": preview.leads, "earlier": preview.earlier, "later": preview.later}
    return Effect(summary, {**numbers, "due_now": preview.due_now, "complete": preview.complete})


def effect_of_policy(policy: Policy, campaigns: int, preview: Preview | None) -> Effect:
    """Return the effect of one policy for all campaigns, and for the leads that are there (RET-12, RET-20)."""
    days = "kept without an end" if policy.days is None else f"erased {policy.days} days after receipt"
    rejected = "" if policy.rejected_days is None else f", rejected ones after {policy.rejected_days} days"
    summary = (
        f"Persons of later leads of all campaigns are {days}{rejected}. {campaigns} campaign(s) change. "
    )
    numbers = {"campaigns": campaigns, "days": policy.days, "rejected_days": policy.rejected_days}
    if preview is None:
        return Effect(f"{summary}Earlier leads keep their retention.", numbers)
    summary += f"Of the leads that are there, {_count(preview)} are erased earlier.{_ending(preview)}"
    more = {"leads": preview.leads, "due_now": preview.due_now, "complete": preview.complete}
    return Effect(summary, {**numbers, **more})


def count_results(counts: BulkCounts, results: Iterable[str]) -> BulkCounts:
    """Return the counts with these results: `campaigns`, `changed`, `erased` or `failed`; others count nothing."""
    found = Counter(results)
    return {
        "campaigns": counts["campaigns"] + found["campaigns"],
        "changed": counts["changed"] + found["changed"] + found["erased"],
        "erased": counts["erased"] + found["erased"],
        "failed": counts["failed"] + found["failed"],
    }


def _count(preview: Preview) -> str:
    return f"{preview.leads}" if preview.complete else f"at least {preview.leads}"


def _ending(preview: Preview) -> str:
    if not preview.due_now:
        return ""
    number = f"{preview.due_now}" if preview.complete else f"At least {preview.due_now}"
    return f" {number} of them are erased immediately. This cannot be undone."
