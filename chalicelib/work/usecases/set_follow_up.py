"""When a lead is to be looked at again (WRK-4)."""

from chalicelib.core.access import Actor, Permission
from chalicelib.core.times import local_day
from chalicelib.leads.domain import lead_work
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.usecases.work_lead import LeadUpdate, work_lead


def set_follow_up(actor: Actor, lead_id: str, day: str | None, now: int) -> Facts:
    """Set the day of a lead's follow-up, or none; the clock of inactivity stays as it is (WRK-3).

    Raises NotFound (ACC-4), Conflict for a lead that nobody works or that is closed, Invalid for a day that is
    past where the user is.
    """

    def doing(facts: Facts) -> LeadUpdate | None:
        lead_work.require_in_work(facts, now)
        after = lead_work.followed_up(facts, day, local_day(now, actor.zone), "on")
        return None if after == facts else LeadUpdate("follow_up", after, {"on": day})

    return work_lead(actor, lead_id, Permission.LEADS_WORK, doing, now)
