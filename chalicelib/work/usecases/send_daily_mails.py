"""Agents get one mail a day with what is at risk and what is to follow up (WRK-12)."""

from collections.abc import Callable

from chalicelib import observability, settings
from chalicelib.aws import ses
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Permission
from chalicelib.core.times import DAY_S, local_day, local_hour
from chalicelib.leads.domain.leads import StoredLead
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import Project
from chalicelib.users.domain.users import User
from chalicelib.work.domain import mails
from chalicelib.work.usecases.claim_notification import claim_notification
from chalicelib.work.usecases.read_worklists import at_risk, due_follow_ups

_FROM_HOUR = 7
_DAILY = "daily"


def send_daily_mails(owner: str, has_time: Callable[[], bool], now: int) -> int:
    """Send every active user whose day has begun, seven o'clock in their zone, the day's mail; return how many went.

    The day is claimed before the mail is sent, so that nobody gets two; if it is not taken, the claim is given
    back and the next run tries again. Where nothing is to do, none is sent. `holder` is this run.
    """
    if not ses.is_on():
        return 0
    projects = configuration.list_all(Project)
    users = [user for user in configuration.list_all(User) if _is_up(user, now)]
    return sum(_send(user, projects, owner, now) for user in users if has_time())


def _is_up(user: User, now: int) -> bool:
    works = Permission.LEADS_READ in user.permissions and not user.disabled
    return works and local_hour(now, user.zone) >= _FROM_HOUR


def _send(user: User, projects: list[Project], owner: str, now: int) -> bool:
    day = f"{_DAILY}#{local_day(now, user.zone)}"
    try:
        with claim_notification(user.id, day, owner, now, now + 2 * DAY_S):
            return _mail_text(user, [one for one in projects if user.actor.belongs_to(one.id)], now)
    except batch.Cancelled:
        return False
    except Exception as error:  # noqa: BLE001  # one user must not hold the others
        observability.log_failure(error, user_id=user.id)
        return False


def _mail_text(user: User, projects: list[Project], now: int) -> bool:
    risky, follow_ups = at_risk(user.actor, projects, now), due_follow_ups(user.actor, projects, now)
    told = mails.of_the_day(_ids(risky), _ids(follow_ups), settings.current().api_url)
    if told is None:
        return False
    ses.send(user.email, told.subject, told.text)
    return True


def _ids(leads: list[StoredLead]) -> list[str]:
    return [lead.facts.lead_id for lead in leads]
