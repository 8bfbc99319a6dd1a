"""When a lead is to be looked at again (WRK-4)."""

from chalicelib.domain import work
from chalicelib.domain.access import Actor, Permission
from chalicelib.domain.leads import Facts
from chalicelib.domain.times import local_day
from chalicelib.usecases.work_lead import LeadUpdate, work_lead


def set_follow_up(lead_id: str, day: str | None, actor: Actor, now: int) -> Facts:
    """Set the day of a lead's follow-up, or none; the clock of inactivity stays as it is (WRK-3).

    Raises NotFound (ACC-4), Conflict for a lead that nobody works or that is closed, Invalid for a day that is
    past where the user is.
    """

    def doing(facts: Facts) -> LeadUpdate | None:
        work.require_in_work(facts, now)
        after = work.followed_up(facts, day, local_day(now, actor.zone), "on")
        return None if after == facts else LeadUpdate("follow_up", after, {"on": day})

    return work_lead(lead_id, Permission.LEADS_WORK, doing, actor, now)
