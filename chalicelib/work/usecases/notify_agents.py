"""Agents are told of the leads assigned to them, by one mail a minute at most (WRK-2)."""

from collections.abc import Callable, Sequence

from chalicelib import observability, settings
from chalicelib.aws import ses
from chalicelib.aws.dynamodb import batch
from chalicelib.core.chunks import chunks
from chalicelib.core.times import MINUTE_S
from chalicelib.leads.store import leads
from chalicelib.organisation import store as configuration
from chalicelib.users.domain.users import User
from chalicelib.work.domain import mails
from chalicelib.work.store import notifications
from chalicelib.work.usecases.claim_notification import claim_notification

_ASSIGNED = "assigned"
_AT_ONCE = 100
_UNTIL_TIDY_S = 60 * MINUTE_S


def notify_agents(owner: str, has_time: Callable[[], bool], now: int) -> int:
    """Send each agent one mail with the leads that wait to be told; return how many mails went out.

    An hour is claimed first, of which a minute is left once the notes are gone: where they stay, by a crash or for
    lack of time, an agent is told again an hour later, and nothing is lost. Who has been disabled, or has lost the
    lead meanwhile, is not told of it. `holder` is this run.
    """
    if not ses.is_on():
        return 0
    waiting = notifications.list_waiting(now).items()
    return sum(_notify(user_id, ids, owner, has_time, now) for user_id, ids in waiting if has_time())


def _notify(
    user_id: str, lead_ids: Sequence[str], owner: str, has_time: Callable[[], bool], now: int
) -> bool:
    try:
        with claim_notification(user_id, _ASSIGNED, owner, now, now + _UNTIL_TIDY_S):
            sent = _send(user_id, lead_ids, now)
        if _removed(user_id, lead_ids, has_time, now):
            batch.write_one(notifications.claim(user_id, _ASSIGNED, owner, now, now + MINUTE_S))
    except batch.Cancelled:
        return False
    except Exception as error:  # noqa: BLE001  # one agent must not hold the others; the notes stay
        observability.log_failure(error, user_id=user_id)
        return False
    return sent


def _removed(user_id: str, lead_ids: Sequence[str], has_time: Callable[[], bool], now: int) -> bool:
    """Remove the notes, a hundred in one write, and tell whether there was time for all."""
    for number, some in enumerate(chunks(lead_ids, _AT_ONCE)):
        if number and not has_time():
            return False
        notes = [notifications.delete(user_id, lead_id) for lead_id in some]
        batch.write(notes, batch.token_of("told", user_id, now, *some))
    return True


def _send(user_id: str, lead_ids: Sequence[str], now: int) -> bool:
    user = configuration.get(User, user_id, now)
    if user is None or user.disabled:
        return False
    theirs = _assigned(user_id, lead_ids, now)
    if not theirs:
        return False
    told = mails.of_assigned(theirs, settings.current().api_url)
    ses.send(user.email, told.subject, told.text)
    return True


def _assigned(user_id: str, lead_ids: Sequence[str], now: int) -> list[str]:
    """Return which of the leads are live and the user's."""
    found = leads.get_many(lead_ids, now)
    return [lead_id for lead_id, one in found.items() if one.agent_id == user_id and one.is_live(now)]
