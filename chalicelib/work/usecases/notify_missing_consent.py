"""Notify a campaign's address of the number of leads without consent, by one mail an hour at most (CAM-11)."""

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
    """Send each campaign's address one mail with the number of leads without consent; return how many mails were sent.

    The hour is claimed first, and released if the mail is not accepted. The notification is noted last: after a crash
    before that, the same leads are notified again an hour later, and none is lost. If a campaign no longer asks for
    consent, or has no address, no mail is sent, and the count so far is cleared. `owner` is this run.
    """
    if not ses.is_on():
        return 0
    return sum(_notify(missing, owner, now) for missing in consents.list_waiting(now) if has_time())


def _notify(missing: MissingConsents, owner: str, now: int) -> bool:
    try:
        with claim_notification(missing.campaign_id, _CONSENT, owner, now, now + _HOUR_S):
            sent = _send(missing, now)
        _clear(missing)
    except batch.Cancelled:
        return False
    except Exception as error:  # noqa: BLE001  # one campaign must not stop the others; the count stays
        observability.log_failure(error, function=__name__)
        return False
    return sent


def _send(missing: MissingConsents, now: int) -> bool:
    campaign = configuration.get(Campaign, missing.campaign_id, now)
    if campaign is None or not campaign.consent.enabled or not campaign.consent.notify:
        return False
    mail = mails.of_missing_consent(campaign.id, campaign.name, missing.count, settings.current().api_url)
    ses.send(campaign.consent.notify, mail.subject, mail.text)
    return True


def _clear(missing: MissingConsents) -> None:
    """Note the leads as notified; after a lost answer they are noted already."""
    try:
        batch.write_one(consents.clear(missing))
    except batch.Cancelled:
        return
