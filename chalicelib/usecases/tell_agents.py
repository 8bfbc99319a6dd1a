"""Agents are told of the leads assigned to them, by one mail a minute at most (WRK-2)."""

from collections.abc import Callable, Sequence

from chalicelib import observability, settings
from chalicelib.domain import mails
from chalicelib.domain.setup import User
from chalicelib.domain.times import MINUTE_S
from chalicelib.gateways import mail
from chalicelib.stores import batch, leads, notices, setup
from chalicelib.usecases.claim_telling import claimed

_ASSIGNED = "assigned"
_AT_ONCE = 100
_UNTIL_TIDY_S = 60 * MINUTE_S


def tell_agents(holder: str, now: int, go_on: Callable[[], bool]) -> int:
    """Send each agent one mail with the leads that wait to be told; return how many mails went out.

    An hour is claimed first, of which a minute is left once the notes are gone: where they stay, by a crash or for
    lack of time, an agent is told again an hour later, and nothing is lost. Who has been disabled, or has lost the
    lead meanwhile, is not told of it. `holder` is this run.
    """
    if not mail.is_on():
        return 0
    waiting = notices.waiting(now).items()
    return sum(_tell(user_id, ids, holder, now, go_on) for user_id, ids in waiting if go_on())


def _tell(user_id: str, lead_ids: Sequence[str], holder: str, now: int, go_on: Callable[[], bool]) -> bool:
    try:
        with claimed(user_id, _ASSIGNED, holder, now, now + _UNTIL_TIDY_S):
            sent = _send(user_id, lead_ids, now)
        if _removed(user_id, lead_ids, now, go_on):
            batch.write_one(notices.told(user_id, _ASSIGNED, holder, now, now + MINUTE_S))
    except batch.Cancelled:
        return False
    except Exception as error:  # noqa: BLE001  # one agent must not hold the others; the notes stay
        observability.log_failure(error, user_id=user_id)
        return False
    return sent


def _removed(user_id: str, lead_ids: Sequence[str], now: int, go_on: Callable[[], bool]) -> bool:
    """Remove the notes, a hundred in one write, and tell whether there was time for all."""
    for start in range(0, len(lead_ids), _AT_ONCE):
        if start and not go_on():
            return False
        some = lead_ids[start : start + _AT_ONCE]
        notes = [notices.removed(user_id, lead_id) for lead_id in some]
        batch.write(notes, batch.token_of("told", user_id, now, *some))
    return True


def _send(user_id: str, lead_ids: Sequence[str], now: int) -> bool:
    user = setup.get(User, user_id, now)
    if user is None or user.disabled:
        return False
    theirs = _assigned(user_id, lead_ids, now)
    if not theirs:
        return False
    told = mails.of_assigned(theirs, settings.current().api_url)
    mail.send(user.email, told.subject, told.text)
    return True


def _assigned(user_id: str, lead_ids: Sequence[str], now: int) -> list[str]:
    """Return which of the leads are live and the user's."""
    theirs = []
    for start in range(0, len(lead_ids), _AT_ONCE):
        some = lead_ids[start : start + _AT_ONCE]
        rows = batch.read([leads.key(lead_id) for lead_id in some], now)
        found = (leads.found(lead_id, rows) for lead_id in some)
        theirs += [one.lead_id for one in found if one and one.agent_id == user_id and one.is_live(now)]
    return theirs
