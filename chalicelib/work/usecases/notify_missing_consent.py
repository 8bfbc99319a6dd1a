"""A campaign's address is told of leads without consent: a number, by one mail an hour at most (CAM-11)."""

from collections.abc import Callable

from chalicelib import observability, settings
from chalicelib.aws import ses
from chalicelib.aws.dynamodb import batch
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.core.times import MINUTE_S
from chalicelib.organisation import store as configuration
from chalicelib.work.domain import mails
from chalicelib.work.store import consents
from chalicelib.work.store.consents import MissingConsents
from chalicelib.work.usecases.claim_notification import claim_notification

_CONSENT = "consent"
_HOUR_S = 60 * MINUTE_S


def notify_missing_consent(owner: str, has_time: Callable[[], bool], now: int) -> int:
    """Send each campaign's address one mail with how many leads came in without consent; return how many mails went.

    The hour is claimed first, and given back if the mail is not taken; that it was told is written last. A crash in
    between tells the same leads again an hour later, and loses none. Where a campaign no longer asks for consent,
    or has no address, nobody is told, and what was counted until then is done with. `holder` is this run.
    """
    if not ses.is_on():
        return 0
    return sum(_notify(untold, owner, now) for untold in consents.list_waiting(now) if has_time())


def _notify(untold: MissingConsents, owner: str, now: int) -> bool:
    try:
        with claim_notification(untold.campaign_id, _CONSENT, owner, now, now + _HOUR_S):
            sent = _send(untold, now)
        _clear(untold)
    except batch.Cancelled:
        return False
    except Exception as error:  # noqa: BLE001  # one campaign must not hold the others; the number stays
        observability.log_failure(error, function=__name__)
        return False
    return sent


def _send(untold: MissingConsents, now: int) -> bool:
    campaign = configuration.get(Campaign, untold.campaign_id, now)
    if campaign is None or not campaign.consent.enabled or not campaign.consent.notify:
        return False
    told = mails.of_missing_consent(campaign.id, campaign.name, untold.count, settings.current().api_url)
    ses.send(campaign.consent.notify, told.subject, told.text)
    return True


def _clear(untold: MissingConsents) -> None:
    """Note what was told; a lost answer finds it noted already."""
    try:
        batch.write_one(consents.clear(untold))
    except batch.Cancelled:
        return
