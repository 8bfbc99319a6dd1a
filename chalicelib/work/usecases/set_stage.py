"""Set the stage of a lead; its worklist may change with it (WRK-1, WRK-3)."""

from chalicelib.core.access import Actor, Permission
from chalicelib.leads.domain import lead_work
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.usecases.get_project_of import get_project_of
from chalicelib.leads.usecases.work_lead import LeadUpdate, work_lead


def set_stage(actor: Actor, lead_id: str, stage: str, now: int) -> Facts:
    """Set a stage of the project on a lead; the same stage again is no activity, and at most corrects its list.

    Raise NotFound (ACC-4), Conflict for a lead that cannot be worked, Invalid for a stage the project lacks.
    """

    def compute(facts: Facts) -> LeadUpdate | None:
        lead_work.require_in_work(facts, now)
        after = lead_work.staged(facts, stage, get_project_of(facts, now), now)
        return None if after is facts else LeadUpdate("stage", after, {"from": facts.stage, "to": stage})

    return work_lead(actor, lead_id, Permission.LEADS_WORK, compute, now)
