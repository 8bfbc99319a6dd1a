"""Notify agents of the leads assigned to them, by one mail a minute at most (WRK-2)."""

from collections.abc import Callable, Sequence

from chalicelib import observability, settings
from chalicelib.aws import ses
from chalicelib.aws.dynamodb import batch
from chalicelib.core.access import Permission
from chalicelib.core.chunks import chunks
from chalicelib.core.times import MINUTE_S
from chalicelib.leads.domain.visibility import may_see
from chalicelib.leads.store import leads
from chalicelib.organisation import store as configuration
from chalicelib.users.domain.users import User
from chalicelib.work.domain import mails
from chalicelib.work.store import notifications
from chalicelib.work.usecases.claim_notification import claim_notification

_ASSIGNED = "assigned"
_AT_ONCE = 100
_CLAIM_S = 60 * MINUTE_S


def notify_agents(owner: str, has_time: Callable[[], bool], now: int) -> int:
    """Send each agent one mail with the leads that wait for notification; return how many mails were sent.

    First an hour is claimed. Once the waiting notifications are removed, the claim is cut to a minute. If they are not
    removed, by a crash or for lack of time, the agent is notified again an hour later, and nothing is lost. An agent
    who is disabled, no longer has the lead, or may not read it any more, is not notified of it. `owner` is this run.
    """
    if not ses.is_on():
        return 0
    waiting = notifications.list_waiting(now).items()
    return sum(_notify(user_id, ids, owner, has_time, now) for user_id, ids in waiting if has_time())


def _notify(
    user_id: str, lead_ids: Sequence[str], owner: str, has_time: Callable[[], bool], now: int
) -> bool:
    try:
        with claim_notification(user_id, _ASSIGNED, owner, now, now + _CLAIM_S):
            sent = _send(user_id, lead_ids, now)
        if _removed(user_id, lead_ids, has_time, now):
            batch.write_one(notifications.claim(user_id, _ASSIGNED, owner, now, now + MINUTE_S))
    except batch.Cancelled:
        return False
    except Exception as error:  # noqa: BLE001  # one agent must not stop the others; the notifications stay
        observability.log_failure(error, user_id=user_id)
        return False
    return sent


def _removed(user_id: str, lead_ids: Sequence[str], has_time: Callable[[], bool], now: int) -> bool:
    """Remove the notifications, a hundred in one write; return whether there was time for all."""
    for number, chunk in enumerate(chunks(lead_ids, _AT_ONCE)):
        if number and not has_time():
            return False
        writes = [notifications.delete(user_id, lead_id) for lead_id in chunk]
        batch.write(writes, batch.token_of("told", user_id, now, *chunk))
    return True


def _send(user_id: str, lead_ids: Sequence[str], now: int) -> bool:
    user = configuration.get(User, user_id, now)
    if user is None or user.disabled or Permission.LEADS_READ not in user.permissions:
        return False
    assigned = _assigned(user, lead_ids, now)
    if not assigned:
        return False
    mail = mails.of_assigned(assigned, settings.current().api_url)
    ses.send(user.email, mail.subject, mail.text)
    return True


def _assigned(user: User, lead_ids: Sequence[str], now: int) -> list[str]:
    """Return the leads that are live, assigned to the user, and in one of the user's projects (ACC-4)."""
    found = leads.get_many(lead_ids, now)
    return [
        lead_id
        for lead_id, facts in found.items()
        if facts.agent_id == user.id and facts.is_live(now) and may_see(user.actor, facts)
    ]
