"""Count a refused post by campaign, source, day and reason, and keep it for a day (INT-18)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalicelib import observability
from chalicelib.aws.dynamodb import batch, counters
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.errors import FieldError, LeadwardenError
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.intake.domain.attempts import attempt_of
from chalicelib.intake.usecases.rejection_counts import count_rejection
from chalicelib.leads.store import people
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import LeadType


@dataclass(frozen=True)
class RefusedPost:
    """A post that was refused: its campaign, its source, the reason, the bad fields, and how its values are read."""

    campaign_id: str
    source: str
    reason: str
    read_values: Callable[[], Mapping[str, Any]]
    request_id: str
    errors: Sequence[FieldError] = ()


def record_refusal(post: RefusedPost, now: int) -> None:
    """Count a refused post and keep it for a day. Nothing is raised: the refusal is valid without it (INT-8).

    A campaign that does not exist is not counted. What is lost is logged and measured.
    """
    try:
        campaign = configuration.cached(Campaign, post.campaign_id, now)
        if campaign is None:
            return
        count_rejection(campaign.id, post.reason, post.request_id, now, post.source)
        _keep(campaign, post, now)
    except (LeadwardenError, batch.Cancelled):
        _note_lost(post.reason)


def _keep(campaign: Campaign, post: RefusedPost, now: int) -> None:
    """Keep at most 10 posts a second, and the last 100 of a campaign. Only posts that are kept are read again."""
    place = counters.next_place(campaign.id, now)
    lead_type = configuration.cached(LeadType, campaign.lead_type_id, now)
    if place is None or lead_type is None:
        return
    attempt = attempt_of(
        post.source, post.reason, _values(post), post.errors, lead_type, post.request_id, now
    )
    batch.write_one(people.put_attempt(campaign.id, place, attempt.to_json(), now))


def _values(post: RefusedPost) -> Mapping[str, Any]:
    try:
        return post.read_values()
    except LeadwardenError:
        return {}


def _note_lost(reason: str) -> None:
    observability.log("WARNING", "refusal_not_counted", code=reason)
    observability.metric("RefusalsNotCounted", 1)
