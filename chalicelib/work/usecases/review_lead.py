"""Shared parts of releasing and rejecting leads in quality control (CAM-15)."""

from chalicelib.aws.dynamodb import batch, counters
from chalicelib.core.access import Actor, Permission
from chalicelib.core.errors import Effect
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.usecases.record_change import history_and_ledger
from chalicelib.leads.usecases.work_lead import LeadUpdate, lead_changes
from chalicelib.ledger.domain.entries import FieldChange, entry_id
from chalicelib.organisation.usecases.read_projects import read_project
from chalicelib.reports.domain import difference


def review_entries(
    actor: Actor, facts: Facts, update: LeadUpdate, now: int, *, effect: Effect | None = None
) -> list[batch.Write]:
    """Return the writes of a review to history, ledger (with the confirmed effect) and statistics.

    Statistics count each lead once. The stream counts every lead as it was received, here as held, before or after its
    review. The review moves one from held to the new status. The sums are the same in any order.
    """
    status = FieldChange("status", facts.status.value, update.after.status.value)
    fields = (status, *lead_changes(facts, update.after))
    change_id = entry_id(update.action, facts.lead_id, facts.version, now)
    shown = {"reason": update.history.get("reason"), "effect": effect.summary if effect else None}
    detail = {name: value for name, value in shown.items() if value is not None} or None
    return [
        counters.add_statistics(
            facts.campaign_id, facts.received_at, difference(facts, update.after), change_id
        ),
        *history_and_ledger(
            actor,
            facts,
            update.action,
            change_id,
            now,
            fields=fields,
            detail=detail,
            history=update.history,
        ),
    ]


def require_reviewer(actor: Actor, project_id: str, now: int) -> None:
    """Raise Forbidden without `quality.review`, NotFound for a project that is not the actor's (ACC-4)."""
    actor.require(Permission.QUALITY_REVIEW)
    read_project(actor, project_id, now)
