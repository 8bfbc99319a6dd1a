"""Receive a lead: one read, one decision, one transaction (INT-10)."""

from chalicelib import clock
from chalicelib.aws.dynamodb import batch, counters
from chalicelib.aws.dynamodb.retry import retrying
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.services.result import ServiceResult
from chalicelib.core.access import Actor
from chalicelib.core.errors import Unavailable
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.intake.domain import new_lead
from chalicelib.intake.domain.attempts import source_of
from chalicelib.intake.domain.decision import (
    CheckOutcome,
    DecisionInput,
    Declined,
    Evaluation,
    Replay,
    RequestError,
    Stored,
)
from chalicelib.intake.domain.decision_record import decision_record
from chalicelib.intake.usecases.bound_look_ups import bound_look_ups
from chalicelib.intake.usecases.evaluate_lead import PreparedSubmission, Submission, evaluate, prepare
from chalicelib.intake.usecases.rejection_counts import count_guess, count_rejection
from chalicelib.leads.domain.leads import Facts, Status
from chalicelib.leads.store import contact_index, leads, people
from chalicelib.ledger import store as ledger
from chalicelib.ledger.domain import entries as ledger_entries
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.fields import NOT_INDEXED
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.users.domain.users import User

__all__ = ["IntakeResult", "Submission", "receive_lead"]
_TRIES = 8
_WRITES_WITHIN_S = 40.0


@dataclass(frozen=True)
class IntakeResult:
    """The result: stored facts (new or replayed), or the reason why nothing was stored."""

    facts: Facts | None
    declined: str | None = None
    replayed: bool = False


def receive_lead(submission: Submission, now: int) -> IntakeResult:
    """Decide on a lead and store it with its person and deadline, or return why not (INT-8 … INT-13).

    Raise the error of the check that refuses it; Unavailable if the store cannot answer or contention does not end.
    A lost answer, a retry and two requests at once never make two leads for one key (INT-10). A test lead is counted
    for its sender, at most 60 a minute (INT-12).

    A lead is stored at most a minute after `now`, or not at all: no write begins later than 40 seconds after it, and a
    write lasts at most 20. Orders to forget wait for that long (PRI-8a).
    """
    latest = clock.monotonic() + _WRITES_WITHIN_S
    prepared = prepare(submission, now)
    if prepared.parsed.test:
        bound_look_ups(submission.actor, submission.campaign_id, now)
    return retrying(
        lambda attempt: _decide_and_store(prepared, attempt, now, latest),
        tries=_TRIES,
        message="Too many leads came in at once; nothing was decided.",
    )


def _decide_and_store(prepared: PreparedSubmission, attempt: int, now: int, latest: float) -> IntakeResult:
    case, decision = evaluate(prepared, now)
    submission = prepared.submission
    match decision.decision:
        case RequestError(error, bad_credential):
            if bad_credential:
                count_guess(case.campaign.id, error, submission.password, now)
            raise error
        case Declined(reason):
            _record_look_up(submission, now)
            if not prepared.parsed.test:
                source = source_of(submission.actor, sent_credential=False)
                count_rejection(case.campaign.id, reason, submission.fresh_id, now, source)
            return IntakeResult(None, declined=reason)
        case Replay(facts):
            return IntakeResult(facts, replayed=prepared.has_key)
        case Stored() as stored:
            return IntakeResult(_store(prepared, case, decision, stored, attempt, latest))


def _store(
    prepared: PreparedSubmission,
    case: DecisionInput,
    decision: Evaluation,
    stored: Stored,
    attempt: int,
    latest: float,
) -> Facts:
    keys, parsed, campaign, now = prepared.keys, prepared.parsed, case.campaign, case.now
    asked = bool(campaign.services) and _asked_services(decision)
    answers = case.ask_services() if asked else case.completion
    record = decision_record(case, decision, answers, _all_service_results(prepared))
    agent_id, stage = _cached_default_agent(campaign, now), prepared.context.project.stages[0]
    facts = new_lead.facts_of(campaign, parsed, stored, keys, record, agent_id, stage, now)
    person, erase_at = new_lead.person_of(parsed, keys, record), facts.erase_at
    writes: list[batch.Write] = [
        leads.insert(facts),
        people.insert(facts.lead_id, person, erase_at, now),
        *[contact_index.put_lead(ref, facts, now) for ref in keys.refs],
        *_window_writes(prepared, case, facts),
    ]
    places = prepared.limit_search.places
    if places is not None and not facts.test and facts.status in (Status.ACCEPTED, Status.HELD):
        writes += places.writes(attempt)
    if keys.actor is not None and keys.actor.kind == "user":
        writes.append(_manual_entry(keys.actor, facts, now))
    if NOT_INDEXED in parsed.notes and not facts.test:
        writes.append(counters.add_note(campaign.id, NOT_INDEXED[1], facts.lead_id, now))
    if clock.monotonic() > latest:
        raise Unavailable("The lead took too long to receive; nothing was stored.")
    batch.write(writes, batch.token_of("receive", facts.lead_id, facts.digest, now, attempt))
    return facts


def _window_writes(prepared: PreparedSubmission, case: DecisionInput, facts: Facts) -> list[batch.Write]:
    """Return the writes that enter the lead in the duplicate index, in the form of new rows.

    During a migration the rows of the other form must be unchanged, so that two leads at once never miss each other.
    """
    written = len(prepared.keys.windows)
    updated = new_lead.updated_windows(facts, case.windows[:written])
    others = case.windows[written:] if updated else ()
    return [
        *[contact_index.put_window(window, case.now) for window in updated],
        *[contact_index.require_window(window, case.now) for window in others],
    ]


def _record_look_up(submission: Submission, now: int) -> None:
    """Record that a user learned that a lead is refused, because nothing else of it is stored (PRI-5).

    The entry names the campaign: the intake has no key to name the contact.
    """
    actor = submission.actor
    if actor is not None and actor.kind == "user":
        subject = f"campaign/{submission.campaign_id}"
        entry_id = ledger_entries.entry_id("search", submission.fresh_id, subject)
        entry = ledger_entries.access(actor, subject, "search", now, entry_id)
        ledger.append(entry, cached_organisation(now))


def _asked_services(decision: Evaluation) -> bool:
    """Return whether the decision reached the services."""
    entries = [entry for entry in decision.trace if entry.check == "services"]
    return bool(entries) and entries[-1].outcome is not CheckOutcome.SKIPPED


def _all_service_results(prepared: PreparedSubmission) -> dict[str, ServiceResult]:
    """Return the results of all services in any try: each call is billed, whatever the last try decided (CAM-13)."""
    return {name: result for answers in prepared.service_results.values() for name, result in answers.items()}


def _cached_default_agent(campaign: Campaign, now: int) -> str | None:
    """Return the campaign's default user if it may be assigned leads at present (WRK-2, ACC-8)."""
    user_id = campaign.assignment.user_id
    user = configuration.cached(User, user_id, now) if user_id else None
    return user.id if user is not None and user.may_be_assigned(campaign.project_id) else None


def _manual_entry(actor: Actor, facts: Facts, now: int) -> batch.Put:
    entry_id = ledger_entries.entry_id("received", facts.lead_id)
    entry = ledger_entries.change(actor, f"lead/{facts.lead_id}", "received", now, entry_id)
    return ledger.insert(entry, cached_organisation(now))
