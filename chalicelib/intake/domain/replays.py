"""The replay of a stored decision, from the inputs that are kept with the lead (CAM-20)."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from chalicelib.campaigns.domain.campaign import Campaign
from chalicelib.campaigns.domain.criteria.evaluation import calculate
from chalicelib.campaigns.domain.services.result import ServiceResult
from chalicelib.core.access import Actor
from chalicelib.core.period_counts import PeriodCounts
from chalicelib.core.quick_dataclass import dataclass
from chalicelib.intake.domain import new_lead
from chalicelib.intake.domain.checks.criteria import criteria, original_criteria
from chalicelib.intake.domain.checks.order import CHECKS, LAST
from chalicelib.intake.domain.checks.phone_verified import original_phone_verified, phone_verified
from chalicelib.intake.domain.decision import Check, DecisionInput, Evaluation, Stored, decide
from chalicelib.intake.domain.decision_record import original_unmet
from chalicelib.intake.domain.duplicates import known_to
from chalicelib.leads.domain.decision_basis import LimitsBasis, OriginalBasis
from chalicelib.leads.domain.duplicate_index import Original, Window
from chalicelib.leads.domain.leads import Facts, Person, Status
from chalicelib.organisation.domain.configuration import LeadType, Project
from chalicelib.organisation.domain.fields import ParsedSubmission
from chalicelib.organisation.domain.grading import Grading

Verdict = tuple[Status, str | None]
_BEFORE_CRITERIA = frozenset(check.__name__ for check in CHECKS[: CHECKS.index(criteria)])


@dataclass(frozen=True)
class Rules:
    """The settings of a decision. `grading` is for campaigns without their own.

    `asked_by` is the user of a draft: an earlier lead of another project counts only if it made the lead a duplicate.
    """

    campaign: Campaign
    lead_type: LeadType
    project: Project
    grading: Grading | None
    asked_by: Actor | None = None


@dataclass(frozen=True)
class ReplayedDecision:
    """One replayed decision."""

    facts: Facts
    then: Verdict
    decision: Evaluation
    version: int

    @property
    def again(self) -> Verdict:
        """Return the result of the replay."""
        decision = self.decision.decision
        if not isinstance(decision, Stored):
            return Status.REJECTED, "campaign_not_active"
        return decision.status, decision.reasons[0] if decision.reasons else None


def replay(
    facts: Facts, person: Person, rules: Rules, original: Campaign, taken: PeriodCounts | None = None
) -> Evaluation:
    """Return the decision on a stored lead under these rules, at the instant of its receipt (CAM-20).

    The inputs are kept with the person: the original fields, the earlier leads, the services' results and the limits'
    state, unless `taken` gives another. A service that was not asked then is not asked now. `original` is the campaign
    with the settings that decided on the lead. A corrected contact's old value is not kept. If the criteria are
    unchanged, their stored result is used instead.
    """
    campaign, inputs = rules.campaign, person.decided
    parsed = _parsed_then(
        facts, person, {field.key for field in (*original.calculated, *campaign.calculated)}
    )
    kept = _keeps_criteria(facts, person, campaign, original)
    services = {name: ServiceResult(**result) for name, result in inputs.get("services", {}).items()}
    case = DecisionInput(
        campaign=campaign,
        actor=_sender(facts, campaign),
        parsed=parsed,
        password_hash=campaign.password_hash,
        digest="",
        now=facts.received_at,
        windows=[_window(facts, rules.asked_by, inputs.get("originals", ()))],
        limits=state_of(inputs.get("limits")) if taken is None else taken,
        zone=rules.project.zone,
        lead_type=rules.lead_type,
        calculated=_calculated_then(facts, person, original) if kept else calculate(campaign, parsed),
        grading=rules.grading,
        ask_services=lambda: _service_results(campaign, services),
        ask_some_services=lambda names: {name: services[name] for name in names if name in services},
    )
    return decide(case, _checks(facts, person, kept_criteria=kept and campaign.criteria is not None), LAST)


def grading_then(person: Person) -> Grading | None:
    """Return the organisation's grading that was used for the lead, or None (CAM-14, CAM-20)."""
    stored = person.decided.get("grading")
    if stored is None:
        return None
    return Grading(
        stored["points"], tuple((letter, points, action) for letter, points, action in stored["letters"])
    )


def verdict_then(facts: Facts) -> Verdict:
    """Return the original result, whatever a reviewer decided since."""
    if facts.answer is None:
        return facts.status, facts.reasons[0] if facts.reasons else None
    return facts.answer.status, facts.answer.reason


def state_of(state: LimitsBasis | None) -> PeriodCounts:
    """Return the limits' state from its stored JSON; the empty state without it."""
    if state is None:
        return PeriodCounts()
    return PeriodCounts(
        minute=state["minute"],
        taken=state["taken"],
        before={int(minute): count for minute, count in state["before"].items()},
        day=state["day"],
        in_day=state["in_day"],
        in_month=state["in_month"],
    )


def _sender(facts: Facts, campaign: Campaign) -> Actor | None:
    """Return a permitted sender: a stored lead had passed authentication, which may give points (CAM-14)."""
    match facts.source_kind:
        case "credential":
            return Actor(kind="credential", id=facts.source_id, campaign_ids=frozenset({campaign.id}))
        case new_lead.ANYONE if not campaign.require_authentication:
            return None
    return Actor(kind="job", id="replay", project_ids=frozenset({campaign.project_id}))


def _parsed_then(facts: Facts, person: Person, calculated: Collection[str]) -> ParsedSubmission:
    """Return the original lead without calculated fields. Contacts have their present values."""
    inputs = person.decided
    fields = person.fields
    if "fields" in inputs:
        fields = {**inputs["fields"], **{key: fields[key] for key in inputs["contacts"] if key in fields}}
    values = {key: value for key, value in fields.items() if key not in calculated}
    return ParsedSubmission(values, person.extras, person.evidence, (), (), facts.test)


def _keeps_criteria(facts: Facts, person: Person, campaign: Campaign, original: Campaign) -> bool:
    """Return True if the stored result of the criteria is used: a contact was corrected, the criteria are the same."""
    same = (campaign.criteria, campaign.calculated) == (original.criteria, original.calculated)
    return _reached_criteria(facts) and same and "contacts_corrected" in person.decided


def _reached_criteria(facts: Facts) -> bool:
    """Return False if a check before the criteria rejected the lead, so that there is no result of the criteria."""
    last = facts.failed[-1].partition("/")[0] if facts.failed else None
    return verdict_then(facts)[0] is not Status.REJECTED or last not in _BEFORE_CRITERIA


def _calculated_then(facts: Facts, person: Person, original: Campaign) -> dict[str, Any]:
    """Return the calculated fields from the lead's receipt, kept with its facts or its person."""
    values = {**person.decided["fields"], **facts.calculated}
    return {field.key: values[field.key] for field in original.calculated if field.key in values}


def _checks(facts: Facts, person: Person, *, kept_criteria: bool) -> tuple[Check, ...]:
    """Return the checks; those that ask about a contact that was corrected since repeat their original outcome."""
    stored: dict[Check, Check] = {}
    if kept_criteria:
        stored[criteria] = original_criteria(original_unmet(facts.failed))
    if "contacts_corrected" in person.decided:
        stored[phone_verified] = original_phone_verified("phone_verified/INT-7" in facts.failed)
    return tuple(stored.get(check, check) for check in CHECKS)


def _window(facts: Facts, user: Actor | None, originals: Iterable[OriginalBasis]) -> Window:
    window = Window("", "", tuple(Original(**original) for original in originals))
    return window if verdict_then(facts)[0] is Status.DUPLICATE else known_to(user, window)


def _service_results(campaign: Campaign, results: Mapping[str, ServiceResult]) -> dict[str, ServiceResult]:
    enabled = [name for name, service in campaign.services.items() if service.enabled]
    return {name: results.get(name, ServiceResult(ran=False)) for name in enabled}
