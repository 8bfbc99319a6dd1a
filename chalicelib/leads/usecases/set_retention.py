"""Sets or removes the retention of one lead (RET-10 … RET-13)."""

from dataclasses import replace

from chalicelib.aws.dynamodb import batch
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.core import confirmations
from chalicelib.core.access import Actor, Permission
from chalicelib.core.confirmations import Confirmation
from chalicelib.core.errors import Effect
from chalicelib.leads.domain.lead_retention import (
    RetentionRequest,
    effect_of,
    retention_changes,
    with_setting,
)
from chalicelib.leads.domain.leads import Facts
from chalicelib.leads.domain.visibility import require_visible
from chalicelib.leads.store import leads
from chalicelib.leads.usecases.move_deadline import move_deadline
from chalicelib.leads.usecases.record_change import history_and_ledger
from chalicelib.leads.usecases.update_expiries import update_expiries, write_expiries
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.organisation.usecases.cached_zone import cached_zone

_TRIES = 4


def set_retention(
    actor: Actor, lead_id: str, wanted: RetentionRequest, confirmation: Confirmation | None, now: int
) -> Facts:
    """Set a lead's retention before its initial deadline, once confirmed. Return the facts after it.

    Raise Forbidden without retention.manage (RET-13), NotFound for a lead the actor may not see, Conflict
    `deadline_passed` (RET-11, also a condition of the write), Invalid, and ConfirmationRequired with the effect
    (RET-12). A repeated confirmed request succeeds, and completes the work after a crash. A day is included, in the
    zone of the lead's project.
    """
    actor.require(Permission.RETENTION_MANAGE)

    def attempt(number: int) -> Facts:
        facts = require_visible(actor, leads.get(lead_id, now))
        dated = wanted.in_zone(cached_zone(facts.project_id, now))
        if _repeated(facts, dated, confirmation):
            _complete(facts, now)
            return facts
        return _set(actor, facts, dated, confirmation, number, now)

    return retrying(attempt, tries=_TRIES, message="Others are changing the same lead: repeat the request.")


def _complete(facts: Facts, now: int) -> None:
    if facts.is_live(now):
        write_expiries(update_expiries(facts, now), facts, now)


def _repeated(facts: Facts, wanted: RetentionRequest, confirmation: Confirmation | None) -> bool:
    confirmed = confirmation is not None and facts.confirmed_by == confirmation.digest
    return confirmed and wanted.matches(facts.retention)


def _set(
    actor: Actor,
    facts: Facts,
    wanted: RetentionRequest,
    confirmation: Confirmation | None,
    attempt: int,
    now: int,
) -> Facts:
    after = with_setting(facts, wanted, now)
    effect = effect_of(facts, after)
    bound = ("set_retention", actor.id, facts.lead_id, str(facts.version), *wanted.binding())
    confirmed = confirmations.require(confirmation, effect, bound)
    after = replace(after, confirmed_by=confirmed.digest)
    writes = [leads.move_deadline(facts, after, now), *_recorded(actor, facts, after, wanted, effect, now)]
    token = batch.token_of("retention", facts.lead_id, facts.version, after.confirmed_by, now, attempt)
    return move_deadline(facts, after, writes, token, now)


def _recorded(
    actor: Actor, facts: Facts, after: Facts, wanted: RetentionRequest, effect: Effect, now: int
) -> list[batch.Write]:
    history = {
        "due_at": effect.numbers["due_at"],
        "due_at_before": effect.numbers["due_at_before"],
        "origin": after.retention.due_origin.value,
        "reason": wanted.reason,
    }
    detail = {"effect": effect.summary, "reason": wanted.reason}
    entry_id = ledger_entries.entry_id("retention", facts.lead_id, facts.version, now)
    changes = retention_changes(facts, after)
    return history_and_ledger(
        actor, facts, "retention", entry_id, now, fields=changes, detail=detail, history=history
    )
