"""Lists the refused posts of a campaign (INT-18)."""

from collections.abc import Mapping

from chalicelib.aws.dynamodb import counters
from chalicelib.campaigns.usecases.read_campaigns import get_own_campaign
from chalicelib.core.access import Actor, Permission
from chalicelib.core.times import utc_day
from chalicelib.intake.domain.attempts import Attempt
from chalicelib.leads.store import people


def list_attempts(
    actor: Actor, campaign_id: str, now: int
) -> tuple[list[Attempt], Mapping[tuple[str, str], int]]:
    """Return the refused posts that are kept, newest first, and the counts of this UTC day by source and reason.

    Raise Forbidden without campaigns.manage, NotFound for a campaign that is not the actor's (ACC-4).
    """
    actor.require(Permission.CAMPAIGNS_MANAGE)
    campaign = get_own_campaign(actor, campaign_id, now)
    kept = [Attempt.from_json(stored) for stored in people.list_attempts(campaign.id, now)]
    kept.sort(key=lambda attempt: (attempt.at, attempt.request_id), reverse=True)
    return kept, counters.refused_on(campaign.id, utc_day(now))
