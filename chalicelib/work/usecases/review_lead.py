"""What releasing and rejecting leads in quality control share (CAM-15)."""

from chalicelib.aws.dynamodb import batch, counters
from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import Effect
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.usecases.record_change import history_and_ledger
from chalicelib.leads.usecases.work_lead import LeadUpdate, differences
from chalicelib.ledger.domain.entries import FieldChange, entry_id
from chalicelib.organisation.usecases.read_projects import read_project
from chalicelib.reports.domain import difference


def review_entries(
    actor: Actor, facts: Facts, request_id: LeadUpdate, now: int, *, effect: Effect | None = None
) -> list[batch.Write]:
    """Return what a review leaves in history and ledger, with the effect that was confirmed, and in the statistics.

    Statistics count each lead once: the stream counts every lead as it came in, held, before or after its review;
    the review takes one off the held and adds one to what it becomes. The sums come out the same in any order.
    """
    status = FieldChange("status", facts.status.value, request_id.after.status.value)
    fields = (status, *differences(facts, request_id.after))
    named = entry_id(request_id.action, facts.lead_id, facts.version, now)
    told = {"reason": request_id.history.get("reason"), "effect": effect.summary if effect else None}
    detail = {name: value for name, value in told.items() if value is not None} or None
    return [
        counters.add_statistics(facts.campaign_id, facts.received_at, difference(facts, request_id.after)),
        *history_and_ledger(
            actor,
            facts,
            request_id.action,
            named,
            now,
            fields=fields,
            detail=detail,
            history=request_id.history,
        ),
    ]


def require_reviewer(actor: Actor, project_id: str, now: int) -> None:
    """Raise Forbidden without `quality.review`, NotFound for a project that is not the actor's (ACC-4)."""
    actor.require(Permission.QUALITY_REVIEW)
    read_project(actor, project_id, now)
