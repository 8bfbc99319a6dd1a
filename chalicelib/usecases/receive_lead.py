"""A lead comes in: one read, one decision, one transaction (INT-10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib import clock
from chalicelib.domain import arrival, contacts, identity, ledger
from chalicelib.domain.access import Actor
from chalicelib.domain.arrival import Origin
from chalicelib.domain.campaign_settings import Grading
from chalicelib.domain.checks.order import CHECKS, LAST
from chalicelib.domain.criteria import calculate
from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.fields import Reading, duplicate_values, read_submission
from chalicelib.domain.intake import (
    Case,
    Decision,
    Outcome,
    Refused,
    Replayed,
    Settled,
    TurnedAway,
    decide,
)
from chalicelib.domain.leads import Facts, Status
from chalicelib.domain.limits import at as limits_at
from chalicelib.domain.marks import marks_of
from chalicelib.domain.passwords import password_hash
from chalicelib.domain.setup import Campaign, LeadType, Project, User
from chalicelib.gateways import secrets
from chalicelib.stores import batch, blocks, counters, leads, limits, people, setup
from chalicelib.stores import contacts as directory
from chalicelib.stores import ledger as record
from chalicelib.usecases.ask_services import asked_once
from chalicelib.usecases.contact_key import contact_key
from chalicelib.usecases.organisation import organisation

_TRIES = 8


@dataclass(frozen=True)
class Submission:
    """What was posted, and by whom: the values, the key, the password, and an id for a lead without a key."""

    campaign_id: str
    values: Mapping[str, Any]
    actor: Actor | None
    fresh_id: str
    idempotency_key: str | None = None
    password: str | None = None


@dataclass(frozen=True)
class Receipt:
    """The verdict: on stored facts (new or replayed), or the reason why nothing was stored."""

    facts: Facts | None
    turned_away: str | None = None
    replayed: bool = False


@dataclass(frozen=True)
class _Known:
    """What of the campaign never changes, and what may be ten seconds old (RET-4 reads the rest afresh)."""

    campaign: Campaign
    lead_type: LeadType
    project: Project


@dataclass(frozen=True)
class _Prepared:
    """The submission, read and keyed; the same for every try."""

    submission: Submission
    known: _Known
    reading: Reading
    origin: Origin
    keyed: bool


def receive_lead(submission: Submission, now: int) -> Receipt:
    """Judge a lead and store it with its person, stamped with its due, or say why not (INT-8 … INT-13).

    Raises the error of the check that refuses it; Unavailable if the store cannot answer or contention does not
    end. A lost answer, a retry and two requests at once never make two leads for one key (INT-10).
    """
    prepared = _prepare(submission, now)
    for attempt in range(_TRIES):
        if attempt:
            clock.backoff(attempt)
        try:
            return _decide_and_store(prepared, now, attempt)
        except batch.Cancelled:
            continue
    raise Unavailable("Too many leads came in at once; nothing was decided.")


def _prepare(submission: Submission, now: int) -> _Prepared:
    known = _known(submission.campaign_id, now)
    reading = read_submission(submission.values, known.lead_type, known.project.region)
    key = contact_key(now)
    kind, value = _idempotency(submission, reading)
    origin = Origin(
        lead_id=_lead_id(submission, kind, value),
        digest=identity.digest_of(secrets.identity_key(), submission.values),
        actor=submission.actor,
        refs=tuple(dict.fromkeys(contacts.ref_of(key, kind, normal) for kind, _, normal in reading.contacts)),
        windows={
            name: contacts.window_ref(key, f"{known.lead_type.id}/{name}", values)
            for name, values in duplicate_values(reading, known.lead_type).items()
        },
    )
    return _Prepared(submission, known, reading, origin, keyed=value is not None)


def _known(campaign_id: str, now: int) -> _Known:
    campaign = setup.cached(Campaign, campaign_id, now)
    if campaign is None:
        raise NotFound("There is no such campaign.")
    lead_type = setup.cached(LeadType, campaign.lead_type_id, now)
    project = setup.cached(Project, campaign.project_id, now)
    if lead_type is None or project is None:
        raise Unavailable("The campaign's settings cannot be read.")
    return _Known(campaign, lead_type, project)


def _idempotency(submission: Submission, reading: Reading) -> tuple[str, str | None]:
    key = submission.idempotency_key
    if key is None:
        return "external_id", reading.external_id
    identity.require_key(key)
    return "header", key


def _lead_id(submission: Submission, kind: str, value: str | None) -> str:
    if value is None:
        return submission.fresh_id
    source = submission.actor.id if submission.actor else arrival.ANYONE
    return identity.lead_id_of(secrets.identity_key(), submission.campaign_id, source, kind, value)


def _decide_and_store(prepared: _Prepared, now: int, attempt: int) -> Receipt:
    case = _case(prepared, now)
    decision = decide(case, CHECKS, LAST)
    match decision.ending:
        case Refused(error):
            raise error
        case TurnedAway(reason):
            _count_refusal(prepared, reason, now)
            return Receipt(None, turned_away=reason)
        case Replayed(facts):
            return Receipt(facts, replayed=prepared.keyed)
        case Settled() as settled:
            return Receipt(_store(prepared, case, decision, settled, attempt))


def _case(prepared: _Prepared, now: int) -> Case:
    """Read, in one round trip, all that may have changed since the last lead (RET-4, PRI-17)."""
    known, origin = prepared.known, prepared.origin
    refs, project_id, lead_type_id = list(origin.refs), known.campaign.project_id, known.lead_type.id
    window_refs = () if prepared.reading.test else tuple(origin.windows.values())
    found = batch.read(
        [
            setup.key(Campaign, known.campaign.id),
            leads.key(origin.lead_id),
            *blocks.keys(refs, project_id),
            *(directory.window_key(ref, lead_type_id) for ref in window_refs),
            *([limits.key(known.campaign.id)] if known.campaign.limits.are_set else []),
        ],
        now,
    )
    campaign = setup.found(Campaign, known.campaign.id, found)
    if campaign is None:
        raise NotFound("There is no such campaign.")
    if campaign.limits.are_set and not known.campaign.limits.are_set:
        found = batch.Found({**found.rows, **batch.read([limits.key(campaign.id)], now).rows})
    calculated = calculate(campaign, prepared.reading)
    return Case(
        campaign=campaign,
        actor=prepared.submission.actor,
        reading=prepared.reading,
        password_hash=_password_hash(prepared.submission),
        digest=origin.digest,
        now=now,
        facts=leads.found(origin.lead_id, found),
        blocks=blocks.found(refs, project_id, found),
        windows=tuple(directory.window_found(ref, lead_type_id, found) for ref in window_refs),
        limits=limits.found(campaign.id, found),
        zone=known.project.zone,
        calculated=calculated,
        grading=_default_grading(campaign, now),
        ask_services=asked_once(campaign, prepared.reading, calculated, known.project.region),
    )


def _default_grading(campaign: Campaign, now: int) -> Grading | None:
    """Return the organisation's grading, for a campaign without one of its own (CAM-14)."""
    return None if campaign.grading is not None else organisation(now).grading


def _password_hash(submission: Submission) -> str | None:
    if submission.password is None:
        return None
    return password_hash(secrets.identity_key(), submission.campaign_id, submission.password)


def _count_refusal(prepared: _Prepared, reason: str, now: int) -> None:
    """Count once however often the SDK sends it: the token is this request's own (INT-11)."""
    if not prepared.reading.test:
        update = counters.refusal(prepared.known.campaign.id, reason, now)
        batch.write([update], batch.token_of("refusal", prepared.submission.fresh_id))


def _store(prepared: _Prepared, case: Case, decision: Decision, settled: Settled, attempt: int) -> Facts:
    origin, reading, campaign, now = prepared.origin, prepared.reading, case.campaign, case.now
    marks = marks_of(case, decision, case.ask_services() if _were_asked(decision) else {})
    agent_id, stage = _default_agent(campaign, now), prepared.known.project.stages[0]
    facts = arrival.facts_of(campaign, reading, settled, origin, marks, agent_id, stage, now)
    person = arrival.person_of(reading, origin, marks)
    writes: list[batch.Write] = [
        leads.added(facts),
        people.added(facts.lead_id, person, facts.erase_at, now),
        *(directory.listed(ref, facts.lead_id, facts.erase_at, now) for ref in origin.refs),
        *(directory.window_saved(window, now) for window in arrival.windows_after(facts, case.windows)),
    ]
    if campaign.limits.are_set and not facts.test and facts.status in (Status.ACCEPTED, Status.HELD):
        present = limits_at(case.limits, now, case.zone)
        writes.append(limits.taken(campaign.id, campaign.limits, case.limits, present))
    if origin.actor is not None and origin.actor.kind == "user":
        writes.append(_made_by_hand(facts, origin.actor, now))
    batch.write(writes, batch.token_of("receive", facts.lead_id, facts.digest, now, attempt))
    return facts


def _were_asked(decision: Decision) -> bool:
    """Tell whether it came to the services at all: what did not run is not billed (CAM-13)."""
    return any(line.check == "services" and line.outcome is not Outcome.SKIPPED for line in decision.trace)


def _default_agent(campaign: Campaign, now: int) -> str | None:
    """Return the campaign's default user if it may be assigned leads at present (WRK-2, ACC-8)."""
    user_id = campaign.assignment.user_id
    user = setup.cached(User, user_id, now) if user_id else None
    return user.id if user is not None and user.may_take(campaign.project_id) else None


def _made_by_hand(facts: Facts, actor: Actor, now: int) -> batch.Put:
    entry_id = ledger.entry_id("received", facts.lead_id)
    entry = ledger.change(f"lead/{facts.lead_id}", "received", actor, now, entry_id)
    return record.added(entry, organisation(now))
