"""Leads of a campaign with limits, and the rows that keep these."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns import store as limit_rows
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.usecases.deal_limits import deal_saved_limits
from chalicelib.core.period_counts import PeriodCounts
from chalicelib.core.shares import MOST_ROWS, Share, total
from chalicelib.intake.usecases.receive_lead import Submission, receive_lead
from chalicelib.leads.domain.leads import Facts
from chalicelib.organisation import store as configuration
from tests.factories.leads import LEAD, NOW


def save(**settings: Any) -> tuple[Campaign, Campaign]:
    """Save settings of the campaign, and deal no limits: as a request that crashes after its save. Return both."""
    before = configuration.get(Campaign, "cmp_1", NOW)
    assert before is not None
    after = replace(before, **settings, version=before.version + 1)
    batch.write(configuration.update(after), batch.token_of("configure", after.version))
    configuration.clear_cache()
    return before, after


def configure(**settings: Any) -> None:
    """Save settings of the campaign, and deal its limits."""
    before, after = save(**settings)
    deal_saved_limits(before.limits, after, NOW)


def submission(number: int, values: Mapping[str, Any]) -> Submission:
    """Return what is posted as a request of its own."""
    return Submission("cmp_1", values, None, f"lead_{number:04d}")


def person(number: int) -> dict[str, Any]:
    """Return a person of this number."""
    return {"phone": f"202-555-{number:04d}", "first_name": f"Person {number}"}


def post(number: int, now: int = NOW, *, same: bool = False, **more: Any) -> Facts:
    """Post one lead: always the same person, or a different one each time."""
    receipt = receive_lead(submission(number, {**(LEAD if same else person(number)), **more}), now)
    assert receipt.facts is not None
    return receipt.facts


def stored_shares() -> list[Share]:
    """Return all rows of the campaign's limits."""
    numbers = range(MOST_ROWS)
    return limit_rows.from_batch("cmp_1", numbers, batch.read(limit_rows.keys("cmp_1", numbers), NOW))


def counts_taken() -> PeriodCounts:
    """Return what all rows have taken."""
    return total(share.counts for share in stored_shares())


def fill(part: Callable[[Share], tuple[int, int, int]]) -> None:
    """Take the places of each row that `part` returns, of the hour, of the day and of the month."""
    for number, share in enumerate(stored_shares()):
        hour, day, month = part(share)
        counts = replace(share.counts, taken=hour, in_day=day, in_month=month)
        write = limit_rows.put("cmp_1", replace(share, counts=counts, v=share.v + 1))
        batch.write([write], batch.token_of("fill", number, share.v))
