"""A lead's stage changes, and with it perhaps its list (WRK-1, WRK-3)."""

from chalicelib.core.access import Actor, Permission
from chalicelib.leads.domain import lead_work
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.usecases.get_project_of import get_project_of
from chalicelib.leads.usecases.work_lead import LeadUpdate, work_lead


def set_stage(actor: Actor, lead_id: str, stage: str, now: int) -> Facts:
    """Put a lead into a stage of its project; the same stage again is no activity, and sets at most its list right.

    Raises NotFound (ACC-4), Conflict for a lead that nobody works, Invalid for a stage the project lacks.
    """

    def doing(facts: Facts) -> LeadUpdate | None:
        lead_work.require_in_work(facts, now)
        after = lead_work.staged(facts, stage, get_project_of(facts, now), now)
        return None if after is facts else LeadUpdate("stage", after, {"from": facts.stage, "to": stage})

    return work_lead(actor, lead_id, Permission.LEADS_WORK, doing, now)
