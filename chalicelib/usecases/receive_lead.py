"""A lead comes in: one read, one decision, one transaction (INT-10)."""

from dataclasses import dataclass

from chalicelib import clock
from chalicelib.domain import arrival, ledger
from chalicelib.domain.access import Actor
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.intake import Case, Decision, Outcome, Refused, Replayed, Settled, TurnedAway
from chalicelib.domain.leads import Facts, Status
from chalicelib.domain.marks import marks_of
from chalicelib.domain.services import ServiceResult
from chalicelib.domain.setup import Campaign, User
from chalicelib.stores import batch, leads, limits, people, setup
from chalicelib.stores import contacts as directory
from chalicelib.stores import ledger as record
from chalicelib.usecases.count_refusals import count_bad_credential, count_refusal
from chalicelib.usecases.judge_lead import Prepared, Submission, judge, prepare
from chalicelib.usecases.organisation import organisation

__all__ = ["Receipt", "Submission", "receive_lead"]
_TRIES = 8


@dataclass(frozen=True)
class Receipt:
    """The verdict: on stored facts (new or replayed), or the reason why nothing was stored."""

    facts: Facts | None
    turned_away: str | None = None
    replayed: bool = False


def receive_lead(submission: Submission, now: int) -> Receipt:
    """Judge a lead and store it with its person, stamped with its due, or say why not (INT-8 … INT-13).

    Raises the error of the check that refuses it; Unavailable if the store cannot answer or contention does not
    end. A lost answer, a retry and two requests at once never make two leads for one key (INT-10).
    """
    prepared = prepare(submission, now)
    for attempt in range(_TRIES):
        if attempt:
            clock.backoff(attempt)
        try:
            return _decide_and_store(prepared, now, attempt)
        except batch.Cancelled:
            continue
    raise Unavailable("Too many leads came in at once; nothing was decided.")


def _decide_and_store(prepared: Prepared, now: int, attempt: int) -> Receipt:
    case, decision = judge(prepared, now)
    submission = prepared.submission
    match decision.ending:
        case Refused(error, bad_credential):
            if bad_credential:
                count_bad_credential(case.campaign.id, error, submission.password, submission.fresh_id, now)
            raise error
        case TurnedAway(reason):
            if not prepared.reading.test:
                count_refusal(case.campaign.id, reason, submission.fresh_id, now)
            return Receipt(None, turned_away=reason)
        case Replayed(facts):
            return Receipt(facts, replayed=prepared.keyed)
        case Settled() as settled:
            return Receipt(_store(prepared, case, decision, settled, attempt))


def _store(prepared: Prepared, case: Case, decision: Decision, settled: Settled, attempt: int) -> Facts:
    origin, reading, campaign, now = prepared.origin, prepared.reading, case.campaign, case.now
    answers = case.ask_services() if campaign.services and _were_asked(decision) else {}
    marks = marks_of(case, decision, answers, _all_that_ran(prepared))
    agent_id, stage = _default_agent(campaign, now), prepared.known.project.stages[0]
    facts = arrival.facts_of(campaign, reading, settled, origin, marks, agent_id, stage, now)
    person, erase_at = arrival.person_of(reading, origin, marks), facts.erase_at
    writes: list[batch.Write] = [
        leads.added(facts),
        people.added(facts.lead_id, person, erase_at, now),
        *(directory.listed(ref, facts.lead_id, erase_at, now) for ref in origin.refs),
        *(directory.window_saved(window, now) for window in arrival.windows_after(facts, case.windows)),
    ]
    if campaign.limits.are_set and not facts.test and facts.status in (Status.ACCEPTED, Status.HELD):
        writes.append(limits.taken(campaign.id, campaign.limits, case.limits, case.limits_now))
    if origin.actor is not None and origin.actor.kind == "user":
        writes.append(_made_by_hand(facts, origin.actor, now))
    batch.write(writes, batch.token_of("receive", facts.lead_id, facts.digest, now, attempt))
    return facts


def _were_asked(decision: Decision) -> bool:
    """Tell whether it came to the services at all."""
    return any(line.check == "services" and line.outcome is not Outcome.SKIPPED for line in decision.trace)


def _all_that_ran(prepared: Prepared) -> dict[str, ServiceResult]:
    """Return what every service said in any try: what ran is billed, whatever the last try came to (CAM-13)."""
    return {name: result for answers in prepared.asked.values() for name, result in answers.items()}


def _default_agent(campaign: Campaign, now: int) -> str | None:
    """Return the campaign's default user if it may be assigned leads at present (WRK-2, ACC-8)."""
    user_id = campaign.assignment.user_id
    user = setup.cached(User, user_id, now) if user_id else None
    return user.id if user is not None and user.may_take(campaign.project_id) else None


def _made_by_hand(facts: Facts, actor: Actor, now: int) -> batch.Put:
    entry_id = ledger.entry_id("received", facts.lead_id)
    entry = ledger.change(f"lead/{facts.lead_id}", "received", actor, now, entry_id)
    return record.added(entry, organisation(now))
