"""Send agents one mail a day with their leads at risk and their follow-ups (WRK-12)."""

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
    """Send the day's mail to every active user from seven o'clock in their zone; return how many mails were sent.

    The day is claimed before the mail is sent, so that no user gets two mails. If the mail is not accepted, the claim
    is released, and the next run tries again. Without leads to list, no mail is sent. The user's rights are read again
    just before: those of the run's start may have ended (ACC-11). `owner` is this run.
    """
    if not ses.is_on():
        return 0
    projects = configuration.list_all(Project)
    users = [user for user in configuration.list_all(User) if _gets_mail(user, now)]
    return sum(_send(user.id, projects, owner, now) for user in users if has_time())


def _gets_mail(user: User, now: int) -> bool:
    may_work = Permission.LEADS_READ in user.permissions and not user.disabled
    return may_work and local_hour(now, user.zone) >= _FROM_HOUR


def _send(user_id: str, projects: list[Project], owner: str, now: int) -> bool:
    try:
        user = configuration.get(User, user_id, now)
        if user is None or not _gets_mail(user, now):
            return False
        day = f"{_DAILY}#{local_day(now, user.zone)}"
        with claim_notification(user.id, day, owner, now, now + 2 * DAY_S):
            return _send_mail(
                user, [project for project in projects if user.actor.belongs_to(project.id)], now
            )
    except batch.Cancelled:
        return False
    except Exception as error:  # noqa: BLE001  # one user must not stop the others
        observability.log_failure(error, user_id=user_id)
        return False


def _send_mail(user: User, projects: list[Project], now: int) -> bool:
    risks, follow_ups = at_risk(user.actor, projects, now), due_follow_ups(user.actor, projects, now)
    mail = mails.of_the_day(_ids(risks), _ids(follow_ups), settings.current().api_url)
    if mail is None:
        return False
    ses.send(user.email, mail.subject, mail.text)
    return True


def _ids(leads: list[StoredLead]) -> list[str]:
    return [lead.facts.lead_id for lead in leads]
