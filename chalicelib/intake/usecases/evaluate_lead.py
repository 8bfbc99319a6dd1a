"""Evaluate a lead by one read and one decision; the dry run uses this, too (campaign.md, Order of the checks)."""

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from chalicelib.aws import secrets
from chalicelib.aws.dynamodb import batch
from chalicelib.blocks.store import blocks
from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.criteria.evaluation import calculate
from chalicelib.campaigns.domain.passwords import password_hash
from chalicelib.campaigns.usecases.ask_services import ServiceQuestions, ServiceResults
from chalicelib.core import contact_points, identifiers
from chalicelib.core.access import Actor
from chalicelib.core.errors import NotFound, Unavailable
from chalicelib.core.period_counts import PeriodCounts
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.intake.domain import new_lead
from chalicelib.intake.domain.checks.order import CHECKS, LAST
from chalicelib.intake.domain.decision import DecisionInput, Evaluation, decide
from chalicelib.intake.domain.duplicates import known_to
from chalicelib.intake.domain.new_lead import LeadKeys
from chalicelib.intake.usecases.rejection_counts import require_guesses_left
from chalicelib.leads.store import contact_index, leads
from chalicelib.organisation import store as configuration
from chalicelib.organisation.domain.configuration import LeadType, Project
from chalicelib.organisation.domain.contact_forms import KeyedForm
from chalicelib.organisation.domain.fields import ParsedSubmission, duplicate_values, parse_submission
from chalicelib.organisation.domain.grading import Grading
from chalicelib.organisation.usecases.cached_organisation import cached_organisation
from chalicelib.organisation.usecases.contact_forms import contact_forms

if TYPE_CHECKING:
    from chalicelib.intake.usecases.limit_places import LimitPlaces


@dataclass(frozen=True)
class Submission:
    """What was posted, and by whom: values, idempotency key, password; `fresh_id` is for a lead without a key.

    `form` says that the values came as a form, whose `+` may have become a blank (INT-7).
    `asked_by` is the user of a dry run, who learns nothing of projects of others.
    """

    campaign_id: str
    values: Mapping[str, Any]
    actor: Actor | None
    fresh_id: str
    idempotency_key: str | None = None
    password: str | None = None
    form: bool = False
    asked_by: Actor | None = None


@dataclass(frozen=True)
class CampaignContext:
    """What never changes or may be ten seconds old; RET-4 requires a fresh read of the rest."""

    campaign: Campaign
    lead_type: LeadType
    project: Project


@dataclass
class LimitSearch:
    """The place of the campaign's limits that the last try has looked for, if the campaign has limits."""

    places: "LimitPlaces | None" = None


@dataclass(frozen=True)
class PreparedSubmission:
    """The submission, parsed and keyed: the same for every try. `service_results` grows as services answer.

    `limit_search` is of the last try, so that the next one looks elsewhere.
    """

    submission: Submission
    context: CampaignContext
    parsed: ParsedSubmission
    keys: LeadKeys
    has_key: bool
    service_results: ServiceResults = field(default_factory=dict)
    limit_search: LimitSearch = field(default_factory=LimitSearch)


def evaluate(prepared: PreparedSubmission, now: int) -> tuple[DecisionInput, Evaluation]:
    """Return the input of the decision, read at one instant, and the decision with its whole trace.

    Raise NotFound for an unknown campaign, Unavailable if the store cannot answer.
    """
    case = _decision_input(prepared, now)
    return case, decide(case, CHECKS, LAST)


def prepare(submission: Submission, now: int) -> PreparedSubmission:
    """Return the submission, parsed and keyed, which is the same for every try (INT-7, INT-9).

    Raise NotFound for an unknown campaign, Throttled after too many wrong passwords in a minute (ACC-9).
    """
    require_guesses_left(submission.campaign_id, submission.password, now)
    context = _cached_context(submission.campaign_id, now)
    delimiter = context.campaign.delimiter
    parsed = parse_submission(
        submission.values,
        context.lead_type,
        context.project.region,
        delimiter,
        now=now,
        form=submission.form,
    )
    kind, value = _idempotency(submission, parsed)
    digest = identifiers.content_digest(secrets.identity_key(), submission.values)
    forms = contact_forms(now)
    refs = [forms.refs(kind, normal) for kind, _, normal in parsed.contacts]
    windows, *others = [_windows(form, parsed, context.lead_type) for form in forms.in_migration]
    written = set(windows.values())
    keys = LeadKeys(
        lead_id=_lead_id(submission, kind, value, digest),
        digest=digest,
        actor=submission.actor,
        refs=tuple(dict.fromkeys([one.write for one in refs])),
        windows=windows,
        other_refs=tuple(dict.fromkeys([ref for one in refs for ref in one.others])),
        other_windows=tuple([ref for other in others for ref in other.values() if ref not in written]),
    )
    return PreparedSubmission(submission, context, parsed, keys, has_key=value is not None)


def _windows(form: KeyedForm, parsed: ParsedSubmission, lead_type: LeadType) -> dict[str, str]:
    values = duplicate_values(parsed.fields, parsed.phone_marks, lead_type, form.form)
    return contact_points.duplicate_refs(form.key, lead_type.id, values)


def _cached_context(campaign_id: str, now: int) -> CampaignContext:
    campaign = configuration.cached(Campaign, campaign_id, now)
    if campaign is None:
        raise NotFound("There is no such campaign.")
    lead_type = configuration.cached(LeadType, campaign.lead_type_id, now)
    project = configuration.cached(Project, campaign.project_id, now)
    if lead_type is None or project is None:
        raise Unavailable("The campaign's settings cannot be read.")
    return CampaignContext(campaign, lead_type, project)


def _idempotency(submission: Submission, parsed: ParsedSubmission) -> tuple[str, str | None]:
    key = submission.idempotency_key
    if key is None:
        return "external_id", parsed.external_id
    identifiers.require_key(key)
    return "header", key


def _lead_id(submission: Submission, kind: str, value: str | None, digest: str) -> str:
    """Return the id of the lead. Callers without a credential share no key: theirs is good for its content (INT-9)."""
    if value is None:
        return submission.fresh_id
    source = submission.actor.id if submission.actor else f"{new_lead.ANYONE}/{digest}"
    return identifiers.lead_id_of(secrets.identity_key(), submission.campaign_id, source, kind, value)


def _decision_input(prepared: PreparedSubmission, now: int) -> DecisionInput:
    """Read, in one round trip, everything that may have changed since the last lead (RET-4, PRI-17).

    With two live forms that is at most 100 keys. Only forms that were kept from earlier migrations may exceed it: then
    a lead with very many contacts needs a second round trip.
    """
    context, keys = prepared.context, prepared.keys
    refs, project_id, lead_type_id = keys.block_refs, context.campaign.project_id, context.lead_type.id
    window_refs = () if prepared.parsed.test else (*keys.windows.values(), *keys.other_windows)
    limit_rows, limit_keys = _limit_rows(prepared)
    rows = batch.read_many(
        [
            configuration.key(Campaign, context.campaign.id),
            leads.key(keys.lead_id),
            *blocks.keys(refs, project_id),
            *[contact_index.window_key(ref, lead_type_id) for ref in window_refs],
            *limit_keys,
        ],
        now,
    )
    campaign = configuration.from_batch(Campaign, context.campaign.id, rows)
    if campaign is None:
        raise NotFound("There is no such campaign.")
    places = _limit_places(prepared, campaign, limit_rows, rows, now)
    calculated = calculate(campaign, prepared.parsed)
    questions = ServiceQuestions(
        campaign, prepared.parsed, calculated, context.project.region, prepared.service_results
    )
    return DecisionInput(
        campaign=campaign,
        actor=prepared.submission.actor,
        parsed=prepared.parsed,
        password_hash=_password_hash(prepared.submission),
        digest=keys.digest,
        now=now,
        facts=leads.from_batch(keys.lead_id, rows),
        blocks=blocks.from_batch(refs, project_id, rows),
        windows=tuple(
            [
                known_to(
                    prepared.submission.asked_by, contact_index.window_from_batch(ref, lead_type_id, rows)
                )
                for ref in window_refs
            ]
        ),
        limits=places.seen() if places else PeriodCounts(),
        look_for_place=places.look if places else None,
        zone=context.project.zone,
        lead_type=context.lead_type,
        calculated=calculated,
        grading=_default_grading(campaign, now),
        ask_services=questions.all,
        ask_some_services=questions.some,
    )


def _limit_rows(prepared: PreparedSubmission) -> tuple[list[int], list[batch.Key]]:
    """Return the rows of the limits that this try reads, and their keys; none for a campaign without limits."""
    campaign, last = prepared.context.campaign, prepared.limit_search.places
    if not campaign.limits.are_set:
        return [], []
    from chalicelib.intake.usecases.limit_places import choose_rows  # only for a campaign with limits (B5)

    return choose_rows(campaign, last.met if last else None)


def _limit_places(
    prepared: PreparedSubmission, campaign: Campaign, numbers: list[int], rows: batch.BatchRows, now: int
) -> "LimitPlaces | None":
    places = None
    if campaign.limits.are_set:
        from chalicelib.intake.usecases.limit_places import LimitPlaces  # for a campaign with limits (B5)

        places = LimitPlaces(campaign, numbers, rows, prepared.context.project.zone, now)
    prepared.limit_search.places = places
    return places


def _default_grading(campaign: Campaign, now: int) -> Grading | None:
    """Return the organisation's grading, for a campaign without one of its own (CAM-14)."""
    return None if campaign.grading is not None else cached_organisation(now).grading


def _password_hash(submission: Submission) -> str | None:
    if submission.password is None:
        return None
    return password_hash(secrets.identity_key(), submission.campaign_id, submission.password)
