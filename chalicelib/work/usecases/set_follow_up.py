"""Set the day of a lead's next follow-up (WRK-4)."""

from chalicelib.core.access import Actor, Permission
from chalicelib.core.times import local_day
from chalicelib.leads.domain import lead_work
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.usecases.work_lead import LeadUpdate, work_lead


def set_follow_up(actor: Actor, lead_id: str, day: str | None, now: int) -> Facts:
    """Set or remove the day of a lead's follow-up; the inactivity clock does not change (WRK-3).

    Raise NotFound (ACC-4), Conflict for a lead that cannot be worked or is closed, Invalid for a day that is
    past in the user's zone.
    """

    def compute(facts: Facts) -> LeadUpdate | None:
        lead_work.require_in_work(facts, now)
        after = lead_work.followed_up(facts, day, local_day(now, actor.zone), "on")
        return None if after == facts else LeadUpdate("follow_up", after, {"on": day})

    return work_lead(actor, lead_id, Permission.LEADS_WORK, compute, now)
