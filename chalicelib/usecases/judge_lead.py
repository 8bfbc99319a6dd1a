"""A lead is judged: one read, one decision; the same for the real door, the dry run and every door (CAM, Order)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.domain import arrival, contacts, identity
from chalicelib.domain.access import Actor
from chalicelib.domain.arrival import Origin
from chalicelib.domain.campaign_settings import Grading
from chalicelib.domain.checks.order import CHECKS, LAST
from chalicelib.domain.criteria import calculate
from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.fields import Reading, duplicate_values, read_submission
from chalicelib.domain.intake import Case, Decision, decide
from chalicelib.domain.passwords import password_hash
from chalicelib.domain.setup import Campaign, LeadType, Project
from chalicelib.gateways import secrets
from chalicelib.stores import batch, blocks, leads, limits, setup
from chalicelib.stores import contacts as directory
from chalicelib.usecases.ask_services import Asked, asked_once
from chalicelib.usecases.contact_key import contact_key
from chalicelib.usecases.count_refusals import require_guesses_left
from chalicelib.usecases.organisation import organisation


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
class Known:
    """What of the campaign never changes, and what may be ten seconds old (RET-4 reads the rest afresh)."""

    campaign: Campaign
    lead_type: LeadType
    project: Project


@dataclass(frozen=True)
class Prepared:
    """The submission, read and keyed; the same for every try. `asked` is what services have answered so far."""

    submission: Submission
    known: Known
    reading: Reading
    origin: Origin
    keyed: bool
    asked: Asked = field(default_factory=dict)


def judge(prepared: Prepared, now: int) -> tuple[Case, Decision]:
    """Return what a lead was looked at with, read at one instant, and the decision with its whole trace.

    Raises NotFound for an unknown campaign, Unavailable if the store cannot answer.
    """
    case = _case_of(prepared, now)
    return case, decide(case, CHECKS, LAST)


def prepare(submission: Submission, now: int) -> Prepared:
    """Return the submission read and keyed: what is the same for every try (INT-7, INT-9).

    Raises NotFound for an unknown campaign, Throttled while its password is being guessed (ACC-9).
    """
    require_guesses_left(submission.campaign_id, submission.password, now)
    known = _known(submission.campaign_id, now)
    delimiter = known.campaign.delimiter
    reading = read_submission(submission.values, known.lead_type, known.project.region, delimiter)
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
    return Prepared(submission, known, reading, origin, keyed=value is not None)


def _known(campaign_id: str, now: int) -> Known:
    campaign = setup.cached(Campaign, campaign_id, now)
    if campaign is None:
        raise NotFound("There is no such campaign.")
    lead_type = setup.cached(LeadType, campaign.lead_type_id, now)
    project = setup.cached(Project, campaign.project_id, now)
    if lead_type is None or project is None:
        raise Unavailable("The campaign's settings cannot be read.")
    return Known(campaign, lead_type, project)


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


def _case_of(prepared: Prepared, now: int) -> Case:
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
        lead_type=known.lead_type,
        calculated=calculated,
        grading=_default_grading(campaign, now),
        ask_services=asked_once(campaign, prepared.reading, calculated, known.project.region, prepared.asked),
    )


def _default_grading(campaign: Campaign, now: int) -> Grading | None:
    """Return the organisation's grading, for a campaign without one of its own (CAM-14)."""
    return None if campaign.grading is not None else organisation(now).grading


def _password_hash(submission: Submission) -> str | None:
    if submission.password is None:
        return None
    return password_hash(secrets.identity_key(), submission.campaign_id, submission.password)
