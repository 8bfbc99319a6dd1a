"""A lead is judged: one read, one decision; the same for the real door, the dry run and every door (CAM, Order)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.domain import arrival, contacts, identity
from chalicelib.domain.access import Actor
from chalicelib.domain.arrival import LeadKeys
from chalicelib.domain.campaign_settings import Grading
from chalicelib.domain.checks.order import CHECKS, LAST
from chalicelib.domain.criteria import calculate
from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.fields import ParsedSubmission, duplicate_values, parse_submission
from chalicelib.domain.intake import DecisionInput, Evaluation, decide
from chalicelib.domain.passwords import password_hash
from chalicelib.domain.setup import Campaign, LeadType, Project
from chalicelib.gateways import secrets
from chalicelib.stores import batch, blocks, leads, limits, setup
from chalicelib.stores import contacts as directory
from chalicelib.usecases.ask_services import ServiceResults, ask_once
from chalicelib.usecases.contact_key import contact_key
from chalicelib.usecases.count_refusals import require_guesses_left
from chalicelib.usecases.organisation import cached_organisation


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
class CampaignContext:
    """What of the campaign never changes, and what may be ten seconds old (RET-4 reads the rest afresh)."""

    campaign: Campaign
    lead_type: LeadType
    project: Project


@dataclass(frozen=True)
class PreparedSubmission:
    """The submission, read and keyed; the same for every try. `asked` is what services have answered so far."""

    submission: Submission
    context: CampaignContext
    parsed: ParsedSubmission
    keys: LeadKeys
    has_key: bool
    service_results: ServiceResults = field(default_factory=dict)


def evaluate(prepared: PreparedSubmission, now: int) -> tuple[DecisionInput, Evaluation]:
    """Return what a lead was looked at with, read at one instant, and the decision with its whole trace.

    Raises NotFound for an unknown campaign, Unavailable if the store cannot answer.
    """
    case = _decision_input(prepared, now)
    return case, decide(case, CHECKS, LAST)


def prepare(submission: Submission, now: int) -> PreparedSubmission:
    """Return the submission read and keyed: what is the same for every try (INT-7, INT-9).

    Raises NotFound for an unknown campaign, Throttled while its password is being guessed (ACC-9).
    """
    require_guesses_left(submission.campaign_id, submission.password, now)
    known = _campaign_context(submission.campaign_id, now)
    delimiter = known.campaign.delimiter
    reading = parse_submission(submission.values, known.lead_type, known.project.region, delimiter)
    key = contact_key(now)
    kind, value = _idempotency(submission, reading)
    origin = LeadKeys(
        lead_id=_lead_id(submission, kind, value),
        digest=identity.digest_of(secrets.identity_key(), submission.values),
        actor=submission.actor,
        refs=tuple(dict.fromkeys(contacts.ref_of(key, kind, normal) for kind, _, normal in reading.contacts)),
        windows={
            name: contacts.window_ref(key, f"{known.lead_type.id}/{name}", values)
            for name, values in duplicate_values(reading, known.lead_type).items()
        },
    )
    return PreparedSubmission(submission, known, reading, origin, has_key=value is not None)


def _campaign_context(campaign_id: str, now: int) -> CampaignContext:
    campaign = setup.cached(Campaign, campaign_id, now)
    if campaign is None:
        raise NotFound("There is no such campaign.")
    lead_type = setup.cached(LeadType, campaign.lead_type_id, now)
    project = setup.cached(Project, campaign.project_id, now)
    if lead_type is None or project is None:
        raise Unavailable("The campaign's settings cannot be read.")
    return CampaignContext(campaign, lead_type, project)


def _idempotency(submission: Submission, parsed: ParsedSubmission) -> tuple[str, str | None]:
    key = submission.idempotency_key
    if key is None:
        return "external_id", parsed.external_id
    identity.require_key(key)
    return "header", key


def _lead_id(submission: Submission, kind: str, value: str | None) -> str:
    if value is None:
        return submission.fresh_id
    source = submission.actor.id if submission.actor else arrival.ANYONE
    return identity.lead_id_of(secrets.identity_key(), submission.campaign_id, source, kind, value)


def _decision_input(prepared: PreparedSubmission, now: int) -> DecisionInput:
    """Read, in one round trip, all that may have changed since the last lead (RET-4, PRI-17)."""
    known, origin = prepared.context, prepared.keys
    refs, project_id, lead_type_id = list(origin.refs), known.campaign.project_id, known.lead_type.id
    window_refs = () if prepared.parsed.test else tuple(origin.windows.values())
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
    campaign = setup.from_batch(Campaign, known.campaign.id, found)
    if campaign is None:
        raise NotFound("There is no such campaign.")
    if campaign.limits.are_set and not known.campaign.limits.are_set:
        found = batch.BatchRows({**found.rows, **batch.read([limits.key(campaign.id)], now).rows})
    calculated = calculate(campaign, prepared.parsed)
    return DecisionInput(
        campaign=campaign,
        actor=prepared.submission.actor,
        parsed=prepared.parsed,
        password_hash=_password_hash(prepared.submission),
        digest=origin.digest,
        now=now,
        facts=leads.from_batch(origin.lead_id, found),
        blocks=blocks.from_batch(refs, project_id, found),
        windows=tuple(directory.window_from_batch(ref, lead_type_id, found) for ref in window_refs),
        limits=limits.from_batch(campaign.id, found),
        zone=known.project.zone,
        lead_type=known.lead_type,
        calculated=calculated,
        grading=_default_grading(campaign, now),
        ask_services=ask_once(
            campaign, prepared.parsed, calculated, known.project.region, prepared.service_results
        ),
    )


def _default_grading(campaign: Campaign, now: int) -> Grading | None:
    """Return the organisation's grading, for a campaign without one of its own (CAM-14)."""
    return None if campaign.grading is not None else cached_organisation(now).grading


def _password_hash(submission: Submission) -> str | None:
    if submission.password is None:
        return None
    return password_hash(secrets.identity_key(), submission.campaign_id, submission.password)
